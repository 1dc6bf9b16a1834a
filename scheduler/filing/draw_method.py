"""The draw itself (抽取): which sites of a frozen list are drawn. Plain values only: anybody can repeat it.

1. The sites that a task may meet are listed by stratum (credit class), sorted by credit code and site. The SHA-256 of
   the canonical JSON of task, quota and lists is the list hash.
2. When the lists of all tasks of a round are fixed, a secret is made. The seed is the SHA-256 of the list hashes,
   sorted, and the secret. It is one seed for the round: tasks of several departments over the same class of sites then
   rank the sites alike and draw the same ones as far as they can, each draw by itself as random as before. That is
   what lets the departments come together instead of one after the other.
3. Within a stratum the sites are ranked by the SHA-256 of seed, stratum and site, and the first are taken.
   With ratios by class: the ratio times the size, rounded half up, one at least. With one ratio or a number: the total
   is fixed first (R57: rounded half up, one at least) and shared among the strata by size, largest remainders first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

ALGORITHM: Final = "sha256-rank-1"
Listed = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How many are drawn. `by_class` goes before `quantity`, `quantity` before `ratio`; ratios are decimal texts."""

    ratio: str | None = None
    quantity: int | None = None
    by_class: Mapping[str, str] | None = None

    def as_json(self) -> dict[str, Any]:
        by_class = dict(self.by_class) if self.by_class else None
        return {"ratio": self.ratio, "quantity": self.quantity, "by_class": by_class}


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenList:
    """What a task draws from. `strata`: {stratum: ((credit code, site uid), ...)} sorted; `list_hash`: of all of it."""

    task: str
    quota: Quota
    strata: Mapping[str, tuple[Listed, ...]]
    list_hash: str

    def as_json(self) -> dict[str, Any]:
        return _list_as_json(self.task, self.quota, self.strata)

    @property
    def listed(self) -> int:
        return sum(len(sites) for sites in self.strata.values())


def freeze_list(task: str, quota: Quota, sites: Sequence[tuple[str, str, str]]) -> FrozenList:
    """Sort `sites`, (stratum, credit code, site uid) in any order, into the list of a task."""
    strata: dict[str, list[Listed]] = {}
    for stratum, credit_code, site in sites:
        strata.setdefault(stratum, []).append((credit_code, site))
    return _frozen(task, quota, {name: tuple(sorted(strata[name])) for name in sorted(strata)})


def make_seed(list_hashes: Sequence[str], secret: str) -> str:
    """Return the seed of a round: SHA-256 over its list hashes, sorted, and the secret, joined by |."""
    return _sha256("|".join([*sorted(list_hashes), secret]))


def draw(frozen: FrozenList, seed: str) -> tuple[str, ...]:
    """Return the uids of the drawn sites, by stratum and rank."""
    takes = _takes(frozen)
    return tuple(
        site
        for stratum in sorted(frozen.strata)
        for site in _ranked(frozen.strata[stratum], stratum, seed)[: takes[stratum]]
    )


def draw_document(frozen: FrozenList, list_hashes: Sequence[str], secret: str, drawn: Sequence[str]) -> str:
    """Return the whole draw as canonical JSON: list, quota, hashes, secret, seed, and what was drawn."""
    said = frozen.as_json() | {
        "list_hash": frozen.list_hash,
        "list_hashes": sorted(list_hashes),
        "secret": secret,
        "seed": make_seed(list_hashes, secret),
        "drawn": list(drawn),
    }
    return _canonical(said)


def repeat_draw(document: str) -> tuple[str, ...]:
    """Draw again from what the document says was listed, and the secret; what it says was drawn is not looked at."""
    said = json.loads(document)
    return draw(_frozen_of(said), make_seed(said["list_hashes"], said["secret"]))


def document_faults(document: str) -> tuple[str, ...]:
    """Return what in a document does not follow from its lists and secret: names of fields, empty when all does."""
    said = json.loads(document)
    frozen = _frozen_of(said)
    seed = make_seed(said["list_hashes"], said["secret"])
    holds = {
        "algorithm": said["algorithm"] == ALGORITHM,
        "list_hash": said["list_hash"] == frozen.list_hash,
        "list_hashes": frozen.list_hash in said["list_hashes"],
        "seed": said["seed"] == seed,
        "drawn": tuple(said["drawn"]) == draw(frozen, seed),
    }
    return tuple(name for name, right in holds.items() if not right)


def _frozen_of(said: Mapping[str, Any]) -> FrozenList:
    strata = {name: tuple((code, site) for code, site in sites) for name, sites in said["strata"].items()}
    return _frozen(said["task"], Quota(**said["quota"]), strata)


def _frozen(task: str, quota: Quota, strata: Mapping[str, tuple[Listed, ...]]) -> FrozenList:
    list_hash = _sha256(_canonical(_list_as_json(task, quota, strata)))
    return FrozenList(task=task, quota=quota, strata=strata, list_hash=list_hash)


def _list_as_json(task: str, quota: Quota, strata: Mapping[str, tuple[Listed, ...]]) -> dict[str, Any]:
    lists = {name: [list(pair) for pair in strata[name]] for name in sorted(strata)}
    return {"algorithm": ALGORITHM, "task": task, "quota": quota.as_json(), "strata": lists}


def _ranked(sites: Sequence[Listed], stratum: str, seed: str) -> list[str]:
    return sorted((site for _, site in sites), key=lambda site: (_sha256(f"{seed}|{stratum}|{site}"), site))


def _takes(frozen: FrozenList) -> dict[str, int]:
    sizes = {name: len(sites) for name, sites in frozen.strata.items()}
    quota = frozen.quota
    if quota.by_class:
        return {name: _share(size, quota.by_class.get(name, quota.ratio)) for name, size in sizes.items()}
    whole = sum(sizes.values())
    return _apportion(sizes, min(whole, quota.quantity) if quota.quantity is not None else _share(whole, quota.ratio))


def _share(size: int, ratio: str | None) -> int:
    if ratio is None or not size or Fraction(ratio) == 0:
        return 0
    return max(1, int(size * Fraction(ratio) + Fraction(1, 2)))


def _apportion(sizes: Mapping[str, int], total: int) -> dict[str, int]:
    whole = sum(sizes.values())
    if not whole:
        return dict.fromkeys(sizes, 0)
    exact = {name: Fraction(size * total, whole) for name, size in sizes.items()}
    takes = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(sizes, key=lambda name: (takes[name] - exact[name], name))
    for name in by_remainder[: total - sum(takes.values())]:
        takes[name] += 1
    return takes


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
