"""Statistics: totals with and without coordination, groups, the rows behind each number, and downloads."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from data.queries.organisations import organisation_names
from data.queries.pages import Page
from scheduler.clock import today
from scheduler.measuring.facts import Question, allowed
from scheduler.measuring.overview import GROUPS, overview
from scheduler.measuring.rows import Cell, Imprint, rows_behind, table_csv, table_xlsx
from scheduler.measuring.scope import Scope, latest_months, scope
from scheduler.permissions import may_see_all, may_see_rounds
from scheduler.provenance import provenance
from web import auth, db, phrases
from web.dates import day, moment
from web.filters import number as figure_text
from web.filters import own_name
from web.pages import oversight
from web.rendering import kept_arguments, page, page_number

blueprint = Blueprint("figures", __name__, url_prefix="/figures")
ROWS_A_PAGE: Final = 50
PAIRS: Final = ("visits", "notices", "hours", "repeats", "trips", "km")
TYPES: Final = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@blueprint.get("")
@auth.requires(may_see_rounds)
@db.commits
def index() -> Any:
    """Show totals, groups, coverage and balance."""
    question, there = _question()
    by = request.args.get("by", "")
    group_by = by if by in GROUPS else "month"
    found = overview(db.session(), question, group_by)
    return page(
        "figures/index.html",
        found=found,
        question=question,
        scope=there,
        pairs=PAIRS,
        groups=tuple(GROUPS),
        group_by=group_by,
        behind=_behind,
        whole=may_see_all(auth.actor()),
    )


@blueprint.get("/<measure>")
@auth.requires(may_see_rounds)
@db.commits
def rows(measure: str) -> Any:
    """Show the rows behind one figure."""
    question = _question()[0]
    table = rows_behind(db.session(), question, measure)
    number = min(page_number(), 10**6)
    first = (number - 1) * ROWS_A_PAGE
    shown = Page(rows=table.rows[first : first + ROWS_A_PAGE], page=number, per_page=ROWS_A_PAGE, total=len(table.rows))
    links = table.visits[first : first + ROWS_A_PAGE]
    return page(
        "figures/rows.html", measure=measure, table=table, found=shown, links=links, say=say, look=look,
        question=question, kept=kept_arguments(),
    )  # fmt: skip


@blueprint.get("/<measure>.<form>")
@auth.requires(may_see_rounds)
@db.commits
def download(measure: str, form: str) -> Any:
    """Hand out all rows behind one figure."""
    if form not in TYPES:
        raise NotFound
    question, there = _question()
    table = rows_behind(db.session(), question, measure)
    headers = [phrases.figure_column(column) for column in table.columns]
    if form == "csv":
        content = table_csv(table, headers, say=say)
    else:
        content = table_xlsx(table, headers, say=say, imprint=_imprint(question, there, measure))
    name = {"Content-Disposition": f'attachment; filename="onedoor-{measure}.{form}"'}
    return Response(content, mimetype=TYPES[form], headers=name)


def _imprint(question: Question, there: Scope, measure: str) -> Imprint:
    """What the workbook says of itself: the figure, what it is narrowed to, of when it is and for which role."""
    actor, title = auth.actor(), phrases.figure(measure)
    origin = provenance(db.session(), made_at=db.clock().now(), role=actor.role)
    body = organisation_names(db.session()).get(question.organisation_id or 0, "")
    release = _("第 %(number)s 版", number=origin.release) if origin.release is not None else ""
    lines = (
        (_("统计项目"), title),
        (_("期间"), f"{day(question.first)} – {day(question.last)}"),
        (_("部门"), body),
        (_("信用风险分类"), question.credit_class),
        (_("镇街"), "".join(own_name(one) for one in there.towns if one.code == question.town_code)),
        (_("场景"), "".join(own_name(one) for one in there.scenarios if one.code == question.scenario)),
        (_("范围"), _("含未发布的草案") if question.drafts else _("已发布的检查")),
        (_("导出时间"), moment(origin.made_at)),
        (_("导出角色"), phrases.word(actor.role)),
        (_("当时最新发布"), release),
        (_("发布内容 SHA-256"), origin.release_hash),
    )
    return Imprint(sheet=_("导出说明"), title=title, lines=tuple(one for one in lines if one[1]))


def say(cell: Cell) -> str:
    """A cell as a reader expects it."""
    return figure_text(cell) if isinstance(cell, float) else oversight.say(cell)


def look(cell: Cell) -> str:
    """How a cell is set: figures to the right, dates in one piece."""
    return "figure" if isinstance(cell, float) else oversight.look(cell)


def _question() -> tuple[Question, Scope]:
    """What the address asks about; the months that have visits when it says nothing."""
    session, actor = db.session(), auth.actor()
    there = scope(session, actor)
    first, last = latest_months(session, today(db.clock()))
    first, last = _month("from", first), _month("to", last)
    codes = {row.code: row.id for row in there.organisations}
    asked = Question(
        first=min(first, last),
        last=_end(max(first, last)),
        organisation_id=codes.get(request.args.get("organisation", "")),
        credit_class=request.args.get("class", "")[:1],
        town_code=request.args.get("town", "")[:12],
        scenario=request.args.get("scenario", "")[:40],
        drafts=request.args.get("drafts") == "1",
    )
    return allowed(actor, asked), there


def _month(name: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(f"{request.args.get(name, '')}-01")
    except ValueError:
        return otherwise


def _end(first: date) -> date:
    """The last day of the month that begins on `first`."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _behind(measure: str, group: str = "", key: str = "") -> str:
    """The address of the rows behind a figure, narrowed to one group."""
    values: dict[str, Any] = {name: value for name, value in kept_arguments().items() if name != "by"}
    if group == "month":
        values |= {"from": key, "to": key}
    elif group:
        values[group] = key
    return url_for("figures.rows", measure=measure, **values)
