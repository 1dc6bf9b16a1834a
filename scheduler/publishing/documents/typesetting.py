"""Set papers as PDF with typst. Takes plain values and the name of a template; knows no visit.

An office's own templates and fonts, in the data folder, go before those of the program. Nothing is fetched from
anywhere: templates import each other only, and data come in as one JSON text, never as part of a template.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pylopdf_fonts_zh_cn
import typst

from scheduler.errors import DomainError

ORIGINALS: Final = Path(__file__).parent / "templates"
MAIN: Final = "main"
FIXED_TIME: Final = 946_684_800
"""2000-01-01 in seconds: the same visit gives the same bytes, whenever it is printed."""


class TemplateError(DomainError):
    """A template cannot be set or filled. Params: template, place (what the typesetter says)."""

    code = "template_fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Where an office keeps its own templates and fonts; both folders may be missing."""

    folder: Path

    @property
    def templates(self) -> Path:
        return self.folder / "templates"

    @property
    def fonts(self) -> Path:
        return self.folder / "fonts"

    def find_template(self, name: str) -> Path:
        """The office's file of this name, else the original. Raises TemplateError when there is neither."""
        for place in (self.templates / name, ORIGINALS / name):
            if place.is_file():
                return place
        raise TemplateError(template=name, place="")


def typeset(press: Press, template: str, content: Mapping[str, Any], *, tags: bool = True) -> bytes:
    """Set one PDF from `template` (name without ending). Raises TemplateError with the typesetter's own words.

    `tags`: mark up its structure for screen readers; without it a file that is only printed is a fifth of the size.
    """
    sources: dict[str, str | bytes] = {path.name: path.read_bytes() for path in _sources(press)}
    sources[MAIN] = press.find_template(f"{template}.typ").read_bytes()
    data = json.dumps(content, ensure_ascii=False)
    try:
        compiler: Any = typst.Compiler(  # type: ignore[type-var]
            sources, font_paths=_fonts(*_stamps(press.fonts))
        )
        found: bytes = compiler.compile(format="pdf", sys_inputs={"data": data}, timestamp=FIXED_TIME, pdf_tags=tags)
    except (typst.TypstError, RuntimeError) as error:
        raise TemplateError(template=f"{template}.typ", place=str(error)) from error
    return found


def write_originals(folder: Path) -> list[Path]:
    """Copy the program's templates into a folder for an office to change; files that are there stay. New ones back."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for source in sorted(ORIGINALS.iterdir()):
        place = folder / source.name
        if source.suffix in {".typ", ".docx"} and not place.exists():
            place.write_bytes(source.read_bytes())
            written.append(place)
    return written


def _sources(press: Press) -> list[Path]:
    names = {path.name for folder in (ORIGINALS, press.templates) if folder.is_dir() for path in folder.glob("*.typ")}
    return [press.find_template(name) for name in sorted(names)]


def _stamps(folder: Path) -> tuple[str, tuple[tuple[str, int], ...]]:
    """The folder and what is in it: another value as soon as somebody puts a font there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    return str(folder), tuple((path.name, path.stat().st_mtime_ns) for path in files)


@cache
def _fonts(folder: str, stamps: tuple[tuple[str, int], ...]) -> typst.Fonts:
    """Fonts of the office first, then the program's; those of the machine would make the same paper differ."""
    own = [folder] if stamps else []
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[*own, str(Path(pylopdf_fonts_zh_cn.__file__).parent)],
    )
