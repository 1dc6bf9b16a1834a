"""Keeping the registry and the dictionaries: lists taken over whole, enterprises renamed, merged, split and closed.

Knows nothing of plans; what a change means for drafts is only counted here, never carried out.
"""
