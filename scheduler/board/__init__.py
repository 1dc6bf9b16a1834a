"""The coordinator's board: what is shown of one round's draft, in which lanes, and how it differs from the release.

Reads only; edits are those of scheduler.planning.editing. Knows no page.
"""
