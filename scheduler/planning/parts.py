"""A draft or an answer by site: the part that a site has in it, and its fingerprint. Knows no table and no solver.

Sites depend on each other only through people and capacity, so an answer is mixed from others site by site.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from scheduler.audit import canonical_json, sha256
from scheduler.planning.answers import Answer, AnswerDuty, AnswerVisit

FINGERPRINT: Final = 16
"""Hex digits of a visit's hash: it tells a change of one site in one draft, it guards nothing."""
BETWEEN: Final = "+"


def parts_of(answer: Answer) -> dict[str, str]:
    """Site uid -> fingerprints of its visits with their crews, joined by BETWEEN; sites without one are left out."""
    found: dict[str, list[str]] = {}
    for visit, print_ in _visit_prints(answer):
        found.setdefault(visit["site"], []).append(print_)
    return {site: BETWEEN.join(prints) for site, prints in found.items()}


def unchanged_requests(answer: Answer, before: Mapping[str, str]) -> frozenset[str]:
    """The requests whose visit, crew and all, was in a draft with these parts already."""
    prints = {(site, one) for site, part in before.items() for one in part.split(BETWEEN)}
    same = (visit for visit, print_ in _visit_prints(answer) if (visit["site"], print_) in prints)
    return frozenset(uid for visit in same for uid in visit["requests"])


def _visit_prints(answer: Answer) -> Iterator[tuple[AnswerVisit, str]]:
    duties: dict[str, list[AnswerDuty]] = {}
    for duty in answer["roster"]:
        duties.setdefault(duty["request"], []).append(duty)
    for visit in sorted(answer["visits"], key=lambda one: (one["site"], one["day"], one["requests"])):
        crew = [sorted((d["officer"], d["lead"]) for d in duties.get(uid, [])) for uid in sorted(visit["requests"])]
        plain: AnswerVisit = {**visit, "requests": sorted(visit["requests"])}
        yield visit, sha256(canonical_json([[plain, crew]]))[:FINGERPRINT]


def mixed(base: Answer, other: Answer, sites: Collection[str]) -> Answer:
    """`base`, but with what `other` has at `sites`. A request that neither has in a visit is left out as in `base`."""
    visits = [visit for visit in base["visits"] if visit["site"] not in sites]
    visits += [visit for visit in other["visits"] if visit["site"] in sites]
    placed = {uid for visit in visits for uid in visit["requests"]}
    taken = {uid for visit in other["visits"] if visit["site"] in sites for uid in visit["requests"]}
    left_out = {row["request"]: row for row in [*other["unscheduled"], *base["unscheduled"]]}
    roster = [duty for duty in base["roster"] if duty["request"] in placed and duty["request"] not in taken]
    roster += [duty for duty in other["roster"] if duty["request"] in taken]
    return Answer(
        visits=sorted(visits, key=lambda one: (one["site"], one["day"])),
        unscheduled=[row for uid, row in sorted(left_out.items()) if uid not in placed],
        roster=sorted(roster, key=lambda duty: (duty["request"], duty["officer"])),
    )
