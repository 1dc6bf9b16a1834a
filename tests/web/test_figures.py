"""The pages of figures: own part for departments, rows behind each number, downloads."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest

from data.enums import Role
from tests.web.cast import Cast
from tests.web.conftest import As

MARCH = "from=2026-03&to=2026-03"


def test_every_number_leads_to_as_many_rows(browse_as: As) -> None:
    browser = browse_as(Role.COORDINATOR)
    text = browser.get(f"/figures?{MARCH}").text
    links = re.findall(
        r'href="(/figures/(?:visits|notices|trips|repeats)_\w+\?[^"]+)" aria-label="[^"]*? ([\d,]+)"', text
    )
    assert len(links) == 8
    for path, figure in links:
        page = browser.get(path.replace("&amp;", "&")).text
        assert f"共 {figure} 行" in page, path


@pytest.mark.parametrize("by", ["month", "class", "town", "scenario", "organisation", "nonsense"])
def test_page_groups_by_what_is_asked(browse_as: As, by: str) -> None:
    answer = browse_as(Role.SUPERVISOR).get(f"/figures?{MARCH}&by={by}")
    assert (answer.status_code, "<svg" in answer.text) == (200, True)


def test_department_sees_no_choice_of_departments_and_no_foreign_row(browse_as: As, cast: Cast) -> None:
    own, district = browse_as(Role.CLERK), browse_as(Role.COORDINATOR)
    assert 'name="organisation"' not in own.get(f"/figures?{MARCH}").text
    assert 'name="organisation"' in district.get(f"/figures?{MARCH}").text
    for path in (f"/figures/visits_with?{MARCH}&organisation=X", f"/figures/people_days.csv?{MARCH}"):
        assert cast.hidden_site not in own.get(path).text
    assert cast.hidden_site in district.get(f"/figures/visits_with?{MARCH}").text


def test_download_has_the_rows_in_both_forms(browse_as: As) -> None:
    browser = browse_as(Role.COORDINATOR)
    text = browser.get(f"/figures/visits_with.csv?{MARCH}")
    book = browser.get(f"/figures/visits_with.xlsx?{MARCH}")
    assert (text.mimetype, text.data[:3]) == ("text/csv", b"\xef\xbb\xbf")
    assert (book.data[:2], len(text.text.splitlines())) == (b"PK", 5)


def test_workbook_says_which_figure_of_when_and_for_which_role(browse_as: As) -> None:
    answer = browse_as(Role.COORDINATOR).get(f"/figures/visits_with.xlsx?{MARCH}&class=A")
    page = openpyxl.load_workbook(io.BytesIO(answer.data))["导出说明"]
    said = {row[0].value: row[1].value for row in page}
    assert (said["信用风险分类"], said["导出角色"], said["范围"]) == ("A", "区级协调员", "已发布的检查")
    assert ("2026年3月1日" in said["期间"], len(said["发布内容 SHA-256"]), "部门" in said) == (True, 64, False)


@pytest.mark.parametrize(
    "path", ["/figures/nothing", "/figures/nothing.csv", "/figures/visits_with.pdf"], ids=["rows", "figure", "form"]
)
def test_unknown_figure_is_not_found(browse_as: As, path: str) -> None:
    assert browse_as(Role.COORDINATOR).get(path).status_code == 404


@pytest.mark.parametrize("month", ["2026-13", "x", "99999-01", "0001-01"])
def test_strange_month_shows_the_page(browse_as: As, month: str) -> None:
    assert browse_as(Role.COORDINATOR).get(f"/figures?from={month}&to={month}&town=x&class=Z").status_code == 200
