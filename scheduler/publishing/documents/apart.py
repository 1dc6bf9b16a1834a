"""Typesetting in a process of its own: what a run of the typesetter takes in memory goes back when the run is over.

The typesetter keeps what it has set to be faster next time, about a megabyte a notice; a batch that is set in one
process would grow with every paper. Knows no visit and no database. `python -m` this module reads one request.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pypdf

from scheduler.errors import DomainError
from scheduler.publishing.documents.typesetting import Press, TemplateError, typeset

_HOUSE: Final = Path(__file__).resolve().parents[3]
_REFUSED: Final = 3
"""Exit code of a run that a template's fault ended; the fault is what it wrote."""
LONGEST_RUN_SECONDS: Final = 90.0
"""A run of a hundred notices takes seconds; one that takes minutes will never end."""


class PressDiedError(DomainError):
    """A run of the typesetter ended without a word. Params: exit_code (None: it took too long)."""

    code = "press_died"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one run sets: template (name without ending) and content, as `typeset` takes them."""

    template: str
    content: Mapping[str, Any]


def typeset_apart(press: Press, batch: Batch, target: Path) -> None:
    """Set one PDF into `target`, which is there whole or not at all. Raises TemplateError, PressDiedError."""
    request = {
        "deed": "set",
        "folder": str(press.folder.resolve()),
        "template": batch.template,
        "content": batch.content,
    }
    _run(request, target)


def join_apart(parts: Sequence[Path], target: Path) -> None:
    """Join PDFs in their order into `target`; fonts that several have are kept once. Raises PressDiedError."""
    _run({"deed": "join", "parts": [str(part.resolve()) for part in parts]}, target)


def _run(request: Mapping[str, Any], target: Path) -> None:
    draft = target.with_name(f"{target.name}.{os.getpid()}.draft")
    try:
        done = subprocess.run(  # noqa: S603 -- our own interpreter on our own module
            [sys.executable, "-m", __name__, str(draft.resolve())],
            cwd=_HOUSE,
            input=json.dumps(request, ensure_ascii=False).encode("utf-8"),
            capture_output=True,
            timeout=LONGEST_RUN_SECONDS,
            check=False,
        )
        if done.returncode == _REFUSED:
            raise TemplateError(**json.loads(done.stdout))
        if done.returncode != 0:
            raise PressDiedError(exit_code=done.returncode)
        draft.replace(target)
    except subprocess.TimeoutExpired as error:
        raise PressDiedError(exit_code=None) from error
    finally:
        draft.unlink(missing_ok=True)


def _join(parts: Sequence[str], target: Path) -> None:
    with pypdf.PdfWriter() as writer:
        for part in parts:
            writer.append(part, import_outline=False)
        # Each run carries the same pictures and subsets of the same fonts: what is equal is kept once.
        writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
        writer.metadata = None
        writer.write(target)


def main() -> int:
    """Do what standard input asks, into the file that the one argument names."""
    # What is printed may open an enterprise's pages: nobody else on the machine reads it.
    os.umask(0o077)
    request, target = json.load(sys.stdin), Path(sys.argv[1])
    if request["deed"] == "join":
        _join(request["parts"], target)
        return 0
    try:
        content = typeset(Press(folder=Path(request["folder"])), request["template"], request["content"], tags=False)
    except TemplateError as error:
        json.dump(error.params, sys.stdout)
        return _REFUSED
    target.write_bytes(content)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
