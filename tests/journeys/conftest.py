"""Fixtures of the journeys: a browser with a Chinese font, and a service on a database of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pylopdf_fonts_zh_cn
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from scheduler.clock import DISTRICT_ZONE
from tests.journeys.houses import House, opened_house
from tests.journeys.service import Service, free_port
from tests.web.cast import Cast, make_cast

CHROMIUM_WORDS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000
"""Milliseconds until a page counts as silent: two cores carry tests, services and browsers at once."""
MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=DISTRICT_ZONE)


@pytest.fixture(scope="session")
def font_settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fontconfig file that knows the Chinese font of the test requirements."""
    folder = Path(pylopdf_fonts_zh_cn.__file__).parent
    file = tmp_path_factory.mktemp("fonts") / "fonts.conf"
    cache = file.parent / "cache"
    file.write_text(f"<fontconfig><dir>{folder}</dir><cachedir>{cache}</cachedir></fontconfig>", encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def browser(font_settings: Path) -> Iterator[Browser]:
    """Debian's Chromium; where there is none the journey is skipped, unless REQUIRE_BROWSER=1."""
    found = shutil.which("chromium")
    if found is None:
        assert os.environ.get("REQUIRE_BROWSER") != "1", "Chromium is required: apt install chromium"
        pytest.skip("no Chromium on this machine: apt install chromium")
    environment = {**os.environ, "FONTCONFIG_FILE": str(font_settings)}
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=CHROMIUM_WORDS, env=environment)
        yield running
        running.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """An empty installation on SQLite at nine in the morning of 23 November 2026."""
    made = Service(folder=tmp_path, database_url=f"sqlite:///{tmp_path / 'journey.db'}", port=free_port())
    made.set_clock(MORNING)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def page_cast(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Cast:
    """The district of the page tests, made once a run."""
    return make_cast(sqlite_template, tmp_path_factory.mktemp("page-cast"))


@pytest.fixture
def house(page_cast: Cast, tmp_path: Path) -> Iterator[House]:
    """The application on a copy of that district, for one test."""
    with opened_house(page_cast, tmp_path) as made:
        yield made
