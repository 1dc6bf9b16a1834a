"""The ways a function is compiled: as a kernel that Python calls, or as a part that only kernels call.

Owns compiler settings. A kernel is kept on disk with all its parts inside; parts have no Python wrapper, which for
arguments as wide as Tables would take longer to compile than the function.

Swift kernels and parts do not count references: counting those of some forty arrays in Tables costs five times the
work of a small part. In return they must not make arrays. A part that has to is marked `part`, returns numbers only,
and may be called from either kind.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb

_BARE: Final[dict[str, Any]] = {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_UNCOUNTED: Final[dict[str, Any]] = {"_nrt": False}
_COUNTED: Final[dict[str, Any]] = {"_nrt": True}

kernel: Final = nb.njit(cache=True, nogil=True)
part: Final = nb.njit(**_BARE, **_COUNTED)
swift_kernel: Final = nb.njit(cache=True, nogil=True, **_UNCOUNTED)
swift_part: Final = nb.njit(**_BARE, **_UNCOUNTED)
