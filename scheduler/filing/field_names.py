"""Names in a row under review: items, targets, organisations and methods, each as certain as the catalogue makes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from data.enums import OrganisationKind, Targeting
from data.sheets.departments import read_departments
from data.sheets.methods import read_methods
from scheduler.filing.fields import FieldReview, ReadField, ReadingContext
from scheduler.filing.names import (
    NameMatch,
    looks_like_a_name,
    match_items,
    match_organisation,
    match_scenario,
    match_sites,
    match_town,
    normal,
)
from scheduler.filing.tasks import TRIGGERED

_LINES: Final = re.compile(r"[\n；;]+")
_EXCEPT: Final = re.compile(r"除.+外|不含|不包括")
_SECTION: Final = re.compile(r"[科股室]$")
_OFFSITE: Final = re.compile(r"书面|网络|网上|非现场|在线|远程|视频|资料|数据|监测")


def read_items(context: ReadingContext, texts: Sequence[str]) -> ReadField:
    """Read the items: each stays as written, with the catalogue's where its name is exactly that."""
    written = [text.strip() for text in texts if text.strip()]
    matches = [match_items(context.index, context.organisation_id, text) for text in written]
    by_key = {item.key: item for item in context.index.items}
    items = [
        {"text": text, "item_uid": by_key[match.key].uid if match.key is not None else None}
        for text, match in zip(written, matches, strict=True)
    ]
    listed = [by_key[match.key] for match in matches if match.key is not None]
    text = "\n".join(written)
    review = FieldReview(text=text, value="；".join(item.name for item in listed))
    undisturbed = [item.name for item in listed if item.undisturbed]
    if undisturbed and context.kind not in TRIGGERED:
        return ReadField(review=replace(review, fault_code="undisturbed_item", params=(("name", undisturbed[0]),)))
    unlisted = next((match for match in matches if match.key is None), None)
    if unlisted is not None:
        candidates = tuple((name, name) for _, name in unlisted.candidates)
        review = replace(review, hint_code="item_not_listed", candidates=candidates)
    return ReadField(review=review, draft={"items": items})


def split_lines(text: str) -> list[str]:
    """Split typed items: one a line, or parted by semicolons."""
    return [part.strip() for part in _LINES.split(text) if part.strip()]


def read_target(context: ReadingContext, text: str, *, beside: str) -> ReadField:
    """Read what is inspected: sites by name or credit code, else a class of sites, in one town where it names one.

    `beside`: name and items of the task, only for a proposal.
    """
    text = text.strip()
    named = match_sites(context.sites, text)
    parts = [part for part in named.unknown if looks_like_a_name(part)]
    if named.names_sites or parts:
        return _named_target(context, text)
    match = match_scenario(context.index, text) if text else NameMatch()
    town = match_town(context.index, text)
    review = FieldReview(text=text)
    if normal(text) in context.index.towns:
        return ReadField(
            review=replace(review, value=text),
            draft={"targeting": Targeting.DRAWN, "town_code": town, "target_text": text},
        )
    if match.key is None or _EXCEPT.search(text):
        return ReadField(review=_unclear_target(context, review, match, beside))
    scenario = next(one for one in context.index.scenarios if one.key == match.key)
    drawn = {"targeting": Targeting.DRAWN, "scenario_code": scenario.code, "town_code": town, "target_text": text}
    return ReadField(review=replace(review, value=scenario.name), draft=drawn | {"notice_mode": scenario.notice_mode})


def _named_target(context: ReadingContext, text: str) -> ReadField:
    named = match_sites(context.sites, text)
    review = FieldReview(text=text, value="；".join(site.name for site in named.sites))
    if named.unknown:
        params = (("names", "、".join(named.unknown)),)
        return ReadField(review=replace(review, fault_code="site_unknown", params=params))
    if named.ambiguous:
        name, candidates = named.ambiguous[0]
        return ReadField(
            review=replace(review, fault_code="which_site", params=(("names", name),), candidates=candidates)
        )
    foreign = [site.name for site in named.sites if site.town_id != context.town_id]
    if context.organisation_kind is OrganisationKind.TOWNSHIP and foreign:
        return ReadField(review=replace(review, fault_code="outside_territory", params=(("name", foreign[0]),)))
    uids = [site.uid for site in named.sites]
    return ReadField(review=review, draft={"targeting": Targeting.NAMED, "site_uids": uids, "target_text": text})


def _unclear_target(context: ReadingContext, review: FieldReview, match: NameMatch, beside: str) -> FieldReview:
    names = {one.key: one.name for one in context.index.scenarios}
    likely = [names[match.key]] if match.key is not None else [name for _, name in match.candidates]
    code = "target_ambiguous" if likely else "target_unknown"
    hinted = match_scenario(context.index, beside).key
    proposal = names[hinted] if hinted is not None and not likely else None
    others = [name for name in names.values() if name not in likely]
    return replace(
        review,
        fault_code=code if review.text else "target_missing",
        proposal=proposal,
        candidates=tuple((name, name) for name in [*likely, *others]),
    )


def read_initiators(context: ReadingContext, names: Sequence[str], partners: Sequence[str]) -> ReadField:
    """Read who initiates: the uploader's own organisation, which may stand among the partners instead.

    Others beside it become partners. A sheet that names nobody is the uploader's own.
    """
    text = "、".join(names)
    matches = [match_organisation(context.index, name) for name in names]
    keys = [match.key for match in matches if match.key is not None]
    helping = {match_organisation(context.index, name).key for name in partners}
    own = context.organisation_id
    if not names or own in keys or own in helping:
        others = [context.index.codes[key] for key in keys if key != own]
        review = FieldReview(text=text, value=context.own_name)
        unknown = [name for name, match in zip(names, matches, strict=True) if match.key is None]
        if unknown:
            review = replace(review, hint_code="unknown_initiator", params=(("names", "、".join(unknown)),))
        return ReadField(review=review, draft={"partner_codes": others})
    candidates = [name for match in matches for _, name in match.candidates]
    likely = own in {match.proposed for match in matches} or all(_SECTION.search(normal(name)) for name in names)
    code = "foreign_initiator" if keys else "unknown_initiator"
    review = FieldReview(
        text=text,
        fault_code=code,
        proposal=context.own_name if likely else None,
        candidates=tuple((name, name) for name in dict.fromkeys([context.own_name, *candidates])),
    )
    return ReadField(review=review)


def read_partners(context: ReadingContext, names: Sequence[str]) -> ReadField:
    """Read who comes along; the organisation itself is no partner of its own."""
    text = "、".join(names)
    matches = [(name, match_organisation(context.index, name)) for name in names]
    unknown = [(name, match) for name, match in matches if match.key is None]
    keys = [match.key for _, match in matches if match.key not in {None, context.organisation_id}]
    value = "、".join(context.index.short_names[key] for key in dict.fromkeys(keys) if key is not None)
    review = FieldReview(text=text, value=value)
    if not unknown:
        codes = [context.index.codes[key] for key in dict.fromkeys(keys) if key is not None]
        return ReadField(review=review, draft={"partner_codes": codes})
    proposed = [match.key if match.key is not None else match.proposed for _, match in matches]
    params = (("names", "、".join(name for name, _ in unknown)),)
    review = replace(review, fault_code="unknown_partner", params=params)
    if None not in proposed:
        names_proposed = [context.index.short_names[key] for key in proposed if key is not None]
        review = replace(review, proposal="、".join(dict.fromkeys(names_proposed)))
    candidates = tuple((name, name) for _, match in unknown for _, name in match.candidates)
    return ReadField(review=replace(review, candidates=candidates))


def split_departments(text: str) -> list[str]:
    """Split typed names of departments, as the sheet reader does."""
    names = read_departments(text)
    return [*names.leads, *names.helps, *names.unclear]


def read_ways(methods: Sequence[str]) -> ReadField:
    """Read how: nothing of it enters the plan, but a check that needs no visit is pointed out (R13)."""
    text = "、".join(methods)
    offsite = bool(methods) and all(_is_offsite(method) for method in methods)
    return ReadField(review=FieldReview(text=text, value=text, hint_code="could_be_offsite" if offsite else None))


def split_methods(text: str) -> list[str]:
    """Split typed methods, as the sheet reader does; strange ones are kept."""
    methods, strange = read_methods(text)
    return [*methods, *strange]


def _is_offsite(method: str) -> bool:
    return bool(_OFFSITE.search(method)) and "现场" not in method.replace("非现场", "")
