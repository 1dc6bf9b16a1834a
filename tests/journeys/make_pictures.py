"""Takes a picture of every page for the eyes of whoever changed one: `python -m tests.journeys.make_pictures FOLDER`.

    python -m tests.journeys.make_pictures FOLDER [--only duties rounds.brief …] [--roles officer …]

Each page is opened by every role that has it to look at, in both languages, 1440 and 390 px wide, on the district of
the page tests. Sheets of four pictures lie beside them, so that all can be seen in some minutes.
"""

from __future__ import annotations

import argparse
import io
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser
from sqlmodel import select

from data.enums import Role
from data.models import User
from data.session import unit_of_work
from tests.journeys.houses import House
from tests.journeys.make_manual import looking
from tests.journeys.test_every_page import addresses, draft_addresses, owned_addresses

WIDTHS: Final = {1440: 900, 390: 844}
LANGUAGES: Final = ("zh", "en")
GAP: Final = 12
ON_A_SHEET: Final = 4
TALLEST: Final = 3000
"""Pixels of a page that are kept: what comes below is more rows of the same."""


def wanted_pages(house: House, roles: Sequence[Role], only: Sequence[str]) -> Iterator[tuple[Role, str]]:
    """Who opens which address; `only`: parts of addresses, all pages when there are none."""
    pages = [(role, path) for role in roles for path in addresses(house, role)]
    pages += [one for one in (*owned_addresses(house), *draft_addresses(house)) if one[0] in roles]
    return (one for one in pages if not only or any(part in one[1] for part in only))


def speak(house: House, language: str) -> None:
    """Let every account of the district read in a language."""
    with unit_of_work(house.engine) as session:
        for user in session.exec(select(User)):
            user.language = language
            session.add(user)


def take(browser: Browser, house: House, pages: Sequence[tuple[Role, str]], folder: Path) -> dict[str, list[Path]]:
    """Take every page; returns the pictures by language and width, in the order of the pages."""
    made: dict[str, list[Path]] = {}
    for language in LANGUAGES:
        speak(house, language)
        for width, height in WIDTHS.items():
            for number, (role, path) in enumerate(pages):
                context = browser.new_context(viewport={"width": width, "height": height})
                context.add_cookies([{"name": "onedoor", "value": house.secrets[role], "url": house.url}])
                page = context.new_page()
                page.goto(f"{house.url}{path}", wait_until="networkidle")
                picture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
                file = folder / f"{number:03d}-{language}-{width}.png"
                picture.crop((0, 0, picture.width, min(picture.height, TALLEST))).save(file)
                made.setdefault(f"{language}-{width}", []).append(file)
                context.close()
    return made


def lay_out(files: Sequence[Path], folder: Path, name: str) -> None:
    """Lay pictures side by side on sheets, each column as wide as its picture at half size."""
    for first in range(0, len(files), ON_A_SHEET):
        small = [_half(file) for file in files[first : first + ON_A_SHEET]]
        sheet = Image.new("RGB", (sum(one.width + GAP for one in small), max(one.height for one in small)), "white")
        left = 0
        for one in small:
            sheet.paste(one, (left, 0))
            left += one.width + GAP
        sheet.save(folder / f"sheet-{name}-{first:03d}.png")


def _half(file: Path) -> Image.Image:
    picture = Image.open(file).convert("RGB")
    share = 0.5 if picture.width > min(WIDTHS) * 2 else 0.8
    return picture.resize((round(picture.width * share), round(picture.height * share)))


def main() -> None:
    """Serve the district, take the pictures, and print which number is which page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--roles", nargs="*", type=Role, default=sorted(Role))
    asked = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    asked.folder.mkdir(parents=True, exist_ok=True)
    with looking() as (house, browser):
        pages = list(wanted_pages(house, asked.roles, asked.only))
        for number, (role, path) in enumerate(pages):
            sys.stdout.write(f"{number:03d} {role} {path}\n")
        for name, files in take(browser, house, pages, asked.folder).items():
            lay_out(files, asked.folder, name)


if __name__ == "__main__":
    main()
