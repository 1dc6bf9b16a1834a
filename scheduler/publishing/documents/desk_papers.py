"""What leaders and departments keep on file: the approval form of each department's part (domain d6), and the brief of
a release. From sealed rows; for officials only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from data.models import Release
from scheduler.clock import DISTRICT_ZONE
from scheduler.publishing.documents.notices import UNKNOWN, tidy
from scheduler.publishing.documents.sealed import SealedVisit
from scheduler.publishing.documents.sheet_words import BRIEF, FIGURES, PaperLanguage, in_language, pick
from scheduler.publishing.documents.wording import KINDS, TRIGGERS, cap_words, chinese_day, chinese_time

Content = dict[str, Any]


def approval_content(visits: Sequence[SealedVisit], *, department: str | None) -> Content:
    """审批表, one for each visit and department; only those of `department` (a code) when it is given."""
    papers = [
        _approval(visit, body)
        for visit in visits
        for body in visit.departments
        if department is None or body["code"] == department
    ]
    return tidy({"foot": "", "papers": papers})  # type: ignore[no-any-return]


def _approval(visit: SealedVisit, body: Mapping[str, Any]) -> Content:
    plans = visit.plans_of(body["code"])
    filed = [f"{plan['filed_by']}，{plan['filed_on']}" for plan in plans if plan["filed_on"]]
    return {
        "title": "行政检查审批表",
        "number": f"一门检审{visit.number}",
        "secret": visit.hidden,
        "facts": [[name, [text for text in texts if text] or [UNKNOWN]] for name, texts in _facts(visit, body, plans)],
        "approved": "检查计划已备案：" + "；".join(sorted(set(filed))) if filed else "",
    }


def _facts(
    visit: SealedVisit, body: Mapping[str, Any], plans: Sequence[Mapping[str, Any]]
) -> list[tuple[str, list[str]]]:
    public, code = visit.public, body["code"]
    items = [item for item in public["items"] if item["department"] == code]
    crew = [one for one in public["officers"] if one["department"] == code]
    cap = cap_words(visit.cap_of(code), capped=all(plan["capped"] for plan in plans))[0]
    assistants = sum(plan["assistants"] for plan in plans)
    others = [one["short"] for one in visit.departments if one["code"] != code]
    part = f"联合检查，{'牵头' if body['leads'] else '配合'}；其他部门：{'、'.join(others)}" if others else "单独检查"
    return [
        ("检查部门", [body["name"]]),
        ("检查类型", sorted({KINDS[plan["kind"]][0] for plan in plans})),
        ("任务来源", [_source(plan) for plan in plans]),
        ("检查对象", [public["enterprise"], f"统一社会信用代码：{public['credit_code']}", public["address"]]),
        ("事项和依据", [f"{item['text']}（{item['basis'] or '依据见事项清单'}）" for item in items]),
        ("理由", [plan["reason"] for plan in plans]),
        ("检查方式", ["现场检查"]),
        ("本年度频次", [f"本部门已检查{visit.visits_of(code)}次，上限{cap}"]),
        ("拟检查时间", [chinese_time(visit.starts_at, visit.ends_at)]),
        ("执法人员", [f"{one['name']}，证号{one['certificate']}" for one in crew]),
        ("协助人员", [f"{assistants}人"]),
        ("联合情况", [part]),
        ("通知方式", [_how_told(visit)]),
        ("紧急补办", [plan["emergency"] for plan in plans]),
    ]


def _how_told(visit: SealedVisit) -> str:
    if visit.off_plan:
        return "计划外检查，到场出示"
    return "突击检查，到场出示" if visit.hidden else "提前告知"


def _source(plan: Mapping[str, Any]) -> str:
    words = [TRIGGERS[plan["trigger"]][0], plan["clue"], plan["plan"], plan["file_number"], plan["document_number"]]
    return "，".join(word for word in words if word)


def brief_content(
    release: Release, round_name: str, approver: str, visits: Sequence[SealedVisit], language: PaperLanguage
) -> Content:
    """One release for those who decide: figures, departments, visits."""
    sealed = release.sealed_at.astimezone(DISTRICT_ZONE)
    rows = sorted(visits, key=lambda one: (one.starts_at, one.uid))
    alive = [one for one in rows if not one.cancelled]
    joint = sum(one.joint for one in alive)
    lines = (
        [
            f"第{release.number}版于{chinese_day(sealed.date())}{sealed:%H:%M}封存发布，批准人：{approver}。",
            f"共安排入企{len(alive)}次，其中联合检查{joint}次；已取消{len(rows) - len(alive)}次。",
            *([f"批准意见：{release.comment}"] if release.comment else []),
        ],
        [
            f"Release {release.number}, sealed {sealed:%Y-%m-%d %H:%M}, approved by {approver}.",
            f"{len(alive)} visits, {joint} of them joint; {len(rows) - len(alive)} cancelled.",
            *([f"Comment: {release.comment}"] if release.comment else []),
        ],
    )
    figures = [
        [pick(words, language), str(release.figures[key])] for key, words in FIGURES.items() if key in release.figures
    ]
    content = {
        "foot": "",
        "words": in_language(BRIEF, language),
        "title": pick(("联合检查统筹简报", "Joint inspections: brief"), language),
        "number": round_name + pick((f"　第{release.number}版", f", release {release.number}"), language),
        "lines": pick(lines, language),
        "figures": figures,
        "departments": _departments(alive, language),
        "visits": [_brief_row(one, language) for one in rows],
    }
    return tidy(content)  # type: ignore[no-any-return]


def _departments(visits: Sequence[SealedVisit], language: PaperLanguage) -> list[Content]:
    bodies = {one["code"]: one for visit in visits for one in visit.departments}
    found = []
    for code, body in sorted(bodies.items()):
        own = [visit for visit in visits if any(one["code"] == code for one in visit.departments)]
        people = {one["certificate"] for visit in own for one in visit.public["officers"] if one["department"] == code}
        found.append(
            {
                "name": pick((body["name"], body["name_en"]), language),
                "visits": len(own),
                "joint": sum(visit.joint for visit in own),
                "officers": len(people),
            }
        )
    return found


def _brief_row(visit: SealedVisit, language: PaperLanguage) -> Content:
    marks = [
        *([pick(("已取消", "cancelled"), language)] if visit.cancelled else []),
        *([pick(("突击", "unannounced"), language)] if visit.hidden else []),
    ]
    return {
        "day": visit.public["date"],
        "time": visit.public["starts"],
        "site": visit.public["site"],
        "mark": pick(("，", ", "), language).join(marks),
        "departments": pick(("、", ", "), language).join(
            pick((one["short"], one["name_en"]), language) for one in visit.departments
        ),
    }
