"""Rows for the tests: each maker adds one valid row and takes only what the test is about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any, Final, TypeVar

from argon2 import PasswordHasher
from sqlmodel import Session, SQLModel

from data.enums import (
    CreditClass,
    OrganisationKind,
    PlanKind,
    PlanSource,
    PlanStatus,
    Role,
    RoundKind,
    Targeting,
    TownKind,
)
from data.models import (
    Enterprise,
    InspectionItem,
    InspectionRequest,
    Officer,
    Organisation,
    Plan,
    PlanTask,
    Round,
    Scenario,
    Site,
    Skill,
    Town,
    User,
)
from scheduler.accounts import actor_of
from scheduler.permissions import Actor

Row = TypeVar("Row", bound=SQLModel)

NOW: Final = datetime(2026, 2, 20, 1, 0, tzinfo=UTC)
PASSWORD: Final = "Correct-horse-7"
# Hashing as in production would take most of the time of the tests; the hash says itself how it was made.
_QUICK_HASH: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
_CODE_SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_numbers = count(1)


def make_town(session: Session, **values: Any) -> Town:
    number = next(_numbers)
    defaults: dict[str, Any] = {"code": f"{number:012d}", "name": f"测试镇{number}", "name_en": f"Test Town {number}"}
    place: dict[str, Any] = {"kind": TownKind.TOWN, "lon": 120.45, "lat": 33.2}
    return _add(session, Town(**defaults | place | values))


def make_organisation(session: Session, **values: Any) -> Organisation:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "code": f"ORG{number}",
        "name": f"测试区第{number}管理局",
        "short_name": f"第{number}局",
        "name_en": f"Bureau {number}",
        "kind": OrganisationKind.DEPARTMENT,
        "inspectors": 6,
        "lon": 120.45,
        "lat": 33.2,
        "announced_on": date(2025, 1, 1),
    }
    return _add(session, Organisation(**defaults | values))


def make_skill(session: Session, **values: Any) -> Skill:
    number = next(_numbers)
    defaults: dict[str, Any] = {"code": f"skill{number}", "name": f"资格{number}", "name_en": f"Skill {number}"}
    return _add(session, Skill(**defaults | values))


def make_officer(session: Session, organisation: Organisation, **values: Any) -> Officer:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "organisation_id": organisation.id,
        "name": f"合成人员{number}",
        "certificate_number": f"TEST{number:08d}",
        "certificate_until": date(2030, 12, 31),
        "synthetic": True,
    }
    return _add(session, Officer(**defaults | values))


def make_scenario(session: Session, **values: Any) -> Scenario:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "code": f"S{number}",
        "name": f"场景{number}",
        "name_en": f"Scenario {number}",
        "industry_codes": "6210",
    }
    return _add(session, Scenario(**defaults | values))


def make_item(session: Session, organisation: Organisation, **values: Any) -> InspectionItem:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "code": f"ITEM{number}",
        "organisation_id": organisation.id,
        "name": f"第{number}项检查",
        "legal_basis": "测试条例第一条",
        "published_on": date(2025, 1, 1),
    }
    return _add(session, InspectionItem(**defaults | values))


def make_enterprise(session: Session, **values: Any) -> Enterprise:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "credit_code": credit_code(number),
        "name": f"大丰合成企业{number}有限公司",
        "industry_code": "6210",
        "credit_class": CreditClass.B,
        "credit_month": date(2026, 2, 1),
        "synthetic": True,
    }
    return _add(session, Enterprise(**defaults | values))


def make_site(
    session: Session, enterprise: Enterprise | None = None, *, town: Town | None = None, **values: Any
) -> Site:
    """A site of `enterprise` (a new one) in `town` (a new one)."""
    owner = enterprise or make_enterprise(session)
    place = town or make_town(session)
    defaults: dict[str, Any] = {
        "enterprise_id": owner.id,
        "name": f"{owner.name}{next(_numbers)}号场所",
        "address": "测试路1号",
        "town_id": place.id,
        "lon": 120.45,
        "lat": 33.2,
    }
    return _add(session, Site(**defaults | values))


def make_user(session: Session, role: Role = Role.COORDINATOR, **values: Any) -> User:
    """An account with the password PASSWORD. Pass `organisation_id`, `officer_id` or `enterprise_id` for its rows."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "username": f"user{number}",
        "display_name": f"用户{number}",
        "password_hash": _QUICK_HASH,
        "role": role,
        "created_at": NOW,
    }
    return _add(session, User(**defaults | values))


def make_actor(session: Session, role: Role = Role.COORDINATOR, **values: Any) -> Actor:
    """The actor of a new account."""
    return actor_of(make_user(session, role, **values))


def make_round(session: Session, **values: Any) -> Round:
    """A round over March 2026, open for filing."""
    number = next(_numbers)
    opener = values.pop("opened_by_id", None) or stored_id(make_user(session))
    defaults: dict[str, Any] = {
        "name": f"第{number}轮",
        "kind": RoundKind.MONTH,
        "period_first": date(2026, 3, 1),
        "period_last": date(2026, 3, 31),
        "filing_until": datetime(2026, 2, 25, 9, 0, tzinfo=UTC),
        "opened_by_id": opener,
        "opened_at": NOW,
    }
    return _add(session, Round(**defaults | values))


def make_plan(session: Session, organisation: Organisation, **values: Any) -> Plan:
    """A draft over March 2026, written by a clerk of the organisation (a new one unless `created_by_id` is given)."""
    author = values.pop("created_by_id", None)
    if author is None:
        author = stored_id(make_user(session, Role.CLERK, organisation_id=organisation.id))
    defaults: dict[str, Any] = {
        "organisation_id": organisation.id,
        "title": f"第{next(_numbers)}号检查计划",
        "year": 2026,
        "kind": PlanKind.RANDOM,
        "source": PlanSource.FORM,
        "status": PlanStatus.DRAFT,
        "period_first": date(2026, 3, 1),
        "period_last": date(2026, 3, 31),
        "created_by_id": author,
        "created_at": NOW,
    }
    return _add(session, Plan(**defaults | values))


def make_task(session: Session, plan: Plan, **values: Any) -> PlanTask:
    """A task that draws a tenth of all sites; pass `scenario_id`, or `targeting` and PlanTarget rows."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "plan_id": plan.id,
        "position": number,
        "name": f"任务{number}",
        "targeting": Targeting.DRAWN,
        "first_date": plan.period_first,
        "last_date": plan.period_last,
        "ratio": 0.1 if values.get("targeting") is not Targeting.NAMED else None,
        "fingerprint": f"{number:064d}",
    }
    return _add(session, PlanTask(**defaults | values))


def make_request(session: Session, round_: Round, task: PlanTask, site: Site, **values: Any) -> InspectionRequest:
    """A request of the task's organisation for the whole period of the round."""
    plan = session.get_one(Plan, task.plan_id)
    defaults: dict[str, Any] = {
        "round_id": round_.id,
        "task_id": task.id,
        "organisation_id": plan.organisation_id,
        "site_id": site.id,
        "first_date": round_.period_first,
        "last_date": round_.period_last,
        "quarters": task.quarters,
        "inspectors": task.inspectors,
        "priority": task.priority,
        "joint": task.joint,
        "notice_mode": task.notice_mode,
    }
    return _add(session, InspectionRequest(**defaults | values))


def credit_code(number: int) -> str:
    """A well-formed credit code (GB 32100) of a body that does not exist, and none of the sample's, which begin MA0."""
    body = f"91320904MB{number:07d}"
    total = sum(_CODE_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + _CODE_SIGNS[-total % 31]


def stored_id(row: Any) -> int:
    """The key of a row that was flushed."""
    key = row.id
    assert isinstance(key, int)
    return key


def _add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
