"""The officers' draw (抽取执法人员): how a pool is ranked for a request, and whether a crew follows the ranking.

An organisation's pool of officers is published with the lists of sites, before the seed exists. The seed of the draw,
read as a number, the public id of the request and that of the officer make the officer's place: the lowest SHA-256 of
`seed|request|officer` goes first, whatever the hash of the draw. The id of a request follows from the draw and from
what is asked, so nobody chooses it later. Whoever is ranked before somebody who goes, goes too or has a reason
(CrewReason) beside the name. Plain values only: anybody can repeat it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from data.enums import CrewReason, HashKind
from scheduler.filing.draw_method import KIND_OF, canonical, digest, document_faults, read_core, sources_of

REQUEST_ID_LENGTH: Final = 32
Crew = Mapping[str, Any]
"""{"request", "task", "site", "needed", "day", "quarters", "chosen": [uid], "skipped": [[uid, reason]]}; ids."""


def request_id(kind: HashKind, draw: str, blind: str, asked: Sequence[str]) -> str:
    """Return the id of a request: of the draw, its blind, and (task, site, organisation code) as asked."""
    return digest(kind, "|".join([draw, blind, *asked]))[:REQUEST_ID_LENGTH]


def rank_officers(seed: str, request: str, officers: Iterable[str]) -> tuple[str, ...]:
    """Return officers by their place in the draw of a request; `seed` in hex."""
    begin = f"{int(seed, 16)}|{request}|"
    return tuple(sorted(officers, key=lambda one: (hashlib.sha256(f"{begin}{one}".encode()).digest(), one)))


def crew_document(pool: str, sources: Mapping[str, Any], *, list_hash: str, blind: str, crews: Sequence[Crew]) -> str:
    """Return a pool with the seed's sources and the crews drawn from it, as canonical JSON."""
    return canonical(
        json.loads(pool)
        | sources
        | {"list_hash": list_hash, "request_blind": blind, "requests": sorted(crews, key=lambda one: one["request"])}
    )


def published_faults(document: str) -> tuple[str, ...]:
    """Return what in a published document, of sites or of officers, does not follow: names of fields."""
    said = json.loads(document)
    if "officers" not in said:
        return document_faults(document)
    if said["algorithm"] not in KIND_OF:
        return ("algorithm",)
    kind, sources = KIND_OF[said["algorithm"]], sources_of(said)
    list_hash = digest(kind, read_core(said))
    holds = {
        "list_hash": said["list_hash"] == list_hash,
        "list_hashes": list_hash in said["list_hashes"],
        "seed": said["seed"] == sources.seed,
        "requests": all(_crew_holds(kind, said, crew) for crew in said["requests"]),
    }
    return tuple(name for name, right in holds.items() if not right)


def _crew_holds(kind: HashKind, said: Mapping[str, Any], crew: Crew) -> bool:
    asked = (crew["task"], crew["site"], said["organisation"])
    if crew["request"] != request_id(kind, said["draw"], said["request_blind"], asked):
        return False
    ranked = rank_officers(said["seed"], crew["request"], (uid for _, uid in said["officers"]))
    goes = set(crew["chosen"])
    if not goes <= set(ranked) or len(goes) > crew["needed"]:
        return False
    return walked(ranked, goes) == goes | _excused(crew) and not goes & _excused(crew)


def walked(ranked: Sequence[str], goes: set[str]) -> set[str]:
    """Return whoever is ranked no later than the last who goes."""
    last = max((place for place, one in enumerate(ranked) if one in goes), default=-1)
    return set(ranked[: last + 1])


def _excused(crew: Crew) -> set[str]:
    return {one for one, reason in crew["skipped"] if reason in set(CrewReason)}
