"""Rostering: who goes to each visit of a plan, and in which quarter of the day.

Owns hard rule 9 and the starts of rule 4; knows nothing of how visits were merged. Nothing is imported here: pages that
only rank officers (`ranking`) need not wait for OR-Tools, which the modules that search (`roster`) do import.
"""
