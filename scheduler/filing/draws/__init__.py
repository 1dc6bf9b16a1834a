"""Draws (双随机): lists published first, parties that commit and reveal, a result that anybody can repeat.

`lists` and `pools` say what is drawn from, `protocol` who makes the seed and when, `results` what came of it,
`beyond_caps` what of it finds no place under a cap, `disclosure` what the public sees of it and when, `cancellations`
what was called off afterwards.
"""

from scheduler.filing.draw_method import document_faults, repeat_draw
from scheduler.filing.draws.records import get_draw, list_draws
from scheduler.filing.draws.results import DrawOutcome, draw_round

__all__ = ["DrawOutcome", "document_faults", "draw_round", "get_draw", "list_draws", "repeat_draw"]
