"""Re-solving around a plan that stands, with at most so many visits changed.

Owns the room: pieces of plans and their differences, crews around crews, what solves would rather have, and the choice
among it. Nothing is imported here, so that counting differences needs no solver library.
"""
