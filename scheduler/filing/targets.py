"""Targets by list: each pasted line matched to its site, or named as a fault with the sites that it may mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from data.models import Site
from data.queries.sites import SiteFilter, SiteRow, list_site_rows, search_sites
from scheduler.filing.names import likeness, load_sites, match_sites, normal

MOST_CANDIDATES: Final = 4
MOST_LINES_EXPLAINED: Final = 20
_SEPARATORS: Final = re.compile(r"[、，,；;\n]")
_PREFIX: Final = re.compile(r"^(?:江苏省?|盐城市?|大丰区?)+")
_LEGAL_FORM: Final = re.compile(r"(?:股份|集团|责任|有限|公司|合作社|个体工商户)+$")
_CODE_START: Final = re.compile(r"^[0-9A-Z]{8,}")
_SHORTEST_CORE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyLine:
    """A line that names no site, or several. `candidates`: what it may mean, likeliest first."""

    text: str
    ambiguous: bool
    candidates: tuple[SiteRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTargets:
    """What a pasted list means. `faulty` explains twenty lines at most; `faults` counts them all."""

    sites: tuple[Site, ...]
    faulty: tuple[FaultyLine, ...]
    faults: int


def read_targets(session: Session, text: str) -> ListedTargets:
    """Match credit codes and names, one a line, to active sites; the same site twice counts once."""
    found = match_sites(load_sites(session, text.splitlines()), text)
    faulty = [
        FaultyLine(text=part, ambiguous=True, candidates=_several(session, sites)) for part, sites in found.ambiguous
    ]
    faulty.extend(
        FaultyLine(text=part, ambiguous=False, candidates=_alike(session, part))
        for part in found.unknown[: max(0, MOST_LINES_EXPLAINED - len(faulty))]
    )
    faults = len(found.ambiguous) + len(found.unknown)
    return ListedTargets(sites=found.sites, faulty=tuple(faulty[:MOST_LINES_EXPLAINED]), faults=faults)


def line_of(row: SiteRow) -> str:
    """Return the line that means exactly this site: its code, its name, or its uid where the name cannot be read."""
    if row.alone:
        return row.credit_code
    return row.uid if _SEPARATORS.search(row.name) else row.name


def mend_line(session: Session, text: str, line: str, site_uid: str) -> str:
    """Return the list with one line replaced by the site that was chosen for it."""
    rows = list_site_rows(session, [site_uid])
    if not rows:
        return text
    parts = [part.strip() for part in _SEPARATORS.split(text) if part.strip()]
    return "\n".join(line_of(rows[0]) if part == line else part for part in parts)


def without_line(text: str, line: str) -> str:
    """Return the list without a line."""
    parts = [part.strip() for part in _SEPARATORS.split(text) if part.strip()]
    return "\n".join(part for part in parts if part != line)


def _several(session: Session, sites: tuple[tuple[str, str], ...]) -> tuple[SiteRow, ...]:
    return list_site_rows(session, [uid for uid, _ in sites[:MOST_CANDIDATES]])


def _alike(session: Session, part: str) -> tuple[SiteRow, ...]:
    code = _CODE_START.match(part.upper())
    if code:
        return search_sites(session, SiteFilter(text=code.group()[:12]), per_page=MOST_CANDIDATES).rows
    core = _LEGAL_FORM.sub("", _PREFIX.sub("", normal(part)))
    for length in (len(core), 4, _SHORTEST_CORE):
        for start in (0, max(0, len(core) - length)):
            piece = core[start : start + length]
            rows = search_sites(session, SiteFilter(text=piece), per_page=50).rows if len(piece) >= 2 else ()
            if rows:
                ranked = sorted(rows, key=lambda row: (-likeness(normal(part), normal(row.enterprise_name)), row.name))
                return tuple(ranked[:MOST_CANDIDATES])
    return ()
