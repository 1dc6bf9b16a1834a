"""Language of a page: Chinese first, English by switch; compiles the translations. Knows no text itself.

The Chinese texts in templates and code are the message ids; `translations/en` holds the English.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g, has_request_context, request
from flask_babel import get_locale

from scheduler.clock import DISTRICT_ZONE
from web.plurals import CountingBabel
from web.programs import is_program, program_language

CHINESE: Final = "zh_Hans_CN"
ENGLISH: Final = "en"
LANGUAGE_COOKIE: Final = "onedoor-language"
TRANSLATIONS: Final = Path(__file__).parent / "translations"


def install(app: Flask) -> None:
    """Compile what is newer than its binary, and let every request choose its language."""
    compile_translations(TRANSLATIONS)
    CountingBabel(
        app,
        default_locale=CHINESE,
        default_timezone=str(DISTRICT_ZONE),
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=choose_locale,
    )


def choose_locale() -> str:
    """The account's language; before sign-in the cookie's; a program's as it asks; else Chinese."""
    return ENGLISH if language() == "en" else CHINESE


def language() -> str:
    """Return "zh" or "en" for this request."""
    if not has_request_context():
        return "zh"
    if is_program():
        return program_language()
    actor = g.get("actor")
    chosen = actor.language if actor is not None else request.cookies.get(LANGUAGE_COOKIE, "zh")
    return "en" if chosen == "en" else "zh"


def is_english() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "en"


def compile_translations(folder: Path) -> list[Path]:
    """Write messages.mo beside every messages.po that is newer; return what was written."""
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        _compile(source, target)
        written.append(target)
    return written


def _compile(source: Path, target: Path) -> None:
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name)
    # Several processes may start at once: a whole file takes the place of the old one.
    number, name = tempfile.mkstemp(dir=target.parent, prefix=".messages-")
    with os.fdopen(number, "wb") as file:
        write_mo(file, catalogue)
    Path(name).replace(target)
