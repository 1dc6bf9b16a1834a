"""The coordinator's board: a round's draft by month, week, day, on a map and as a list. Moves nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from data.enums import CreditClass
from scheduler.board import lanes
from scheduler.board.card import Card
from scheduler.board.cards import Board, board_rounds, choose_round, count_unpublished, load_board
from scheduler.board.filters import BoardState, LaneKind
from scheduler.board.map_shapes import load_map
from scheduler.board.routes import load_offices, routes_of
from scheduler.clock import today
from scheduler.permissions import may_coordinate, may_see_all, may_see_calendar
from scheduler.planning.editing import undoing
from scheduler.planning.proofs import draft_proof
from scheduler.workdays import load_calendar
from web import auth, board_shown, db, filters
from web.board_address import BoardAddress, View, read_address
from web.board_answers import board_document
from web.board_map import draw_picture
from web.rendering import page, page_number

blueprint = Blueprint("board", __name__, url_prefix="/board")
ROWS_A_PAGE = 50
MOST_OF_A_DAY = {View.MONTH: 4, View.WEEK: 12, View.DAY: 400}
"""Visits of a day in the list of days of a phone, which every page carries; the day itself has all of them."""


@blueprint.get("")
@auth.requires(may_see_calendar)
@db.commits
def show() -> Any:
    """Show a round in the view that the address asks for."""
    address = asked_address()
    rounds = board_rounds(db.session(), auth.actor())
    round_ = choose_round(rounds, address.round_uid, address.day)
    if round_ is None:
        return page("board/none.html", address=address)
    day = shown_day(address, round_)
    first, last = _span(address, day)
    board = load_board(db.session(), auth.actor(), round_, address.asked(first, last))
    show_view = {View.LIST: _list, View.MAP: _map}.get(address.view, _lanes)
    return show_view(board, address, day, first=first, last=last, round=round_, rounds=rounds)


@blueprint.get("/data")
@auth.requires(may_see_calendar)
@db.commits
def data() -> Any:
    """The same visits as `show` has them, for the scripts that fill the lanes."""
    address = asked_address()
    round_ = choose_round(board_rounds(db.session(), auth.actor()), address.round_uid, address.day)
    if round_ is None:
        return json_answer({"n": None, "d": [], "s": [], "o": {}, "f": {}, "t": {}, "v": []})
    first, last = _span(address, shown_day(address, round_))
    return json_answer(board_document(load_board(db.session(), auth.actor(), round_, address.asked(first, last))))


@blueprint.get("/unpublished")
@auth.requires(may_see_all)
@db.commits
def count() -> Any:
    """How many changes of the round's draft are not published, with the banner's words for it."""
    round_ = choose_round(board_rounds(db.session(), auth.actor()), request.args.get("round"))
    found = count_unpublished(db.session(), round_) if round_ is not None else 0
    return json_answer({"n": found, "words": _("草案有 %(count)s 处未发布变更", count=filters.number(found))})


def asked_address() -> BoardAddress:
    """What the running request's address asks for; a selection may come in several pieces."""
    single = {name: value for name, value in request.args.items() if name != "selected"}
    return read_address({**single, "selected": ",".join(request.args.getlist("selected"))})


def shown_day(address: BoardAddress, round_: Any) -> date:
    """The day around which the view is: the address's, else today where it lies in the round, else its first."""
    if address.day is not None:
        return address.day
    now = today(db.clock())
    return now if round_.period_first <= now <= round_.period_last else round_.period_first


def json_answer(document: Any) -> Response:
    """A JSON answer without blanks; kept by nobody, because drafts change."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    response = Response(text, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _span(address: BoardAddress, day: date) -> tuple[date, date]:
    if address.view is View.LIST:
        return date.min, date.max
    return address.span(day)


def _lanes(board: Board, address: BoardAddress, day: date, *, first: date, last: date, **around: Any) -> Any:
    calendar, now = load_calendar(db.session()), today(db.clock())
    column: Callable[[Card], date | int]
    if address.view is View.DAY:
        columns, column = board_shown.quarter_columns(board), lanes.quarter_of
    else:
        columns, column = board_shown.day_columns(first, last, calendar, board, now), lanes.day_of
    rows = lanes.lanes_of(board, address.lanes, column)
    return page(
        "board/lanes.html",
        columns=columns,
        lanes=rows,
        crowding="" if address.view is View.MONTH else board_shown.crowding(rows),
        by_day=board_shown.by_day(board.cards),
        most=MOST_OF_A_DAY[address.view],
        calendar=calendar,
        **_frame(board, address, day, first=first, last=last, **around),
    )


def _list(board: Board, address: BoardAddress, day: date, **around: Any) -> Any:
    pages = max(1, -(-len(board.cards) // ROWS_A_PAGE))
    number = min(page_number(), pages)
    return page(
        "board/list.html",
        cards=board.cards[(number - 1) * ROWS_A_PAGE : number * ROWS_A_PAGE],
        number=number,
        pages=pages,
        **_frame(board, address, day, **around),
    )


def _map(board: Board, address: BoardAddress, day: date, **around: Any) -> Any:
    names = {LaneKind.ORGANISATION: board.organisations, LaneKind.TOWN: board.towns, LaneKind.TEAM: board.officers}
    stops = [card for card in board.cards if card.day == day]
    ways = routes_of(stops, address.lanes, names[address.lanes], load_offices(db.session()))
    return page(
        "board/map.html",
        picture=draw_picture(load_map(db.session()), ways, board.cards, day, whole=request.args.get("whole") == "1"),
        ways=ways,
        stops=stops,
        **_frame(board, address, day, **around),
    )


def _frame(board: Board, address: BoardAddress, day: date, **around: Any) -> dict[str, Any]:
    """What every view has around it: filters, names, where to go next."""
    return {
        "board": board,
        "can_move": may_coordinate(auth.actor()),
        "steps": undoing.steps_of(db.session(), auth.actor(), around["round"]),
        "proof": draft_proof(db.session(), around["round"]) if may_see_all(auth.actor()) else None,
        "address": address,
        "day": day,
        "before": address.step(day, -1),
        "after": address.step(day, 1),
        "views": list(View),
        "lane_kinds": list(LaneKind),
        "classes": list(CreditClass),
        "states": list(BoardState),
        "state_words": board_shown.state_words(),
        "script_words": board_shown.script_words(),
        "start_time": filters.start_time,
        "end_time": board_shown.end_time,
        "now": db.clock().now(),
        **around,
    }
