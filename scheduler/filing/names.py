"""Names as people write them, matched to organisations, classes of sites, towns, items and sites.

A match is certain or it is none: what only looks alike is handed back as candidates for a person to choose from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import ItemList, NoticeMode, RecordStatus
from data.models import Enterprise, InspectionItem, Organisation, OrganisationAlias, Scenario, Site, Town

MOST_CANDIDATES: Final = 6
LIKE_ENOUGH: Final = 0.5
# SQLite takes 32,766 values in a statement, PostgreSQL twice as many.
VALUES_PER_QUESTION: Final = 500
_BRACKETS: Final = re.compile(r"[(\[【〔][^()\[\]【】〔〕]*[)\]】〕]")
_PLACE: Final = re.compile(r"^(?:[^省市区县]{1,6}(?:自治区|自治州|自治县|省|市|区|县|旗))+(?=.{2})|^[省市区县](?=.{2})")
_PARTS: Final = re.compile(r"[、，,；;\n]+")
_CREDIT_CODE: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_LEGAL_FORM: Final = re.compile(r".{4,}(?:有限公司|有限责任公司)$")
_LIST: Final = re.compile(r"[、,;/]|和|与|及|或|等")
_LEVELS: Final = re.compile(r"^[省市县区](?:[、,和][省市县区])*(?:\([^)]*\))?[两三]?级")
_AUTHORITY: Final = re.compile(r"行政主管|行政|主管|执法(?=部门)")

Candidate = tuple[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameMatch:
    """What a name stands for: its key, or None with the candidates (key, name), likeliest first.

    `proposed`: the candidate that differs only by a place or a level before it, or by words like 主管.
    """

    key: int | None = None
    proposed: int | None = None
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemName:
    """An item of the catalogue as far as matching goes."""

    key: int
    uid: str
    organisation_id: int
    name: str
    undisturbed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioName:
    """A class of sites with the words that people use for it."""

    key: int
    code: str
    name: str
    words: tuple[str, ...]
    notice_mode: NoticeMode


@dataclass(frozen=True, slots=True, kw_only=True)
class NameIndex:
    """All names, loaded once for a whole sheet. `organisations`: {normal name: keys}; `short_names`: {key: name}."""

    organisations: Mapping[str, frozenset[int]]
    short_names: Mapping[int, str]
    codes: Mapping[int, str]
    scenarios: tuple[ScenarioName, ...]
    towns: Mapping[str, str]
    items: tuple[ItemName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMatch:
    """Sites that a text names: found ones, names of nobody, and names of enterprises with several sites."""

    sites: tuple[Site, ...] = ()
    unknown: tuple[str, ...] = ()
    ambiguous: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()

    @property
    def names_sites(self) -> bool:
        """Whether the text names sites at all, rather than a class of them."""
        return bool(self.sites or self.ambiguous)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteIndex:
    """{credit code, exact name or uid of an enterprise or site: its active sites}."""

    sites: Mapping[str, tuple[Site, ...]] = field(default_factory=dict)


def normal(text: str) -> str:
    """Return a name for comparing: half-width, without blanks, brackets and their contents, in one case."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    bare = _BRACKETS.sub("", plain).strip("。.,、;:")
    return bare or plain


def load_names(session: Session) -> NameIndex:
    """Read all names: five queries."""
    organisations = session.exec(select(Organisation).order_by(col(Organisation.id))).all()
    names: dict[str, set[int]] = {}
    for row in organisations:
        for name in (row.name, row.short_name):
            names.setdefault(normal(name), set()).add(row.id or 0)
    for alias in session.exec(select(OrganisationAlias)):
        names.setdefault(normal(alias.name), set()).add(alias.organisation_id)
    items = session.exec(
        select(InspectionItem).where(InspectionItem.status == RecordStatus.ACTIVE).order_by(col(InspectionItem.code))
    )
    return NameIndex(
        organisations={name: frozenset(keys) for name, keys in names.items()},
        short_names={row.id or 0: row.short_name for row in organisations},
        codes={row.id or 0: row.code for row in organisations},
        scenarios=tuple(map(_scenario_name, session.exec(select(Scenario).order_by(col(Scenario.code))))),
        towns={normal(town.name): town.code for town in session.exec(select(Town).order_by(col(Town.code)))},
        items=tuple(
            ItemName(
                key=item.id or 0,
                uid=item.uid,
                organisation_id=item.organisation_id,
                name=item.name,
                undisturbed=item.listed is ItemList.UNDISTURBED,
            )
            for item in items
        ),
    )


def load_sites(session: Session, texts: Iterable[str]) -> SiteIndex:
    """Read the active sites that the texts could name, by credit code, exact name or uid."""
    wanted = sorted({key for text in texts for part in _parts(text) for key in _site_keys(part)})
    found: dict[str, dict[int, Site]] = {}
    for start in range(0, len(wanted), VALUES_PER_QUESTION):
        keys = wanted[start : start + VALUES_PER_QUESTION]
        for site, code, name in session.execute(
            sa.select(Site, col(Enterprise.credit_code), col(Enterprise.name))
            .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
            .where(col(Site.status) == RecordStatus.ACTIVE, col(Enterprise.status) == RecordStatus.ACTIVE)
            .where(
                sa.or_(
                    col(Enterprise.credit_code).in_(keys),
                    col(Enterprise.name).in_(keys),
                    col(Site.name).in_(keys),
                    col(Site.uid).in_(keys),
                )
            )
            .order_by(col(Site.name), col(Site.id))
        ):
            for key in (code, name, site.name, site.uid):
                found.setdefault(key, {})[site.id] = site
    return SiteIndex(sites={key: tuple(rows.values()) for key, rows in found.items()})


def match_organisation(index: NameIndex, text: str) -> NameMatch:
    """Find the organisation of a name: full, short or other name, exactly. A foreign place before it is no match."""
    name = normal(text)
    keys = index.organisations.get(name, frozenset())
    if len(keys) == 1:
        return NameMatch(key=next(iter(keys)))
    placeless = index.organisations.get(_without_place(text), frozenset())
    likely = sorted(keys or placeless)
    rest = [key for key in _alike(name, index.organisations) if key not in likely]
    candidates = [(key, index.short_names[key]) for key in [*likely, *rest]]
    proposed = likely[0] if len(likely) == 1 else None
    return NameMatch(proposed=proposed, candidates=tuple(candidates[:MOST_CANDIDATES]))


def match_scenario(index: NameIndex, text: str) -> NameMatch:
    """Find the class of sites that a text speaks of.

    It is the one whose longest word in the text covers all others', or, where the text is no list, the one in whose
    word it ends: what stands before the last noun only describes it (面向中小学生的校外培训机构 are no schools).
    """
    plain = normal(text)
    hits = [(word, scenario) for scenario in index.scenarios for word in scenario.words if word in plain]
    exact = [scenario for scenario in index.scenarios if plain in {normal(scenario.code), normal(scenario.name)}]
    if len(exact) == 1:
        return NameMatch(key=exact[0].key)
    longest = max((word for word, _ in hits), key=len, default="")
    covering = {scenario.key for word, scenario in hits if word == longest}
    if len(covering) == 1 and all(word in longest or scenario.key in covering for word, scenario in hits):
        return NameMatch(key=covering.pop())
    ending = _ending(plain, hits)
    if ending is not None:
        return NameMatch(key=ending)
    by_length = sorted(hits, key=lambda hit: (-len(hit[0]), hit[1].code))
    candidates = dict.fromkeys((scenario.key, scenario.name) for _, scenario in by_length)
    return NameMatch(candidates=tuple(candidates)[:MOST_CANDIDATES])


def match_town(index: NameIndex, text: str) -> str | None:
    """Return the code of the only town that a text names; None for none and for several."""
    plain = normal(text)
    found = [name for name in index.towns if name in plain]
    towns = [name for name in found if not any(name != other and name in other for other in found)]
    return index.towns[towns[0]] if len(towns) == 1 else None


def match_items(index: NameIndex, organisation_id: int, text: str) -> NameMatch:
    """Find the organisation's own item of exactly this name; else those whose name is most like it."""
    plain = normal(text)
    own = [item for item in index.items if item.organisation_id == organisation_id]
    keys = [item.key for item in own if normal(item.name) == plain]
    if len(keys) == 1:
        return NameMatch(key=keys[0])
    scored = [(likeness(plain, normal(item.name)), item) for item in own]
    alike = sorted((pair for pair in scored if pair[0] >= LIKE_ENOUGH), key=lambda pair: (-pair[0], pair[1].key))
    return NameMatch(candidates=tuple((item.key, item.name) for _, item in alike[:MOST_CANDIDATES]))


def match_sites(index: SiteIndex, text: str) -> SiteMatch:
    """Find the sites that a text names, one name or credit code a part. A text that names none speaks of a class."""
    sites: dict[str, Site] = {}
    unknown: list[str] = []
    ambiguous: list[tuple[str, tuple[tuple[str, str], ...]]] = []
    for part in _parts(text):
        found = next((index.sites[key] for key in _site_keys(part) if key in index.sites), ())
        if len(found) == 1:
            sites[found[0].uid] = found[0]
        elif found:
            ambiguous.append((part, tuple((site.uid, site.name) for site in found)))
        else:
            unknown.append(part)
    return SiteMatch(sites=tuple(sites.values()), unknown=tuple(unknown), ambiguous=tuple(ambiguous))


def looks_like_a_name(text: str) -> bool:
    """Whether a part of a target is the name or code of an enterprise, known or not."""
    return bool(_CREDIT_CODE.search(text.upper()) or _LEGAL_FORM.search(normal(text)))


def _scenario_name(scenario: Scenario) -> ScenarioName:
    words = {normal(word) for word in [scenario.name, *scenario.words.split()]}
    return ScenarioName(
        key=scenario.id or 0,
        code=scenario.code,
        name=scenario.name,
        words=tuple(sorted(words)),
        notice_mode=scenario.notice_mode,
    )


def _ending(plain: str, hits: Iterable[tuple[str, ScenarioName]]) -> int | None:
    """The key of the only class whose word ends a text that is no list."""
    if _LIST.search(plain):
        return None
    keys = {scenario.key for word, scenario in hits if plain.endswith(word)}
    return keys.pop() if len(keys) == 1 else None


def _without_place(text: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    return normal(_AUTHORITY.sub("", _PLACE.sub("", _LEVELS.sub("", plain))))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in _PARTS.split(text) if part.strip()]


def _site_keys(part: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", part).strip()
    code = _CREDIT_CODE.search(plain.upper())
    return [*([code.group()] if code else []), part, plain, _BRACKETS.sub("", plain).strip()]


def _alike(name: str, names: Mapping[str, frozenset[int]]) -> list[int]:
    scored: dict[int, float] = {}
    for other, keys in names.items():
        degree = likeness(name, other)
        for key in keys:
            scored[key] = max(scored.get(key, 0.0), degree)
    return sorted((key for key in scored if scored[key] >= LIKE_ENOUGH), key=lambda key: (-scored[key], key))


def likeness(one: str, other: str) -> float:
    """Share of the pairs of neighbouring signs that two names have in common (Dice), 0 to 1."""
    pairs, others = _pairs(one), _pairs(other)
    return 2 * len(pairs & others) / (len(pairs) + len(others)) if pairs and others else 0.0


def _pairs(text: str) -> set[str]:
    return {first + second for first, second in pairwise(text)}
