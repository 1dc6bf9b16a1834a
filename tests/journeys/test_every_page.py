"""Every page as a person meets it: no serious finding of axe-core, no sideways scrolling, on a desk and on a phone.

Each page is opened by the role that has most to do there, on the district of the page tests; pages that show other
things to other roles are opened by each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.sync_api import Browser, Page
from sqlmodel import col, select

from data.enums import ListKind, RecipientKind, Role
from data.models import DrawParty, DrawProtocol, Enterprise, InboxMessage, User, Visit
from data.session import unit_of_work
from scheduler.accounts import actor_of
from scheduler.portal.appeals import ask_for_guidance
from scheduler.registry.lists import receive_list
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
Addresses = Callable[[House], list[tuple[Role, str]]]
MEASURE: Final = "() => [document.scrollingElement.scrollWidth, window.innerWidth]"
WIDTHS: Final = (1440, 390)
# Not pages: files to download, and a piece that is loaded into a page.
FILES: Final = {
    "edits.possible_days",
    "board.count",
    "board_moves.days",
    "board.data",
    "uploads.template",
    "uploads.faulty",
    "lists.template",
    "oversight.download",
    "figures.download",
    "documents.own",
    "draws.document",
    "attachments.download",
    "runs.progress",
    "fieldwork.token",
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
DIFFERENT: Final = {
    "board.show",
    "calendar.month",
    "confirmations.index",
    "desk.show",
    "figures.index",
    "plans.show",
    "registry.enterprise",
    "rounds.show",
    "tokens.index",
} | {
    "duties.index",
    "off_plan.create",
}


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


def owned_addresses(house: House) -> list[tuple[Role, str]]:
    """Pages that only their owner sees, each with something of the owner's to show."""
    uids = house.cast.uids
    with unit_of_work(house.engine) as session:
        firm = session.exec(select(Enterprise).where(Enterprise.uid == uids["enterprise"])).one()
        keeper = session.exec(select(User).where(User.username == house.cast.users[Role.COORDINATOR])).one()
        content = f"统一社会信用代码,信用风险分类\n{firm.credit_code},D\n无效代码,X\n".encode()
        upload = receive_list(
            session, house.clock, actor_of(keeper), kind=ListKind.CREDIT_CLASSES, filename="分类.csv", content=content
        )
        protocol = session.exec(select(DrawProtocol).where(DrawProtocol.uid == uids["protocol"])).one()
        seat = DrawParty(protocol_id=protocol.id or 0, position=90, name="执法监督", role=Role.SUPERVISOR)
        session.add(seat)
        told = (InboxMessage.recipient_kind == RecipientKind.ENTERPRISE, InboxMessage.recipient_id == firm.id)
        message = session.exec(select(InboxMessage).where(*told).order_by(col(InboxMessage.id))).first()
        visit = session.exec(select(Visit).where(Visit.uid == uids["visit"])).one()
        owner = session.exec(select(User).where(User.username == house.cast.users[Role.ENTERPRISE])).one()
        appeal = ask_for_guidance(session, house.clock, actor_of(owner), text="消防检查要准备哪些材料？")
        assert message is not None
        return [
            (Role.COORDINATOR, f"/appeals/{appeal.uid}"),
            (Role.COORDINATOR, f"/visits/{visit.uid}"),
            (Role.OFFICER, f"/visits/{visit.uid}"),
            (Role.COORDINATOR, f"/calendar/{visit.day}"),
            (Role.COORDINATOR, f"/registry/officers/{uids['officer']}/edit"),
            (Role.COORDINATOR, f"/registry/lists/{upload.uid}"),
            (Role.SUPERVISOR, f"/draw-parties/{seat.uid}"),
            (Role.ENTERPRISE, f"/inbox/{message.uid}"),
        ]


def draft_addresses(house: House) -> list[tuple[Role, str]]:
    """Pages of a round's draft with something on them: a selection, two columns, another view, a history."""
    uids = house.cast.uids
    board = f"/board?round={uids['round']}&selected={uids['visit']}"
    with unit_of_work(house.engine) as session:
        day = session.exec(select(Visit.day).where(Visit.uid == uids["visit"])).one()
    return [
        *((Role.COORDINATOR, f"{board}&view={view}&day={day}") for view in ("week", "day", "map", "list")),
        (Role.COORDINATOR, f"{board}&lanes=team&state=unpublished&text=nothing"),
        (Role.COORDINATOR, f"/board/edits/{uids['round']}/bulk?selected={uids['visit']}"),
        (Role.COORDINATOR, f"/board/edits/requests/{uids['request']}"),
        (Role.COORDINATOR, f"/rounds/{uids['round']}/compare?with=draft&with=p-{uids['proposal']}&with=r-1"),
        (Role.COORDINATOR, f"/rounds/{uids['round']}/compare?with=draft"),
        (Role.SUPERVISOR, f"/rounds/{uids['round']}/history"),
        (Role.SUPERVISOR, f"/visits/{uids['visit']}/history"),
        (Role.HEAD, f"/confirmations/{uids['confirmation']}"),
        (Role.APPROVER, f"/rounds/{uids['round']}/approve"),
        (Role.COORDINATOR, "/figures?drafts=1&by=organisation"),
        (Role.COORDINATOR, "/figures?from=2020-01&to=2020-02"),
    ]


@pytest.mark.parametrize("addresses_of", [owned_addresses, draft_addresses], ids=["of-their-owners", "of-a-draft"])
def test_pages_with_something_on_them_have_no_serious_fault(house: House, page: Page, addresses_of: Addresses) -> None:
    faults: dict[str, list[str]] = {}
    for role, path in addresses_of(house):
        page.context.clear_cookies()
        page.context.add_cookies([{"name": "onedoor", "value": house.secrets[role], "url": house.url}])
        answer = page.goto(f"{house.url}{path}")
        assert answer is not None
        assert answer.status == 200, path
        found = complaints(page)
        if found:
            faults[path] = found

    assert faults == {}


@pytest.mark.parametrize(
    ("role", "endpoints"),
    [
        (Role.CLERK, ("desk.show", "plans.index", "plans.show", "plan_steps.check", "uploads.show")),
        (Role.COORDINATOR, ("rounds.show", "rounds.proposal", "calendar.month", "registry.enterprise", "caps.index")),
        (Role.COORDINATOR, ("board.show", "comparisons.show", "edits.conflict_list", "edits.visit", "what_if.ask")),
        (Role.SUPERVISOR, ("rounds.brief", "histories.of_round", "figures.index", "confirmations.index", "edits.log")),
        (Role.ADMINISTRATOR, ("policies.edit", "caps.edit", "accounts.index")),
        (Role.ENTERPRISE, ("portal.show",)),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_pages_can_be_read_in_the_dark(house: House, browser: Browser, role: Role, endpoints: tuple[str, ...]) -> None:
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", color_scheme="dark")
    context.add_cookies([{"name": "onedoor", "value": house.secrets[role], "url": house.url}])
    page, faults = context.new_page(), {}
    for endpoint in endpoints:
        takes, _ = READING[endpoint]
        values = {name: house.cast.uids[uid] for name, uid in takes.items()}
        page.goto(f"{house.url}{address(house.app, endpoint, **values)}")
        found = complaints(page)
        if found:
            faults[endpoint] = found
    context.close()

    assert faults == {}


PUBLISHED: Final = ("releases.index", "releases.show", "calendar.month", "documents.index")
OF_AN_ENTERPRISE: Final = (
    "desk.show",
    "portal.visit",
    "portal.another_day",
    "portal.recusal",
    "portal.ask",
    "portal.complain",
    "portal.asked",
    "inbox.index",
    "feeds.index",
)
# Pages of publication by everybody who may see them, and those of the enterprise, each by day and by night.
OF_PUBLICATION: Final = (
    (Role.CLERK, PUBLISHED),
    (Role.OFFICER, PUBLISHED),
    (
        Role.SUPERVISOR,
        (*PUBLISHED, "outbox.index", "outbox.show", "outbox.concerns", "health.jobs", "appeals.ratings_"),
    ),
    (
        Role.COORDINATOR,
        ("releases.restore", "outbox.show", "contacts.edit", "access_codes.enterprise", "appeals.index"),
    ),
    (Role.ENTERPRISE, OF_AN_ENTERPRISE),
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("role", "endpoints"), OF_PUBLICATION, ids=[role for role, _ in OF_PUBLICATION])
def test_pages_of_publication_have_no_serious_fault(
    house: House, browser: Browser, role: Role, endpoints: tuple[str, ...], scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", color_scheme=scheme)
    context.add_cookies([{"name": "onedoor", "value": house.secrets[role], "url": house.url}])
    page, faults = context.new_page(), {}
    for endpoint in endpoints:
        takes, _ = READING[endpoint]
        path = address(house.app, endpoint, **{name: house.cast.uids[uid] for name, uid in takes.items()})
        answer = page.goto(f"{house.url}{path}")
        assert answer is not None
        assert answer.status == 200, path
        found = complaints(page)
        if found:
            faults[path] = found
    context.close()

    assert faults == {}


@pytest.mark.parametrize("path", ["/sign-in", "/draws", "/enter", "/rate", "/results"])
def test_page_for_everybody_has_no_serious_fault(house: House, page: Page, path: str) -> None:
    page.goto(f"{house.url}{path}")

    assert complaints(page) == []


def test_planted_faults_are_found(page: Page) -> None:
    wide = '<div style="width: 2000px">宽</div>'
    page.set_content(f'<html lang="zh"><title>x</title><main><h1>x</h1><img src="x.png">{wide}</main></html>')

    found = complaints(page)

    assert any("image-alt" in one for one in found)
    assert any("390 scrolls sideways" in one for one in found)
