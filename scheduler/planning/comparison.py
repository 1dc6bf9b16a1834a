"""What differs between two editions of a plan, visit by visit. Pure: knows no table and no page.

The comparison of a plan with itself is empty, and that of B with A is that of A with B seen from the other side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scheduler.planning.editions import EditionVisit


class Difference(StrEnum):
    """How a visit differs: it is in one plan only, or its day, its time of day, its members or its people differ."""

    ADDED = "added"
    REMOVED = "removed"
    DAY = "day"
    TIME = "time"
    MEMBERS = "members"
    PEOPLE = "people"


class GroupBy(StrEnum):
    """By whom the differences are listed."""

    ENTERPRISE = "enterprise"
    DEPARTMENT = "department"
    OFFICER = "officer"
    TOWN = "town"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A visit in two plans; one side is None where it is in the other only. `kinds` is never empty."""

    before: EditionVisit | None
    after: EditionVisit | None
    kinds: tuple[Difference, ...]

    @property
    def either(self) -> EditionVisit:
        """The visit for its place, which is the same on both sides."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 -- a pair has at least one side
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The differences that concern one enterprise, department, officer or town."""

    key: str
    name: str
    pairs: tuple[Pair, ...]


def compare(before: Iterable[EditionVisit], after: Iterable[EditionVisit]) -> tuple[Pair, ...]:
    """Pair the visits that differ, by place and day. At each site those with most requests in common are one visit.

    About V log V for V visits; only sites with several visits are looked at pair by pair.
    """
    old, new = _by_site(before), _by_site(after)
    pairs: list[Pair] = []
    for site in old.keys() | new.keys():
        pairs += _at_site(old.get(site, ()), new.get(site, ()))
    return tuple(sorted(pairs, key=_order))


def count_changes(pairs: Iterable[Pair]) -> int:
    """How many visits differ, as a budget counts: at each site the larger number of those in one plan only."""
    sides: dict[str, list[int]] = {}
    for pair in pairs:
        count = sides.setdefault(pair.either.site_uid, [0, 0])
        count[0] += pair.before is not None
        count[1] += pair.after is not None
    return sum(max(count) for count in sides.values())


def group_pairs(pairs: Iterable[Pair], by: GroupBy) -> tuple[Group, ...]:
    """List differences by whom they concern, by name; one stands in each group that either of its sides belongs to."""
    found: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        sides = [side for side in (pair.before, pair.after) if side is not None]
        for key in sorted({key for side in sides for key in _KEYS[by](side)}):
            found.setdefault(key, []).append(pair)
    ordered = sorted(found.items(), key=lambda item: (item[0][1], item[0][0]))
    return tuple(Group(key=key, name=name, pairs=tuple(rows)) for (key, name), rows in ordered)


_KEYS: dict[GroupBy, Callable[[EditionVisit], Sequence[tuple[str, str]]]] = {
    GroupBy.ENTERPRISE: lambda visit: [(visit.enterprise_uid, visit.enterprise)],
    GroupBy.DEPARTMENT: lambda visit: visit.bodies,
    GroupBy.OFFICER: lambda visit: [(uid, name) for uid, name, _ in visit.officers],
    GroupBy.TOWN: lambda visit: [(visit.town_code, visit.town)],
}


def _by_site(visits: Iterable[EditionVisit]) -> dict[str, list[EditionVisit]]:
    found: dict[str, list[EditionVisit]] = {}
    for visit in visits:
        found.setdefault(visit.site_uid, []).append(visit)
    return found


_Print = tuple[str, int, tuple[str, ...], tuple[tuple[str, str], ...]]


def _print_of(visit: EditionVisit) -> _Print:
    """What makes a visit another one: day, time, members and people. Length and notice follow from the members."""
    return visit.day.isoformat(), visit.start_quarter, visit.requests, visit.crew


def _at_site(old: Sequence[EditionVisit], new: Sequence[EditionVisit]) -> list[Pair]:
    before, after = {_print_of(one): one for one in old}, {_print_of(one): one for one in new}
    same = before.keys() & after.keys()
    left = [one for print_, one in before.items() if print_ not in same]
    right = [one for print_, one in after.items() if print_ not in same]
    pairs = _matches(left, right)
    taken = {_print_of(one) for pair in pairs for one in pair if one is not None}
    found = [Pair(before=a, after=b, kinds=_kinds(a, b)) for a, b in pairs]
    found += [Pair(before=a, after=None, kinds=(Difference.REMOVED,)) for a in left if _print_of(a) not in taken]
    found += [Pair(before=None, after=b, kinds=(Difference.ADDED,)) for b in right if _print_of(b) not in taken]
    return found


def _matches(left: Sequence[EditionVisit], right: Sequence[EditionVisit]) -> list[tuple[EditionVisit, EditionVisit]]:
    """Greedy by most requests in common; ties by what is the same seen from either side."""
    options = [(a, b) for a in left for b in right if set(a.requests) & set(b.requests)]
    options.sort(key=lambda pair: _likeness(*pair))
    found: list[tuple[EditionVisit, EditionVisit]] = []
    used: set[_Print] = set()
    for a, b in options:
        if _print_of(a) not in used and _print_of(b) not in used:
            used |= {_print_of(a), _print_of(b)}
            found.append((a, b))
    return found


def _likeness(a: EditionVisit, b: EditionVisit) -> tuple[int, int, tuple[_Print, ...]]:
    common = len(set(a.requests) & set(b.requests))
    return -common, abs((a.day - b.day).days), tuple(sorted((_print_of(a), _print_of(b))))


def _kinds(a: EditionVisit, b: EditionVisit) -> tuple[Difference, ...]:
    found = [
        (Difference.DAY, a.day != b.day),
        (Difference.TIME, a.day == b.day and a.start_quarter != b.start_quarter),
        (Difference.MEMBERS, a.requests != b.requests),
        (Difference.PEOPLE, a.requests == b.requests and a.crew != b.crew),
    ]
    return tuple(kind for kind, differs in found if differs)


def _order(pair: Pair) -> tuple[str, str, str, tuple[_Print, ...]]:
    """Places by name, then the earlier of the two days; the same whichever plan comes first."""
    sides = tuple(sorted(_print_of(side) for side in (pair.before, pair.after) if side is not None))
    place = pair.either
    return place.enterprise, place.site, place.site_uid, sides
