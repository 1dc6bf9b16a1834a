"""A draft or an answer by site: the part that a site has in it, and its fingerprint. Knows no table and no solver.

Sites depend on each other only through people and capacity, so an answer is mixed from others site by site.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from scheduler.audit import canonical_json, sha256
from scheduler.planning.answers import Answer, AnswerDuty, AnswerVisit

FINGERPRINT: Final = 16
"""Hex digits of a part's hash: it tells a change of one site in one draft, it guards nothing."""


def parts_of(answer: Answer) -> dict[str, str]:
    """Site uid -> fingerprint of its visits and crews; sites without a visit are not mentioned."""
    duties: dict[str, list[AnswerDuty]] = {}
    for duty in answer["roster"]:
        duties.setdefault(duty["request"], []).append(duty)
    found: dict[str, list[object]] = {}
    for visit in sorted(answer["visits"], key=lambda one: (one["site"], one["day"], one["requests"])):
        crew = [sorted((d["officer"], d["lead"]) for d in duties.get(uid, [])) for uid in sorted(visit["requests"])]
        plain: AnswerVisit = {**visit, "requests": sorted(visit["requests"])}
        found.setdefault(visit["site"], []).append([plain, crew])
    return {site: sha256(canonical_json(rows))[:FINGERPRINT] for site, rows in found.items()}


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
