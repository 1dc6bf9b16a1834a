"""Data for other programs: plans, released visits and figures as tables, full or since a cursor, and mapped."""
