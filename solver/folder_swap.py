"""Replace a folder in one step: whoever is killed in the middle leaves the old folder or the new one, never a mixture.

Owns temporary siblings and the swap. Knows no table.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import secrets
import shutil
import sys
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
_STALE_SECONDS: Final = 24 * 3600


@contextmanager
def replaced_folder(folder: Path, own_names: Set[str]) -> Iterator[Path]:
    """Give an empty sibling to write to; on leaving without an error it takes the place of `folder`.

    Entries of the old folder that are not in `own_names` are not ours and are carried over. On an error the old
    folder stays as it was. Raises OSError where the place cannot be written to, or is a file.
    A folder that cannot be renamed because a volume is mounted there is refilled file by file: that is not one step.
    """
    target = folder.resolve()
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    settle(target)
    mounted = target.is_mount()
    fresh = (target if mounted else target.parent) / f".{target.name}.{secrets.token_hex(4)}.new"
    fresh.mkdir()
    _sweep(fresh, target.name)
    try:
        yield fresh
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    if mounted:
        refill(fresh, target, own_names)
    else:
        _swap_in(fresh, target, own_names)


def _sweep(fresh: Path, name: str) -> None:
    """Take away what killed writers left beside `fresh` more than a day ago; younger ones may still be at work."""
    for left in fresh.parent.glob(f".{glob.escape(name)}.*.new"):
        with contextlib.suppress(OSError):
            if fresh.stat().st_mtime - left.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(left)


def refill(fresh: Path, target: Path, own_names: Set[str]) -> None:
    """Move every file of `fresh` to `target` after our own old ones are gone from there; takes `fresh` away."""
    for name in own_names:
        (target / name).unlink(missing_ok=True)
    for entry in sorted(fresh.iterdir()):
        entry.rename(target / entry.name)
    fresh.rmdir()


def settle(folder: Path) -> None:
    """Put back a folder whose replacement was cut off where the system cannot swap two folders in one step."""
    parked = _parked(folder)
    if parked.exists() and not folder.exists():
        parked.rename(folder)


def _parked(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.previous")


def _swap_in(fresh: Path, target: Path, own_names: Set[str]) -> None:
    if not target.exists():
        with contextlib.suppress(OSError):  # somebody else made it in the meantime: swap below
            fresh.rename(target)
            return
    old = fresh
    if not _exchange(fresh, target):
        old = _parked(target)
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
        fresh.rename(target)
    for entry in sorted(old.iterdir()):
        if entry.name not in own_names and not (target / entry.name).exists():
            entry.rename(target / entry.name)
    shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step; False where the system has no such call (then two renames must do)."""
    if not sys.platform.startswith("linux"):
        return False
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    names = (os.fsencode(one), os.fsencode(other))
    return call(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0
