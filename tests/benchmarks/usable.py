"""When the board can be used, in Chromium: from the click on the address to lanes that are filled and answer (L1).

The browser is on the same machine as the service. Measured by the browser's own clock (`performance.now`, which counts
from the beginning of the navigation), on a warm service, with a browser that has no file yet and again with its cache.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import pylopdf_fonts_zh_cn
from flask import Flask
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.conftest import CHROMIUM_WORDS
from tests.journeys.houses import served

PATIENCE_MS: Final = 120_000
_WATCH: Final = """
new MutationObserver(() => {
  const table = document.querySelector("table[data-board]");
  if (table?.dataset.ready && window.usableAt === undefined) window.usableAt = performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-ready"] });
"""
_FIGURES: Final = """() => {
  const opened = performance.getEntriesByType("navigation")[0];
  return [opened.responseStart, opened.domContentLoadedEventEnd, window.usableAt];
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usable:
    """Milliseconds from the navigation on: first byte, page read, lanes filled; `chips`: visits that are shown."""

    first_byte: float
    read: float
    usable: float
    chips: int


def measure_board(app: Flask, token: str, *, path: str = "/board", times: int = 5) -> list[Usable] | None:
    """Open the board so many times after once to warm up, each in a fresh browser; None without Chromium."""
    program = shutil.which("chromium")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder, served(app) as url, sync_playwright() as playwright:
        environment: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": str(_font_file(Path(folder)))}
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_WORDS, env=environment)
        try:
            found = [_open(browser, url + path, token) for _ in range(times + 1)]
        finally:
            browser.close()
    return found[1:]


def _font_file(folder: Path) -> Path:
    fonts = Path(pylopdf_fonts_zh_cn.__file__).parent
    file = folder / "fonts.conf"
    text = f"<fontconfig><dir>{fonts}</dir><cachedir>{folder / 'cache'}</cachedir></fontconfig>"
    file.write_text(text, encoding="utf-8")
    return file


def _open(browser: Browser, address: str, token: str) -> Usable:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        context.add_cookies([{"name": "onedoor", "value": token, "url": address}])
        context.add_init_script(_WATCH)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        page.wait_for_selector("table[data-board][data-ready]")
        page.wait_for_function("window.usableAt !== undefined")
        first, read, usable = page.evaluate(_FIGURES)
        chips = page.locator("table[data-board] [data-uid]").count()
        return Usable(first_byte=first, read=read, usable=usable, chips=chips)
    finally:
        context.close()


def middle(found: list[Usable]) -> Usable:
    """The median of each figure."""
    return Usable(
        first_byte=median(one.first_byte for one in found),
        read=median(one.read for one in found),
        usable=median(one.usable for one in found),
        chips=found[0].chips,
    )
