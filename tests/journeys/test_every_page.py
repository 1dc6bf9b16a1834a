"""Every page as a person meets it: no serious finding of axe-core, no sideways scrolling, on a desk and on a phone.

Each page is opened by the role that has most to do there, on the district of the page tests; pages that show other
things to other roles are opened by each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page

from data.enums import Role
from tests.journeys.houses import DROPPED_FILES, House, opened_house
from tests.web.cast import Cast
from tests.web.test_routes import EVERYBODY, READING, address

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings(DROPPED_FILES)]

AXE: Final = Path(__file__).resolve().parents[2] / "web/frontend/node_modules/axe-core/axe.min.js"
# The page that tries the API is drawn by Swagger UI, whose markup is not ours; everything around it is looked at.
RUN_AXE: Final = """async () => {
  const found = await axe.run({exclude: [[".swagger-ui"]]}, {resultTypes: ["violations"]});
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`);
}"""
MEASURE: Final = "() => [document.scrollingElement.scrollWidth, window.innerWidth]"
WIDTHS: Final = (1440, 390)
# Not pages: files to download, and a piece that is loaded into a page.
FILES: Final = {
    "uploads.template",
    "uploads.faulty",
    "lists.template",
    "oversight.download",
    "draws.document",
    "attachments.download",
    "runs.progress",
}
# Who has most to do; the first that may open a page is the one who does.
BUSIEST: Final = (
    Role.CLERK,
    Role.COORDINATOR,
    Role.ADMINISTRATOR,
    Role.APPROVER,
    Role.OFFICER,
    Role.ENTERPRISE,
    Role.HEAD,
    Role.LEGAL,
    Role.SUPERVISOR,
)
# Pages that look different to each role.
DIFFERENT: Final = {"desk.show", "plans.show", "rounds.show", "calendar.month", "registry.enterprise", "tokens.index"}


def addresses(house: House, role: Role) -> list[str]:
    """The addresses that this role is to look at."""
    found = []
    for endpoint, (takes, allowed) in READING.items():
        busiest = next(one for one in BUSIEST if one in allowed)
        if endpoint not in FILES and (role is busiest or (endpoint in DIFFERENT and role in allowed)):
            values = {name: house.cast.uids[uid] for name, uid in takes.items()}
            found.append(address(house.app, endpoint, **values))
    return found


@pytest.fixture(scope="module")
def house(page_cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all these tests: they only look."""
    with opened_house(page_cast, tmp_path_factory.mktemp("pages")) as made:
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    yield context.new_page()
    context.close()


def complaints(page: Page) -> list[str]:
    """What axe-core finds serious or critical, and whether the page scrolls sideways, at both widths."""
    found = []
    page.evaluate(AXE.read_text(encoding="utf-8") + ";null")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        found += [f"{width} {one}" for one in page.evaluate(RUN_AXE)]
        wide, window = page.evaluate(MEASURE)
        if wide > window:
            found.append(f"{width} scrolls sideways: {wide} > {window}")
    return found


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_pages_of_a_role_have_no_serious_fault(house: House, page: Page, role: Role) -> None:
    page.context.add_cookies([{"name": "onedoor", "value": house.secrets[role], "url": house.url}])
    faults: dict[str, list[str]] = {}
    opened = addresses(house, role)
    for path in opened:
        answer = page.goto(f"{house.url}{path}")
        assert answer is not None
        assert answer.status == 200, path
        found = complaints(page)
        if found:
            faults[path] = found

    assert opened
    assert faults == {}


@pytest.mark.parametrize("path", ["/sign-in", "/draws"])
def test_page_for_everybody_has_no_serious_fault(house: House, page: Page, path: str) -> None:
    page.goto(f"{house.url}{path}")

    assert complaints(page) == []


def test_planted_faults_are_found(page: Page) -> None:
    wide = '<div style="width: 2000px">宽</div>'
    page.set_content(f'<html lang="zh"><title>x</title><main><h1>x</h1><img src="x.png">{wide}</main></html>')

    found = complaints(page)

    assert any("image-alt" in one for one in found)
    assert any("390 scrolls sideways" in one for one in found)
