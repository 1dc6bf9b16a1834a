"""A page that renews itself and a person who leaves it at that moment: the person wins."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from data.enums import Role
from tests.journeys.houses import DROPPED_FILES, House, at_the_desk_of
from web.security import ORDINARY_BODY

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(DROPPED_FILES)]
PAUSE_MS = 100


def _hold(page: Page, address: str) -> list[Route]:
    """Answer no request for an address until the test does."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(address, keep)
    return held


def _await(page: Page, held: list[Route]) -> Route:
    """The request that is held, once the page has asked; the page waits for its answer meanwhile."""
    for _ in range(200):
        if held:
            return held[-1]
        page.wait_for_timeout(PAUSE_MS)
    raise AssertionError(f"{page.url} did not ask")


def _end_of_run(page: Page, poll: Route, *, called_back: bool) -> None:
    """Tell the page that the run has ended; a page that calls back asks for itself at once."""

    def tell() -> None:
        poll.fulfill(status=200, body="", headers={"HX-Refresh": "true", "Content-Type": "text/html"})

    if called_back:
        with page.expect_request(page.url):
            tell()
    else:
        tell()
        page.wait_for_timeout(5 * PAUSE_MS)


def _leave_at_the_last_moment(page: Page, house: House, *, called_back: bool) -> None:
    """Press the way back to the round; before the round comes, the run that was being watched ends."""
    polls = _hold(page, "**/progress")
    page.goto(f"{house.url}/rounds/{house.cast.uids['round']}/what-if")
    page.get_by_role("button", name="开始试算").click()
    expect(page.get_by_text("已排队")).to_be_visible()
    _await(page, polls)
    rounds = _hold(page, f"**/rounds/{house.cast.uids['round']}")
    page.get_by_role("link", name="回到轮次").click(no_wait_after=True)
    round_ = _await(page, rounds)
    _end_of_run(page, polls[0], called_back=called_back)
    round_.continue_()


def test_end_of_a_run_calls_nobody_back(browser: Browser, house: House) -> None:
    with at_the_desk_of(browser, house, Role.COORDINATOR) as page:
        _leave_at_the_last_moment(page, house, called_back=False)
        expect(page).to_have_url(f"{house.url}/rounds/{house.cast.uids['round']}")
        page.unroute_all(behavior="ignoreErrors")


def test_without_the_guard_the_end_of_a_run_calls_back(browser: Browser, house: House) -> None:
    """The control: the page reloads itself over the page that was asked for."""
    with at_the_desk_of(browser, house, Role.COORDINATOR) as page:
        page.route("**/js/page.js", lambda route: route.fulfill(status=200, body="", content_type="text/javascript"))
        _leave_at_the_last_moment(page, house, called_back=True)
        page.wait_for_load_state()
        assert "/runs/" in page.url
        page.unroute_all(behavior="ignoreErrors")


def test_back_key_leads_from_a_form_that_was_too_large_to_what_was_typed(browser: Browser, house: House) -> None:
    """The page that says so promises it: such a form is refused unread, so that the service cannot give it back."""
    with at_the_desk_of(browser, house, Role.COORDINATOR) as page:
        page.goto(f"{house.url}/rounds/new")
        name = page.get_by_label("名称")
        name.evaluate("box => box.removeAttribute('maxlength')")
        name.fill("很" * ORDINARY_BODY)
        page.get_by_role("button", name="开启轮次").click()
        expect(page.locator("main")).to_contain_text("按浏览器的返回键")
        page.go_back()
        expect(name).to_have_value("很" * ORDINARY_BODY)
