"""What a person may name in a question to the solver: townships, scenarios, bodies, and sites by their names."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from data.models import Organisation, Round, Scenario, Town
from scheduler.errors import Fault, InvalidError
from scheduler.planning.editions import read_ground


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionChoices:
    """Pairs of code and name."""

    towns: tuple[tuple[str, str], ...]
    scenarios: tuple[tuple[str, str], ...]
    bodies: tuple[tuple[str, str], ...]


def sites_meant(session: Session, round_: Round, text: str, *, field: str) -> tuple[str, ...]:
    """Uids of the sites that the lines of a text name; one name may mean several sites.

    Raises InvalidError for the first line that names no site of the round, at `field`.
    """
    if not text.strip():
        return ()
    known: dict[str, set[str]] = {}
    for _, site, enterprise in read_ground(session, round_).requests.values():
        for name in (site.name, enterprise.name, enterprise.credit_code):
            known.setdefault(name, set()).add(site.uid)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines:
        if line not in known:
            raise InvalidError(Fault(field=field, code="site_not_in_round", params=(("name", line[:60]),)))
    return tuple(sorted({uid for line in lines for uid in known[line]}))


def question_choices(session: Session) -> QuestionChoices:
    """Read what a question may name, each list by its code."""
    return QuestionChoices(
        towns=tuple((row.code, row.name) for row in session.exec(select(Town).order_by(col(Town.code)))),
        scenarios=tuple((row.code, row.name) for row in session.exec(select(Scenario).order_by(col(Scenario.code)))),
        bodies=tuple(
            (row.code, row.short_name) for row in session.exec(select(Organisation).order_by(col(Organisation.code)))
        ),
    )
