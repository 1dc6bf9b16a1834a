"""The draw itself (抽取): which sites of a frozen list are drawn. Plain values only: anybody can repeat it.

1. The sites that a task may meet are listed by stratum (credit class), sorted by credit code and site; who is left out
   stands beside them with a reason. The hash of the canonical JSON of all this is the list hash, published first.
2. The seed is the hash of all list hashes of the draw, sorted, what each party adds in a fixed order, and the public
   value where one was named; all joined by "|". A party adds its secret, which it was bound to by the published hash
   of `secret|salt`. A party that keeps its secret back adds its commitment, one that never committed adds "-". It is
   one seed for the round: tasks of several departments over the same class of sites then rank the sites alike and draw
   the same ones as far as they can, each draw by itself as random as before. That is what lets the departments come
   together instead of one after the other.
3. Within a stratum the sites are ranked by the hash of seed, stratum and site, and the first are taken. Lists of
   unannounced tasks are blind: a random word, part of the list and so bound by its hash, stands between seed and
   stratum. Until it is published nobody can rank these sites, though the seed is known.
   With ratios by class: the ratio times the size, rounded half up (R57), one at least. With one ratio or a number: the
   total is fixed first and shared among the strata by size, largest remainders first. What is missing to the floor
   (R52, a share of the whole list, rounded up) is taken from the last stratum (the worst class) backwards.

Documents of "sha256-rank-1" know neither parties nor blinds nor floors; they are still read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from data.enums import DrawFallback, DrawMode, ExclusionReason, HashKind, ValueFallback
from scheduler.errors import ConflictError

ALGORITHMS: Final = {HashKind.SHA256: "sha256-rank-2", HashKind.SM3: "sm3-rank-2"}
FIRST_ALGORITHM: Final = "sha256-rank-1"
KIND_OF: Final = {name: kind for kind, name in ALGORITHMS.items()} | {FIRST_ALGORITHM: HashKind.SHA256}
LIST_FIELDS: Final = (
    "algorithm", "blind", "class_months", "draw", "excluded", "officers", "organisation", "quota", "strata", "task",
    "terms",
)  # fmt: skip
ABSENT: Final = "-"
Listed = tuple[str, str]
Excluded = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How many are drawn. `by_class` goes before `quantity`, `quantity` before `ratio`; ratios are decimal texts."""

    ratio: str | None = None
    quantity: int | None = None
    by_class: Mapping[str, str] | None = None
    floor: str | None = None

    def as_json(self) -> dict[str, Any]:
        by_class = dict(self.by_class) if self.by_class else None
        return {"ratio": self.ratio, "quantity": self.quantity, "by_class": by_class, "floor": self.floor}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The rules of a draw, part of every list and so bound by its hash before anybody commits.

    `draw`: its public id; `parties`: names in the order of the seed; `public_source`: the value that is waited for,
    "" for none; `value_fallback`: what happens when it has not been entered by `value_until` (ISO, UTC), None for none.
    """

    kind: HashKind = HashKind.SHA256
    draw: str = ""
    mode: DrawMode = DrawMode.ONE_PARTY
    fallback: DrawFallback = DrawFallback.ABORT
    parties: tuple[str, ...] = ("system",)
    public_source: str = ""
    value_fallback: ValueFallback | None = None
    value_until: str = ""

    def as_json(self) -> dict[str, Any]:
        terms: dict[str, Any] = {
            "fallback": str(self.fallback),
            "mode": str(self.mode),
            "parties": list(self.parties),
            "public_source": self.public_source,
        }
        if self.value_fallback is None:
            return terms
        return terms | {"value_fallback": str(self.value_fallback), "value_until": self.value_until}


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenList:
    """What a task draws from.

    `strata`: {stratum: ((credit code, site uid), ...)} sorted; `excluded`: (credit code, site uid, reason), sorted;
    `document`: the canonical JSON that `list_hash` is the hash of.
    """

    kind: HashKind
    blind: str
    task: str
    quota: Quota
    strata: Mapping[str, tuple[Listed, ...]]
    excluded: tuple[Excluded, ...]
    document: str
    list_hash: str

    @property
    def listed(self) -> int:
        return sum(len(sites) for sites in self.strata.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What a party adds to the seed. `secret` None: kept back; `commitment` "": it never committed."""

    name: str
    commitment: str = ""
    salt: str = ""
    secret: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "commitment": self.commitment, "salt": self.salt, "secret": self.secret}

    @property
    def added(self) -> str:
        return self.secret if self.secret is not None else self.commitment or ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All that the seed of a draw comes from, in its order. `public_value` "" where none was named."""

    kind: HashKind
    list_hashes: tuple[str, ...]
    contributions: tuple[Contribution, ...]
    public_value: str = ""

    @property
    def seed(self) -> str:
        added = [one.added for one in self.contributions]
        value = [self.public_value] if self.public_value else []
        return digest(self.kind, "|".join([*sorted(self.list_hashes), *added, *value]))

    def as_json(self) -> dict[str, Any]:
        return {
            "list_hashes": sorted(self.list_hashes),
            "parties": [one.as_json() for one in self.contributions],
            "public_value": self.public_value,
            "seed": self.seed,
        }


def digest(kind: HashKind, text: str) -> str:
    """Return the hash of a text in UTF-8, in hex. Raises ConflictError "hash_missing" where OpenSSL has no SM3."""
    try:
        return hashlib.new(str(kind), text.encode("utf-8")).hexdigest()
    except ValueError as error:
        raise ConflictError("hash_missing", name=str(kind)) from error


def commitment_of(kind: HashKind, secret: str, salt: str) -> str:
    """Return what a party publishes to bind itself to a secret."""
    return digest(kind, f"{secret}|{salt}")


def one_party(list_hashes: Sequence[str], secret: str, *, kind: HashKind = HashKind.SHA256) -> Sources:
    """The sources of a draw in which the service alone makes the secret, after the lists are fixed."""
    alone = Contribution(name="system", secret=secret)
    return Sources(kind=kind, list_hashes=tuple(list_hashes), contributions=(alone,))


def freeze_list(
    task: str,
    quota: Quota,
    sites: Sequence[tuple[str, str, str]],
    *,
    excluded: Sequence[Excluded] = (),
    terms: Terms | None = None,
    blind: str = "",
    class_months: Sequence[str] = (),
) -> FrozenList:
    """Sort `sites`, (stratum, credit code, site uid) in any order, into the list of a task."""
    terms = terms or Terms()
    strata: dict[str, list[Listed]] = {}
    for stratum, credit_code, site in sites:
        strata.setdefault(stratum, []).append((credit_code, site))
    ordered = {name: tuple(sorted(strata[name])) for name in sorted(strata)}
    said = {
        "algorithm": ALGORITHMS[terms.kind],
        "blind": blind,
        "class_months": sorted(set(class_months)),
        "draw": terms.draw,
        "excluded": sorted(excluded),
        "quota": quota.as_json(),
        "strata": ordered,
        "task": task,
        "terms": terms.as_json(),
    }
    return read_list(canonical(said))


def read_list(document: str) -> FrozenList:
    """Return the list that a list's document or a draw's document holds, with the hash that follows from it."""
    said = json.loads(document)
    core = read_core(said)
    kind = KIND_OF[said["algorithm"]]
    return FrozenList(
        kind=kind,
        blind=said.get("blind", ""),
        task=said["task"],
        quota=Quota(**said["quota"]),
        strata={name: tuple((code, site) for code, site in sites) for name, sites in said["strata"].items()},
        excluded=tuple((code, site, reason) for code, site, reason in said.get("excluded", ())),
        document=core,
        list_hash=digest(kind, core),
    )


def read_core(said: Mapping[str, Any]) -> str:
    """Return the part of a document that its list hash is of, as canonical JSON."""
    return canonical({name: said[name] for name in LIST_FIELDS if name in said})


def draw(frozen: FrozenList, seed: str) -> tuple[str, ...]:
    """Return the uids of the drawn sites, by stratum and rank."""
    takes = takes_of(frozen)
    return tuple(
        site
        for stratum in sorted(frozen.strata)
        for site in _ranked(frozen, stratum, seed)[: takes[stratum]]
    )  # fmt: skip


def takes_of(frozen: FrozenList) -> dict[str, int]:
    """Return how many are drawn, {stratum: number}."""
    sizes = {name: len(sites) for name, sites in frozen.strata.items()}
    takes = _by_quota(frozen.quota, sizes)
    if frozen.quota.floor is not None:
        _raise_to_floor(takes, sizes, Fraction(frozen.quota.floor))
    return takes


def draw_document(frozen: FrozenList, sources: Sources, drawn: Sequence[str]) -> str:
    """Return the whole draw as canonical JSON: list, quota, hashes, parties, seed, and what was drawn."""
    return canonical(
        json.loads(frozen.document) | sources.as_json() | {"list_hash": frozen.list_hash, "drawn": list(drawn)}
    )


def repeat_draw(document: str) -> tuple[str, ...]:
    """Draw again from what the document says was listed, and what it says of the seed's sources alone."""
    return draw(read_list(document), sources_of(json.loads(document)).seed)


def sources_of(said: Mapping[str, Any]) -> Sources:
    """Read the sources of the seed from a draw's document."""
    kind = KIND_OF[said["algorithm"]]
    if "secret" in said:
        return one_party(said["list_hashes"], said["secret"], kind=kind)
    return Sources(
        kind=kind,
        list_hashes=tuple(said["list_hashes"]),
        contributions=tuple(Contribution(**one) for one in said["parties"]),
        public_value=said["public_value"],
    )


def document_faults(document: str) -> tuple[str, ...]:
    """Return what in a document does not follow from its lists and parties: names of fields, empty when all does."""
    said = json.loads(document)
    if said["algorithm"] not in KIND_OF:
        return ("algorithm",)
    frozen, sources = read_list(document), sources_of(said)
    holds = {
        "list_hash": said["list_hash"] == frozen.list_hash,
        "list_hashes": frozen.list_hash in said["list_hashes"],
        "strata": all(list(sites) == sorted(set(sites)) for sites in frozen.strata.values()),
        "excluded": all(reason in set(ExclusionReason) for _, _, reason in frozen.excluded),
        "parties": _parties_hold(sources, said.get("terms", Terms().as_json())),
        "seed": said["seed"] == sources.seed,
        "drawn": tuple(said["drawn"]) == draw(frozen, said["seed"]),
    }
    return tuple(name for name, right in holds.items() if not right)


def _parties_hold(sources: Sources, terms: Mapping[str, Any]) -> bool:
    """Whether every secret is the one that was committed to, and whoever kept one back was provided for."""
    if [one.name for one in sources.contributions] != terms["parties"]:
        return False
    without = terms.get("value_fallback") == ValueFallback.WITHOUT
    if bool(sources.public_value) != bool(terms["public_source"]) and (sources.public_value or not without):
        return False
    if terms["mode"] == DrawMode.ONE_PARTY:
        return len(sources.contributions) == 1 and sources.contributions[0].secret is not None
    provided = terms["fallback"] == DrawFallback.PROCEED and bool(sources.public_value)
    return all(_party_holds(sources.kind, one, provided=provided) for one in sources.contributions)


def _party_holds(kind: HashKind, party: Contribution, *, provided: bool) -> bool:
    if party.secret is None:
        return provided
    return party.commitment == commitment_of(kind, party.secret, party.salt)


def _ranked(frozen: FrozenList, stratum: str, seed: str) -> list[str]:
    begin = "|".join([seed, *([frozen.blind] if frozen.blind else []), stratum])
    sites = (site for _, site in frozen.strata[stratum])
    return sorted(sites, key=lambda site: (digest(frozen.kind, f"{begin}|{site}"), site))


def _by_quota(quota: Quota, sizes: Mapping[str, int]) -> dict[str, int]:
    if quota.by_class:
        return {name: _share(size, quota.by_class.get(name, quota.ratio)) for name, size in sizes.items()}
    whole = sum(sizes.values())
    return _apportion(sizes, min(whole, quota.quantity) if quota.quantity is not None else _share(whole, quota.ratio))


def _raise_to_floor(takes: dict[str, int], sizes: Mapping[str, int], floor: Fraction) -> None:
    least = -(-sum(sizes.values()) * floor // 1)
    for name in sorted(sizes, reverse=True):
        missing = max(0, int(least) - sum(takes.values()))
        takes[name] += min(missing, sizes[name] - takes[name])


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


def canonical(value: object) -> str:
    """Return the one way to write `value` as JSON: sorted keys, no blanks, text as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
