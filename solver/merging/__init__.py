"""Merging: who is visited together and on which day.

Owns where the compiled kernels are kept between runs; each module below owns its method.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import numba as nb

_COMPILED: Final = (b"kernel\n", b"part\n", b"class Tables(")
"""What a module says that is built into kernels: compiled functions, or the arrays and constants they read."""


def _keep_kernels_by_source() -> None:
    """Keep compiled kernels under a digest of all kernel sources.

    A kernel has the kernels it calls built in, but the cache only watches the file a kernel is written in: after a
    change in one module the others would silently run the old code. NUMBA_CACHE_DIR, where set, is respected.
    """
    if getattr(nb.config, "CACHE_DIR", ""):
        return
    home = Path(__file__).parent
    paths = sorted([*home.glob("*.py"), *(home.parent / "bounds").glob("*.py")])
    sources = [text for text in (path.read_bytes() for path in paths) if any(mark in text for mark in _COMPILED)]
    digest = hashlib.blake2b(b"".join(sources), digest_size=8).hexdigest()
    vars(nb.config)["CACHE_DIR"] = str(home / "__pycache__" / f"kernels-{digest}")


_keep_kernels_by_source()
