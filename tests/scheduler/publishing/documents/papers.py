"""A sealed visit as the tests of papers need it, without a database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from scheduler.clock import DISTRICT_ZONE
from scheduler.publishing.documents.sealed import SealedVisit

BODIES = (
    ("MARKET", "示例区市场监督管理局", "市场局", "Market Bureau"),
    ("FIRE", "示例区消防救援大队", "消防", "Fire Brigade"),
)


def sealed_visit(*, departments: int = 2, public: dict[str, Any] | None = None, **values: Any) -> SealedVisit:
    """A joint visit of two departments; `public` and `values` say what is different."""
    bodies = BODIES[:departments]
    document = {
        "date": "2026-03-12",
        "starts": "09:00",
        "minutes": 90,
        "enterprise": "示例机械有限公司",
        "credit_code": "91320900MA00000000",
        "site": "示例机械一厂",
        "address": "示例路1号",
        "town": "示例镇",
        "departments": [
            {"code": code, "name": name, "short": short, "name_en": english, "leads": place == 0}
            for place, (code, name, short, english) in enumerate(bodies)
        ],
        "items": [
            {"department": code, "text": f"{short}事项", "basis": f"《{short}条例》第三条"}
            for code, _, short, _ in bodies
        ],
        "officers": [
            {"name": f"王{place}", "certificate": f"C-{code}-{place}", "department": code, "leads": place == 0}
            for code, *_ in bodies
            for place in range(2)
        ],
        "prepare": ["licences", "contact_person", "records_of_items"],
        "frequency": {
            "year": 2026,
            "visits": 3,
            "by_department": [{"code": code, "visits": 1, "cap": 2} for code, *_ in bodies],
        },
    }
    plans = [
        {
            "department": code, "task": "示例任务", "task_number": "1", "plan": "三月计划", "file_number": "备1号",
            "document_number": "", "kind": "daily", "trigger": "", "clue": "", "basis": "", "reason": "",
            "targeting": "named", "contact": "李四", "phone": "0515-1234567", "assistants": 0, "emergency": "",
            "filed_by": "局长", "filed_on": "2026-02-10", "counted": True, "capped": True,
        }
        for code, *_ in bodies
    ]  # fmt: skip
    given: dict[str, Any] = {
        "uid": "a" * 32,
        "sequence": 0,
        "hidden": False,
        "cancelled": False,
        "sealed_at": datetime(2026, 2, 26, 9, tzinfo=DISTRICT_ZONE),
        "public": document | (public or {}),
        "context": {"round": "三月", "credit_class": "B", "plans": plans},
        "internal": {"start_quarter": 0, "quarters": 1, "requests": []},
    }
    return SealedVisit(**(given | values))
