"""Numbers of an address that no database can hold: an unknown page, or a filter that is none, never a fault of ours."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from data.enums import Role
from tests.web.cast import Cast
from tests.web.conftest import As
from web.asked import LARGEST

HUGE = "9" * 20


@pytest.mark.parametrize(
    "path", ["/releases/{huge}", "/releases/{huge}/restore", "/releases/{huge}/brief.pdf", f"/releases/{LARGEST + 1}"]
)
def test_number_that_nothing_has_is_no_page(browse_as: As, path: str) -> None:
    assert browse_as(Role.COORDINATOR).get(path.format(huge=HUGE)).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    "path",
    [
        "/calendar?month=2026-03&organisation={huge}",
        "/calendar?month=2026-03&town={huge}",
        "/plans?organisation={huge}",
        "/outbox?release={huge}",
        "/registry/enterprises?town={huge}",
        "/registry/enterprises?scenario={huge}",
        "/registry/officers?organisation={huge}&skill={huge}",
        "/registry/items?organisation={huge}&scenario={huge}",
        "/board?organisation={huge}&team=-1",
    ],
)
def test_filter_that_no_row_can_have_is_none(browse_as: As, path: str) -> None:
    browser = browse_as(Role.COORDINATOR)
    answer = browser.get(path.format(huge=HUGE))
    assert answer.status_code == HTTPStatus.OK
    assert 'role="alert"' not in answer.text


@pytest.mark.parametrize("number", [HUGE, f"{LARGEST - 1}", "-1", "abc"])
def test_list_shows_a_page_whatever_number_is_asked(browse_as: As, cast: Cast, number: str) -> None:
    browser = browse_as(Role.COORDINATOR)
    for path in ("/plans", "/outbox", "/registry/enterprises", f"/board/edits/{cast.uids['round']}"):
        assert browser.get(f"{path}?page={number}").status_code == HTTPStatus.OK
