"""The two ways a function is compiled: as a kernel that Python calls, or as a part that only kernels call.

Owns compiler settings. A kernel is kept on disk with all its parts inside; parts have no Python wrapper, which for
arguments as wide as Tables would take longer to compile than the function.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb

kernel: Final = nb.njit(cache=True, nogil=True)
_BARE: Final[dict[str, Any]] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
part: Final = nb.njit(nogil=True, **_BARE)
