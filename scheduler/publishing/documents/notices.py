"""What stands on a 行政检查通知书 or, when several departments come, on the one 联合检查通知书 (R65).

Made from the public part of one sealed visit and from its plans' contacts; nothing of any other visit comes near it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any, Final

import segno

from scheduler.publishing.calendar_words import clean
from scheduler.publishing.documents.sealed import SealedVisit
from scheduler.publishing.documents.wording import (
    BANS,
    BANS_EN,
    KINDS,
    PREPARE,
    RIGHTS,
    RIGHTS_EN,
    cap_words,
    chinese_day,
    chinese_time,
    english_day,
)
from scheduler.publishing.openings import Opening

Content = dict[str, Any]
UNKNOWN: Final = "—"
NO_CONTACT: Final = ("见发文机关", "the department itself")
NO_PHONE: Final = ("见发文机关公开电话", "its public number")
"""Instead of an empty cell, where a plan names nobody: Chinese, English."""
QR_MASK: Final = 3
"""Any of the eight patterns can be read. To try all of them takes 6 ms a notice, a third of what printing it takes."""
LONG_WORD: Final = 24
"""A run of Latin signs that is longer may be wider than a column; shorter ones, like credit codes, stay whole."""
PIECE: Final = 8
"""So many of them fit into the narrowest column."""
_LONG_WORD: Final = re.compile(rf"[!-~]{{{LONG_WORD + 1},}}")
_MAY_BREAK: Final = "\u200b"


def notice_content(visit: SealedVisit, *, base_url: str, opening: Opening | None = None) -> Content:
    """Write one notice as plain values for the templates. The QR code leads to the visit's own page; with an `opening`
    it opens the enterprise's pages without an account, and the code to type stands beside it.
    """
    address = opening.link if opening else f"{base_url.rstrip('/')}/my-enterprise/visits/{visit.uid}"
    return tidy(
        {
            "title": "联合检查通知书" if visit.joint else "行政检查通知书",
            "number": f"一门检通{visit.number}",
            "mark": _mark(visit),
            "joint": visit.joint,
            "enterprise": visit.public["enterprise"],
            "credit_code": visit.public["credit_code"],
            "opening": _opening(visit),
            "time": chinese_time(visit.starts_at, visit.ends_at) + f"，约{visit.public['minutes']}分钟",
            "place": f"{visit.public['site']}（{visit.public['address']}）",
            "departments": [_department(visit, one) for one in visit.departments],
            "officers": [_officer(visit, one) for one in visit.public["officers"]],
            "assistants": _assistants(visit),
            "prepare": [*(PREPARE[code][0] for code in visit.public["prepare"]), *_materials(visit, "short")],
            "year": visit.public["frequency"]["year"],
            "frequency": _frequency(visit),
            "bans": list(BANS),
            "rights": list(RIGHTS),
            "date": chinese_day(visit.sealed_at.date()),
            "door": opening.door if opening else "",
            "code": opening.code if opening else "",
            "en": _english(visit),
        }
    ) | {"qr": qr_svg(address), "address": address}


def word_notice_content(visit: SealedVisit, *, base_url: str) -> Content:
    """The same for a Word template, which loops over one list: `item_lines` holds each item with its department."""
    content = notice_content(visit, base_url=base_url)
    lines = [{"department": one["short"], **item} for one in content["departments"] for item in one["items"]]
    return content | {"item_lines": lines}


def qr_svg(text: str) -> str:
    """A QR code as SVG, without a white border: the sheet is white."""
    stream = io.BytesIO()
    segno.make(text, error="m", mask=QR_MASK).save(stream, kind="svg", border=0, xmldecl=False, svgns=True)
    return stream.getvalue().decode("utf-8")


def tidy(value: Any) -> Any:
    """The same values without control characters and with places to break a word that is wider than a line: what
    somebody typed must not break a sheet. Signs that turn the direction of writing go with the control characters.
    """
    if isinstance(value, str):
        return _LONG_WORD.sub(_with_breaks, clean(value))
    if isinstance(value, Mapping):
        return {name: tidy(one) for name, one in value.items()}
    return [tidy(one) for one in value] if isinstance(value, list | tuple) else value


def _with_breaks(word: re.Match[str]) -> str:
    text = word[0]
    return _MAY_BREAK.join(text[place : place + PIECE] for place in range(0, len(text), PIECE))


def _mark(visit: SealedVisit) -> str:
    if visit.cancelled:
        return "（本次检查已取消）"
    return f"（第{visit.sequence}次变更，以本件为准）" if visit.sequence else ""


def _opening(visit: SealedVisit) -> str:
    kinds = {KINDS[line["kind"]][0] for line in visit.context.get("plans", ())}
    what = "、".join(sorted(kinds)) or "行政检查"
    if visit.off_plan:
        return (
            f"根据有关法律、法规、规章，决定对你单位进行{what}。本次检查因特殊情况当场开展，没有事先列入检查计划。"
            "现将有关事项通知如下："
        )
    if not visit.joint:
        return f"根据有关法律、法规、规章和已备案的检查计划，决定对你单位进行{what}。现将有关事项通知如下："
    names = "、".join(one["name"] for one in visit.departments)
    return (
        f"根据有关法律、法规、规章和已备案的检查计划，{names}对你单位的{what}合并为一次联合检查，"
        f"由{visit.departments[0]['name']}牵头，一次入企完成。现将有关事项通知如下："
    )


def _department(visit: SealedVisit, one: Mapping[str, Any]) -> Content:
    plans = visit.plans_of(one["code"])
    cap = cap_words(visit.cap_of(one["code"]), capped=all(plan["capped"] for plan in plans))
    contact, phone = _contact(visit, one["code"])
    return {
        "name": one["name"],
        "short": one["short"],
        "name_en": one["name_en"] or one["name"],
        "leads": one["leads"],
        "items": [
            {"text": item["text"], "basis": item["basis"] or UNKNOWN}
            for item in visit.public["items"]
            if item["department"] == one["code"]
        ],
        "visits": visit.visits_of(one["code"]),
        "cap": cap[0],
        "cap_en": cap[1],
        "contact": contact or NO_CONTACT[0],
        "phone": phone or NO_PHONE[0],
    }


def _contact(visit: SealedVisit, code: str) -> tuple[str, str]:
    """Who answers for a department's plans, as the first plan says that names anybody: (name, telephone)."""
    found = ((plan["contact"], plan["phone"]) for plan in visit.plans_of(code))
    return next((one for one in found if any(one)), ("", ""))


def _english_contact(visit: SealedVisit, one: Mapping[str, Any]) -> str:
    contact, phone = _contact(visit, one["code"])
    return f"{one['name_en'] or one['name']}: {contact or NO_CONTACT[1]}, {phone or NO_PHONE[1]}"


def _materials(visit: SealedVisit, name: str) -> list[str]:
    """What the items ask for, as the enterprise's page lists it; on a joint notice with who asks for it, by `name`."""
    names = {one["code"]: one[name] for one in visit.departments}
    things = visit.public.get("materials", ())
    if not visit.joint:
        return [thing["text"] for thing in things]
    return [f"{thing['text']}（{'、'.join(names[code] for code in thing['departments'])}）" for thing in things]


def _officer(visit: SealedVisit, one: Mapping[str, Any]) -> Content:
    body = next(body for body in visit.departments if body["code"] == one["department"])
    return {
        "name": one["name"],
        "certificate": one["certificate"] or UNKNOWN,
        "department": body["short"],
        "department_en": body["name_en"] or body["name"],
        "duty": "带队" if one["leads"] else "检查",
    }


def _assistants(visit: SealedVisit) -> str:
    number = sum(line["assistants"] for line in visit.context.get("plans", ()))
    if not number:
        return "无协助人员。检查人员以本件所列为准；未列明的人员，你单位可以拒绝其入场。"
    return f"另有协助人员{number}人，不独立开展检查。未列明的人员，你单位可以拒绝其入场。"


def _frequency(visit: SealedVisit) -> str:
    frequency = visit.public["frequency"]
    joint = "联合检查对各部门合计按一次入企计算。" if visit.joint else ""
    return f"截至本通知发出，你单位{frequency['year']}年已接受入企检查{frequency['visits']}次（不含本次）。{joint}"


def _english(visit: SealedVisit) -> Content:
    public = visit.public
    kinds = {KINDS[line["kind"]][1] for line in visit.context.get("plans", ())}
    things = [*(PREPARE[code][1] for code in public["prepare"]), *_materials(visit, "name_en")]
    facts = [
        ("Number", visit.number),
        ("Enterprise", f"{public['enterprise']} ({public['credit_code']})"),
        ("Kind", ", ".join(sorted(kinds)) or "Inspection"),
        ("Time", f"{english_day(visit.starts_at.date())}, {visit.starts_at:%H:%M}-{visit.ends_at:%H:%M}"),
        ("Place", f"{public['site']}, {public['address']}"),
        ("Please prepare", "; ".join(things)),
        ("Visits this year", f"{public['frequency']['visits']} in {public['frequency']['year']}, without this one"),
        ("Contact", "; ".join(_english_contact(visit, one) for one in visit.departments)),
    ]
    marks = {True: "This visit has been cancelled.", False: f"Change no. {visit.sequence}" if visit.sequence else ""}
    return {
        "title": "Notice of a joint inspection" if visit.joint else "Notice of an inspection",
        "remark": "Translation for your information. The Chinese text counts.",
        "mark": marks[visit.cancelled],
        "facts": [list(fact) for fact in facts],
        "bans": list(BANS_EN),
        "rights": list(RIGHTS_EN),
    }
