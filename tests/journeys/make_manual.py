"""Takes the pictures of the manual: `python -m tests.journeys.make_manual [FOLDER]`, into web/static/manual by default.

They are the pages as the journeys open them, on the made-up district of the page tests: a picture need never be older
than the page: taking them again is one command.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pylopdf_fonts_zh_cn
from PIL import Image
from playwright.sync_api import Browser, ViewportSize, sync_playwright
from sqlmodel import select

from data import migration
from data.enums import Role
from data.models import User
from data.session import make_engine, reading
from tests.journeys.conftest import CHROMIUM_WORDS
from tests.journeys.decisions import ask_all, reopen
from tests.journeys.houses import House, opened_house
from tests.web.cast import make_cast

FOLDER: Final = Path(__file__).resolve().parents[2] / "web" / "static" / "manual"
SIZE: Final[ViewportSize] = {"width": 1000, "height": 640}
SCALE: Final = 1.5
"""Sharp on the screens people have now, at twice the size in bytes."""
COLOURS: Final = 48
"""Pages are flat: so few colours keep a picture far below 150 kB and look the same."""


def pictures(house: House) -> dict[str, tuple[Role, str]]:
    """Name of a picture -> who opens which address, on a round whose departments have been asked."""
    round_, visit = house.cast.uids["round"], house.cast.uids["visit"]
    reopen(house)
    questions = ask_all(house)
    with reading(house.engine) as session:
        clerk = session.exec(select(User).where(User.username == house.cast.users[Role.CLERK])).one()
        question = questions[clerk.organisation_id or 0]
    return {
        "desk": (Role.CLERK, "/"),
        "plans": (Role.CLERK, "/uploads"),
        "confirm": (Role.CLERK, f"/confirmations/{question}"),
        "round": (Role.COORDINATOR, f"/rounds/{round_}"),
        "awaited": (Role.COORDINATOR, f"/rounds/{round_}/confirmations"),
        "brief": (Role.APPROVER, f"/rounds/{round_}/brief"),
        "figures": (Role.COORDINATOR, "/figures?from=2026-03&to=2026-03&by=class&drafts=1"),
        "fieldwork": (Role.OFFICER, "/field/"),
        "onsite": (Role.OFFICER, f"/field/visits/{visit}"),
        "derive": (Role.CLERK, f"/plans/{house.cast.uids['plan']}/derive"),
        "review": (Role.LEGAL, f"/plans/{house.cast.uids['plan']}"),
        "board": (Role.COORDINATOR, f"/board?round={round_}&view=month"),
        "edit": (Role.COORDINATOR, f"/board/edits/visits/{visit}"),
        "outbox": (Role.COORDINATOR, "/outbox"),
        "portal_visit": (Role.ENTERPRISE, f"/my-enterprise/visits/{visit}"),
        "asked": (Role.ENTERPRISE, "/my-enterprise/asked"),
        "oversight": (Role.SUPERVISOR, "/oversight"),
        "portal": (Role.ENTERPRISE, "/my-enterprise"),
        "history": (Role.SUPERVISOR, f"/visits/{visit}/history"),
        "rules": (Role.ADMINISTRATOR, "/policies"),
    }


def take(browser: Browser, house: House, folder: Path) -> list[Path]:
    """Open every page and keep what is seen of it without scrolling; returns the files."""
    made = []
    for name, (role, path) in pictures(house).items():
        context = browser.new_context(
            locale="zh-CN", timezone_id="Asia/Shanghai", viewport=SIZE, device_scale_factor=SCALE
        )
        context.add_cookies([{"name": "onedoor", "value": house.secrets[role], "url": house.url}])
        page = context.new_page()
        answer = page.goto(f"{house.url}{path}", wait_until="networkidle")
        if answer is None or not answer.ok:
            raise SystemExit(f"{name}: {path} cannot be opened")
        file = folder / f"{name}.png"
        small = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
        small.save(file, optimize=True)
        made.append(file)
        context.close()
    return made


@contextmanager
def looking() -> Iterator[tuple[House, Browser]]:
    """The made-up district behind an address, and a browser with a Chinese font to look at it."""
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        engine = make_engine(f"sqlite:///{work / 'template.db'}")
        migration.upgrade(engine)
        engine.dispose()
        fonts = work / "fonts.conf"
        chinese = Path(pylopdf_fonts_zh_cn.__file__).parent
        fonts.write_text(f"<fontconfig><dir>{chinese}</dir><cachedir>{work}</cachedir></fontconfig>", encoding="utf-8")
        cast = make_cast(work / "template.db", work)
        (work / "house").mkdir()
        environment: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
        with opened_house(cast, work / "house") as house, sync_playwright() as playwright:
            found = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_WORDS, env=environment)
            yield house, browser
            browser.close()


def main(folder: Path) -> None:
    """Make the district, serve it, and take the pictures."""
    with looking() as (house, browser):
        for file in take(browser, house, folder):
            sys.stdout.write(f"{file.name} {file.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
