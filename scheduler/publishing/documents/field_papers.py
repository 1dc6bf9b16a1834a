"""What crews take along: the roster of a day and a checklist for each visit. From sealed rows; for officials only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from scheduler.publishing.documents.notices import tidy
from scheduler.publishing.documents.sealed import SealedVisit
from scheduler.publishing.documents.sheet_words import (
    CHECKLIST,
    METHODS,
    OUTCOMES,
    ROSTER,
    PaperLanguage,
    in_language,
    pick,
)
from scheduler.publishing.documents.wording import chinese_day, english_day

Content = dict[str, Any]


def roster_content(owner: str, day: date, visits: Sequence[SealedVisit], language: PaperLanguage) -> Content:
    """One page: where `owner` (an officer or a department) goes on a day. Cancelled visits stand there as such."""
    rows = sorted(visits, key=lambda one: (one.starts_at, one.uid))
    count = sum(not one.cancelled for one in rows)
    paper = {
        "title": pick((f"{owner}　检查出勤表", f"{owner}: visits of the day"), language),
        "day": pick((chinese_day(day, weekday=True), english_day(day)), language),
        "summary": pick((f"共{count}次检查", "1 visit" if count == 1 else f"{count} visits"), language),
        "secret": any(one.hidden for one in rows),
        "visits": [_roster_row(one, language) for one in rows],
    }
    return tidy({"foot": "", "words": in_language(ROSTER, language), "papers": [paper]})  # type: ignore[no-any-return]


def checklist_content(visits: Sequence[SealedVisit], language: PaperLanguage) -> Content:
    """One checklist for each visit that takes place, in the given order."""
    papers = [_checklist(one, language) for one in visits if not one.cancelled]
    return tidy({"foot": "", "words": in_language(CHECKLIST, language), "papers": papers})  # type: ignore[no-any-return]


def _roster_row(visit: SealedVisit, language: PaperLanguage) -> Content:
    marks = []
    if visit.cancelled:
        marks.append(pick(("已取消", "cancelled"), language))
    if visit.hidden:
        marks.append(pick(("突击", "unannounced"), language))
    names = {one["code"]: pick((one["short"], one["name_en"]), language) for one in visit.departments}
    contacts = [one for body in names for one in visit.plans_of(body) if one["phone"]]
    return {
        "time": f"{visit.starts_at:%H:%M}–{visit.ends_at:%H:%M}",
        "mark": " ".join(marks),
        "site": visit.public["site"],
        "contact": f"{contacts[0]['contact']} {contacts[0]['phone']}" if contacts else "",
        "address": _address(visit.public),
        "crew": [_crew(visit, code, name, language) for code, name in names.items()],
        "items": [item["text"] for item in visit.public["items"]],
    }


def _address(public: Mapping[str, Any]) -> str:
    """The address with its town, which many addresses begin with already."""
    town, address = public["town"], public["address"]
    return address if address.startswith(town) else f"{town} {address}"


def _crew(visit: SealedVisit, code: str, name: str, language: PaperLanguage) -> str:
    """The people of one department on a line of their own; the department alone where it sends whom it will."""
    people = [f"{one['name']} {one['certificate']}" for one in visit.public["officers"] if one["department"] == code]
    if not people:
        return name
    return name + pick(("：", ": "), language) + pick(("、", ", "), language).join(people)


def _checklist(visit: SealedVisit, language: PaperLanguage) -> Content:
    public, day = visit.public, visit.starts_at.date()
    written_day = pick((chinese_day(day, weekday=True), english_day(day)), language)
    facts = [
        (
            ("企业", "Enterprise"),
            public["enterprise"] + pick(("（{}）", " ({})"), language).format(public["credit_code"]),
        ),
        (("场所", "Site"), public["site"] + pick(("，", ", "), language) + public["address"]),
        (("时间", "Time"), f"{written_day} {visit.starts_at:%H:%M}–{visit.ends_at:%H:%M}"),
    ]
    return {
        "title": pick(("联合检查记录表" if visit.joint else "检查记录表", "Record of the inspection"), language),
        "number": visit.number,
        "secret": visit.hidden,
        "facts": [[pick(name, language), text] for name, text in facts],
        "departments": [_part(visit, one, language) for one in visit.departments],
        "methods": list(pick(METHODS, language)),
        "outcomes": list(pick(OUTCOMES, language)),
    }


def _part(visit: SealedVisit, body: Mapping[str, Any], language: PaperLanguage) -> Content:
    own = [item for item in visit.public["items"] if item["department"] == body["code"]]
    crew = [one for one in visit.public["officers"] if one["department"] == body["code"]]
    return {
        "name": pick((body["name"], body["name_en"]), language),
        "items": [{"text": item["text"], "basis": item["basis"]} for item in own],
        "officers": [f"{one['name']} {one['certificate']}" for one in crew],
    }
