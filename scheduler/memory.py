"""How long-running processes treat their memory. Knows nothing of what they do."""

from __future__ import annotations

import gc
from typing import Final

YOUNG_OBJECTS: Final = 20_000
"""New objects between two collections of the youngest: a page or a visit makes thousands that die with it."""


def settle() -> None:
    """Tell the collector, once all modules are loaded, that what is there now stays.

    Modules, mappers and tables are some hundred thousand objects; while a large release is sealed the collector would
    walk over all of them again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
