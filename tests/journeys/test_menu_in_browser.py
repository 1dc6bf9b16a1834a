"""A menu longer than the window: the entry of the page that is open stands in sight, the page itself at its top."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from data.enums import Role
from tests.journeys.houses import DROPPED_FILES, House

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings(DROPPED_FILES)]

LOW = {"width": 1440, "height": 420}
PLACE = """() => {
  const place = document.querySelector('.side .nav a[aria-current="page"]').getBoundingClientRect();
  const who = document.querySelector('.side .who').getBoundingClientRect();
  return {below: place.bottom - who.top, above: place.top, page: window.scrollY};
}"""


def look(browser: Browser, house: House, *, script: bool) -> tuple[Page, dict[str, float]]:
    """Open the page at the end of the administrator's menu in a low window; where its entry is, in pixels."""
    context = browser.new_context(viewport=LOW, java_script_enabled=script)
    context.add_cookies([{"name": "onedoor", "value": house.secrets[Role.ADMINISTRATOR], "url": house.url}])
    page = context.new_page()
    page.goto(f"{house.url}/jobs")
    page.wait_for_load_state("networkidle")
    return page, page.evaluate(PLACE)


def test_open_entry_of_a_long_menu_is_in_sight(browser: Browser, house: House) -> None:
    page, found = look(browser, house, script=True)
    assert (found["below"] <= 0, found["above"] >= 0, found["page"]) == (True, True, 0)
    page.context.close()
    # The control: without the script it lies under what stands at the foot of the menu.
    page, found = look(browser, house, script=False)
    assert found["below"] > 0
    page.context.close()
