"""A published month of any number of visits, written straight into the tables: what the board is tested and timed on.

Sites, officers and bodies are synthetic. No solver is asked: visit n goes to site n, on a day and in a quarter that
follow from n, with the officers of its bodies taken in turn.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from sqlmodel import Session

from data.enums import CreditClass, NoticeMode, PlanStatus, Role, RoundStatus, Targeting, VisitStatus
from data.models import (
    Approval,
    CrewSlot,
    Enterprise,
    InspectionRequest,
    Officer,
    Organisation,
    PlanTask,
    Release,
    ReleaseVisit,
    Round,
    Site,
    Town,
    Visit,
    VisitRequest,
)
from data.seed.bulk import RowWriter, seeded_uid
from scheduler.permissions import Actor
from scheduler.publishing.bodies import content_hash
from scheduler.publishing.sealing import next_number, prepare_visits
from scheduler.workdays import load_calendar
from tests.factories import (
    NOW,
    credit_code,
    make_actor,
    make_organisation,
    make_plan,
    make_round,
    make_task,
    make_town,
    stored_id,
)

CLASSES: Final = tuple(CreditClass)
OFFICERS_A_BODY: Final = 24
MARCH: Final = date(2026, 3, 1)
FIRST_CODES: Final = 100_000
"""Credit codes between two scenes of one database, so that no enterprise has the code of another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The round, who looks at it, and the days on which there are visits."""

    round_id: int
    round_uid: str
    coordinator: Actor
    approver: Actor
    days: tuple[date, ...]
    organisations: tuple[int, ...]
    towns: tuple[int, ...]


def make_scene(
    session: Session,
    *,
    visits: int = 20,
    organisations: int = 4,
    towns: int = 3,
    published: bool = True,
    month: date = MARCH,
) -> Scene:
    """Write the month that begins on a day; with `published` it is sealed, so that every visit is as released."""
    coordinator, approver = make_actor(session, Role.COORDINATOR), make_actor(session, Role.APPROVER)
    places = [make_town(session, lon=120.2 + 0.11 * (n % 5), lat=33.0 + 0.09 * (n // 5)) for n in range(max(1, towns))]
    bodies = [make_organisation(session) for _ in range(max(2, organisations))]
    status = RoundStatus.PUBLISHED if published else RoundStatus.PROPOSED
    last = month.replace(day=monthrange(month.year, month.month)[1])
    round_ = make_round(session, status=status, opened_by_id=coordinator.user_id, period_first=month, period_last=last)
    rng = Random(stored_id(round_))
    days = load_calendar(session).workdays(round_.period_first, round_.period_last)
    _write_visits(session, rng, round_, bodies, places, days, visits=visits, published=published)
    if published:
        _seal(session, round_, approver)
    return Scene(
        round_id=stored_id(round_),
        round_uid=round_.uid,
        coordinator=coordinator,
        approver=approver,
        days=days,
        organisations=tuple(stored_id(body) for body in bodies),
        towns=tuple(stored_id(town) for town in places),
    )


def _write_visits(
    session: Session,
    rng: Random,
    round_: Round,
    bodies: list[Organisation],
    towns: list[Town],
    days: tuple[date, ...],
    *,
    visits: int,
    published: bool,
) -> None:
    first_code = FIRST_CODES * stored_id(round_)
    tasks = [_task(session, round_, body) for body in bodies]
    crews = _write_officers(session, rng, round_, bodies)
    taken: Counter[tuple[int, date, int]] = Counter()
    # The last one that is opened is written first, so that every row finds what it refers to.
    with (
        RowWriter(session, CrewSlot) as slots,
        RowWriter(session, VisitRequest) as members,
        RowWriter(session, Visit) as rows,
        RowWriter(session, InspectionRequest) as requests,
        RowWriter(session, Site) as sites,
        RowWriter(session, Enterprise) as firms,
    ):
        for number in range(visits):
            day, quarter = days[number % len(days)], (number // len(days)) % 4
            taking = [(number + step) % len(bodies) for step in range(1 + number % 3 // 2 + number % 2)]
            site = _add_site(rng, firms, sites, first_code + number, towns[number % len(towns)])
            crew = {body: _next_pair(crews[body], taken, (body, day, quarter)) for body in taking}
            visit = rows.add(
                uid=seeded_uid(rng), version=1, round_id=stored_id(round_), site_id=site, day=day,
                start_quarter=quarter, quarters=1, notice_mode=NoticeMode.ANNOUNCED,
                status=VisitStatus.PUBLISHED if published else VisitStatus.DRAFT,
                lead_organisation_id=stored_id(bodies[taking[0]]), lead_officer_id=crew[taking[0]][0],
                day_pinned=False, crew_pinned=False, members_pinned=False,
            )  # fmt: skip
            for body in taking:
                request = requests.add(
                    uid=seeded_uid(rng), version=1, round_id=stored_id(round_), task_id=stored_id(tasks[body]),
                    organisation_id=stored_id(bodies[body]), site_id=site, first_date=round_.period_first,
                    last_date=round_.period_last, quarters=1, inspectors=2, priority=5, joint=True,
                    notice_mode=NoticeMode.ANNOUNCED, locked=False, drawn=True, status="scheduled",
                    reason_code="", reason_detail="",
                )  # fmt: skip
                members.add(visit_id=visit, request_id=request)
                for officer in crew[body]:
                    slots.add(visit_id=visit, request_id=request, officer_id=officer, day=day, quarter=quarter)
    session.expire_all()


def _task(session: Session, round_: Round, body: Organisation) -> PlanTask:
    plan = make_plan(session, body, status=PlanStatus.IN_ROUND, round_id=round_.id)
    return make_task(session, plan, targeting=Targeting.NAMED)


def _write_officers(session: Session, rng: Random, round_: Round, bodies: list[Organisation]) -> dict[int, list[int]]:
    crews: dict[int, list[int]] = {}
    with RowWriter(session, Officer) as officers:
        for place, body in enumerate(bodies):
            crews[place] = [
                officers.add(
                    uid=seeded_uid(rng), version=1, organisation_id=stored_id(body), name=f"合成人员{place}-{number}",
                    certificate_number=f"BOARD{round_.id}-{place:03d}{number:04d}",
                    certificate_until=date(2030, 12, 31), reviewed=True, training_hours=0,
                    status="active", synthetic=True,
                )
                for number in range(OFFICERS_A_BODY)
            ]  # fmt: skip
    return crews


def _next_pair(
    officers: list[int], taken: Counter[tuple[int, date, int]], slot: tuple[int, date, int]
) -> tuple[int, int]:
    """Two officers whom nobody has taken in this quarter of this day; every quarter begins with others."""
    first = 2 * (taken[slot] + slot[1].day + 3 * slot[2]) % len(officers)
    taken[slot] += 1
    return officers[first], officers[first + 1]


def _add_site(rng: Random, firms: RowWriter, sites: RowWriter, number: int, town: Town) -> int:
    firm = firms.add(
        uid=seeded_uid(rng), version=1, credit_code=credit_code(number),
        name=f"大丰合成企业{number % FIRST_CODES}有限公司", industry_code="6210",
        credit_class=CLASSES[number % len(CLASSES)], credit_month=date(2026, 2, 1), contact_name="",
        contact_phone="", contact_email="", whitelisted=False, status="active", synthetic=True,
    )  # fmt: skip
    return sites.add(
        uid=seeded_uid(rng), version=1, enterprise_id=firm, name=f"合成场所{number % FIRST_CODES}号店",
        address=f"合成路{number % FIRST_CODES}号",
        town_id=stored_id(town), lon=round(town.lon + rng.gauss(0, 0.03), 5),
        lat=round(town.lat + rng.gauss(0, 0.03), 5), opens_minute=480, closes_minute=1080, status="active",
    )  # fmt: skip


def _seal(session: Session, round_: Round, approver: Actor) -> None:
    """Write the release by the same preparation as the sealing, without its notices."""
    number = next_number(session)
    visits = prepare_visits(session, round_, number)
    approval = Approval(
        round_id=stored_id(round_), draft_hash="0" * 64, draft_version=0, status="published",  # type: ignore[arg-type]
        approved_by_id=approver.user_id, approved_at=NOW, publish_at=NOW,
    )  # fmt: skip
    session.add(approval)
    session.flush()
    release = Release(
        number=number, round_id=stored_id(round_), approval_id=stored_id(approval),
        content_hash=content_hash([visit.document for visit in visits]), approved_by_id=approver.user_id,
        publish_at=NOW, sealed_at=NOW, late_seconds=0,
    )  # fmt: skip
    session.add(release)
    session.flush()
    with RowWriter(session, ReleaseVisit) as rows:
        for visit in visits:
            rows.add(
                release_id=stored_id(release), visit_uid=visit.visit_uid, sequence=visit.sequence,
                changed_in=visit.changed_in, enterprise_id=visit.enterprise_id, day=visit.day, hidden=visit.hidden,
                cancelled=False, public_hash=visit.public_hash, roster_hash=visit.roster_hash, body=visit.body,
            )  # fmt: skip
