"""A district in which every page has something to show: made once a run, copied for each test."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import (
    AttachmentKind,
    ConfirmationStatus,
    CreditClass,
    ExportKind,
    FeedScope,
    FileForm,
    NoticeMode,
    PlanStatus,
    PushState,
    RecipientKind,
    Role,
)
from data.models import (
    CapExemption,
    CapPolicy,
    Confirmation,
    CounterProposal,
    CrewSlot,
    FieldClass,
    InboxMessage,
    InspectionRecord,
    InspectionRequest,
    Officer,
    OutboxMessage,
    PlanTaskPartner,
    Proposal,
    PushBatch,
    Release,
    RequirementConflict,
    Round,
    Rule,
    Scenario,
    Site,
    SolveRun,
    User,
    Visit,
)
from data.session import make_engine, unit_of_work
from scheduler.clock import FixedClock
from scheduler.confirming.parts import part_hash, parts_of
from scheduler.exports.destinations import Aim, save_destination
from scheduler.exports.mapping import SAMPLE
from scheduler.exports.mappings import save_mapping
from scheduler.exports.runs import request_export
from scheduler.exports.tables import Extract
from scheduler.fieldwork.site_codes import site_token
from scheduler.filing.attachments import attach
from scheduler.filing.draws import draw_round, list_draws
from scheduler.filing.draws.records import list_protocols
from scheduler.filing.rounds import freeze_round
from scheduler.filing.sketches import start_sketch
from scheduler.filing.stages import begin
from scheduler.filing.uploads import receive_upload
from scheduler.planning.drafts import draft_hash
from scheduler.publishing.feeds import issue_token
from scheduler.publishing.outbox import deliver_due
from tests.factories import (
    NOW,
    actor_of,
    make_enterprise,
    make_item,
    make_plan,
    make_round,
    make_scenario,
    make_site,
    make_task,
    make_user,
    stored_id,
)
from tests.scheduler.filing.sheets import sheet
from tests.scheduler.planning.worlds import World, hide, make_world, publish, solve

XSS: Final = "<script>alert('x')</script>"


@dataclass(slots=True, kw_only=True)
class Cast:
    """User names by role, and uids of what the pages are about. `foreign`: rows of another department."""

    database: Path
    users: dict[Role, str] = field(default_factory=dict)
    uids: dict[str, str] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)
    hidden_uid: str = ""
    hidden_site: str = ""


def make_cast(template: Path, folder: Path) -> Cast:
    """Publish a round, draw another, and leave plans, uploads, messages and feeds behind."""
    database = folder / "cast.db"
    shutil.copyfile(template, database)
    engine = make_engine(f"sqlite:///{database}")
    clock, cast = FixedClock(NOW), Cast(database=database)
    with unit_of_work(engine) as session:
        world = make_world(session, sites=3, organisations=2, officers=8)
        secret = make_site(session, world.enterprises[0], town=None, name="隐蔽场所")
        hide(session, world, secret)
        world.sites.append(secret)
        _make_people(session, cast, world)
    solve(engine, clock, world)
    with unit_of_work(engine) as session:
        _make_drawn_round(session, clock, cast, world)
    publish(engine, clock, world)
    deliver_due(engine, clock, holder="test")
    with unit_of_work(engine) as session:
        _make_plans(session, clock, cast, world)
        _note_uids(session, cast, world)
        _note_policies(session, cast, world)
        _make_confirmations(session, clock, cast, world)
        _make_exports(session, clock, cast, world)
    _settle(engine)
    return cast


def open_cast(cast: Cast, folder: Path) -> sa.Engine:
    """A copy of the district for one test."""
    path = folder / "web.db"
    shutil.copyfile(cast.database, path)
    return make_engine(f"sqlite:///{path}")


def after_publication() -> FixedClock:
    """The day after the release."""
    return FixedClock(datetime(2026, 2, 27, 1, 0, tzinfo=UTC))


def _make_people(session: Session, cast: Cast, world: World) -> None:
    body, firm = world.organisations[0], world.enterprises[0]
    owners = {
        Role.CLERK: {"organisation_id": body.id},
        Role.HEAD: {"organisation_id": body.id},
        Role.LEGAL: {"organisation_id": body.id},
        Role.ENTERPRISE: {"enterprise_id": firm.id},
        Role.SUPERVISOR: {},
        Role.ADMINISTRATOR: {},
    }
    for role, owner in owners.items():
        cast.users[role] = make_user(session, role, **owner).username
    for actor in (world.coordinator, world.approver):
        cast.users[actor.role] = actor.username
    session.add(
        InspectionRecord(
            visit_uid="a" * 32,
            site_id=stored_id(world.sites[0]),
            organisation_id=stored_id(body),
            day=date(2026, 1, 15),
        )
    )


def _make_drawn_round(session: Session, clock: FixedClock, cast: Cast, world: World) -> None:
    round_ = make_round(
        session,
        period_first=date(2026, 5, 1),
        period_last=date(2026, 5, 31),
        opened_by_id=world.coordinator.user_id,
    )
    period = {"period_first": date(2026, 5, 1), "period_last": date(2026, 5, 31)}
    for body in world.organisations[:2]:
        plan = make_plan(session, body, status=PlanStatus.FILED, round_id=round_.id, **period)
        make_task(session, plan, town_id=world.sites[0].town_id)
    freeze_round(session, clock, world.coordinator, round_)
    draw_round(session, clock, world.coordinator, round_, seed="test")
    own, other = (draw for draw, _, _ in list_draws(session, round_))
    cast.uids["protocol"] = list_protocols(session, round_)[0].uid
    request = session.exec(select(InspectionRequest).where(col(InspectionRequest.drawn))).first()
    cast.uids["request"] = request.uid if request else ""
    cast.uids["drawn_round"], cast.uids["draw"], cast.foreign["draw"] = round_.uid, own.uid, other.uid


def _make_plans(session: Session, clock: FixedClock, cast: Cast, world: World) -> None:
    body, other = world.organisations[0], world.organisations[1]
    item = make_item(session, body, name="食品经营许可情况的检查")
    scenario = make_scenario(session, name="餐饮服务", words="餐饮 餐饮服务单位")
    cast.uids |= {"item": item.uid, "scenario": scenario.code, "list_kind": "officers", "deed": "rename"}
    cast.uids |= {"measure": "visits_with", "form": "csv", "manual": "coordinator"}
    cast.uids["warning_kind"] = "repeated_visits"
    cast.uids["paper_form"] = "pdf"
    make_enterprise(session, name=f"大丰{XSS}有限公司")
    clerk = session.exec(select(User).where(User.username == cast.users[Role.CLERK])).one()
    foreign_clerk = make_user(session, Role.CLERK, organisation_id=other.id)
    open_round = make_round(session, period_first=date(2026, 4, 1), period_last=date(2026, 4, 30))
    open_round.filing_until = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
    period = {"period_first": date(2026, 4, 1), "period_last": date(2026, 4, 30)}
    draft = make_plan(session, body, created_by_id=clerk.id, **period)
    task = make_task(session, draft, town_id=world.sites[0].town_id)
    submitted = make_plan(session, body, created_by_id=clerk.id, status=PlanStatus.SUBMITTED, **period)
    make_task(session, submitted, town_id=world.sites[0].town_id)
    own = attach(
        session, clock, actor_of(clerk), draft, kind=AttachmentKind.CLUE, filename="线索.pdf", content=b"%PDF-1.7 clue"
    )
    foreign = make_plan(session, other, created_by_id=foreign_clerk.id, **period)
    foreign_task = make_task(session, foreign, town_id=world.sites[0].town_id)
    cast.uids |= {"plan": draft.uid, "task": task.uid, "submitted": submitted.uid, "open_round": open_round.uid}
    theirs = attach(
        session, clock, actor_of(foreign_clerk), foreign, kind=AttachmentKind.CLUE, filename="外部门.pdf",
        content=b"%PDF-1.7 x",
    )  # fmt: skip
    cast.uids["attachment"], cast.foreign["attachment"] = own.uid, theirs.uid
    cast.foreign |= {"plan": foreign.uid, "task": foreign_task.uid}
    cast.uids |= {"sketch": start_sketch(session, clock, actor_of(clerk), draft, step="what").uid, "step": "what"}
    asking = make_plan(session, other, created_by_id=foreign_clerk.id, **period)
    wanting = make_task(session, asking, town_id=world.sites[0].town_id)
    session.add(PlanTaskPartner(task_id=stored_id(wanting), organisation_id=stored_id(body)))
    session.flush()
    begin(session, clock, asking)
    cast.uids["asked"] = asking.uid
    for keep, user in ((cast.uids, clerk), (cast.foreign, foreign_clerk)):
        upload = receive_upload(
            session, clock, actor_of(user), filename="计划.csv", content=sheet({}, {"period": "适时"}), year=2026,
            round_uid=None,
        )  # fmt: skip
        keep["upload"] = upload.uid
    token, secret = issue_token(session, clock, actor_of(clerk), FeedScope.ORGANISATION, stored_id(body))
    cast.uids |= {"feed": token.uid, "secret": secret}
    foreign_token, _ = issue_token(session, clock, actor_of(foreign_clerk), FeedScope.ORGANISATION, stored_id(other))
    cast.foreign["feed"] = foreign_token.uid


def _note_uids(session: Session, cast: Cast, world: World) -> None:
    proposal = session.exec(select(Proposal)).one()
    release = session.exec(select(Release)).one()
    visits = session.exec(select(Visit).order_by(col(Visit.id))).all()
    shown = [visit for visit in visits if visit.notice_mode is NoticeMode.ANNOUNCED]
    hidden = next(visit for visit in visits if visit.notice_mode is NoticeMode.UNANNOUNCED)
    firm_sites = {site.id: site.enterprise_id for site in world.sites}
    own = next(visit for visit in shown if firm_sites[visit.site_id] == world.enterprises[0].id)
    other = next(visit for visit in shown if firm_sites[visit.site_id] == world.enterprises[1].id)
    cast.hidden_uid, cast.hidden_site = hidden.uid, "隐蔽场所"
    goes = session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == own.id)).all()[0]
    officer = session.get_one(Officer, goes)
    account = make_user(session, Role.OFFICER, officer_id=officer.id, organisation_id=officer.organisation_id)
    cast.users[Role.OFFICER] = account.username
    cast.uids |= {
        "round": world.round.uid,
        "proposal": proposal.uid,
        "run": session.get_one(SolveRun, proposal.run_id).uid,
        "visit": own.uid,
        "site": session.get_one(Site, own.site_id).uid,
        "site_token": site_token("x" * 40, session.get_one(Site, own.site_id).uid),
        "release": str(release.number),
        "enterprise": world.enterprises[0].uid,
        "officer": officer.uid,
        "rule": session.exec(select(Rule.uid).where(Rule.code == "R42")).one(),
        "approval": "0" * 32,
        "dispatch": session.exec(select(OutboxMessage.uid).order_by(col(OutboxMessage.id))).first() or "",
        "recipient_kind": "enterprise",
    }
    # Without an order the database gives uids as its index has them: sometimes one of the clerk's own came last.
    told = select(InboxMessage.uid).where(InboxMessage.recipient_kind == RecipientKind.ENTERPRISE)
    foreign = session.exec(told.order_by(col(InboxMessage.id))).first() or ""
    cast.foreign |= {"firm_visit": other.uid, "message": foreign}


def _make_exports(session: Session, clock: FixedClock, cast: Cast, world: World) -> None:
    """A mapping, an export that waits, and a destination that refused a batch."""
    administrator = session.exec(select(User).where(User.username == cast.users[Role.ADMINISTRATOR])).one()
    content = SAMPLE.read_text(encoding="utf-8")
    mapping = save_mapping(session, clock, actor_of(administrator), None, name="示例平台", content=content)
    extract = Extract(kind=ExportKind.VISITS)
    run = request_export(session, clock, world.coordinator, extract, form=FileForm.XLSX)
    aim = Aim(name="示例平台", url="http://127.0.0.1:9/", kind=ExportKind.VISITS, mapping=mapping, every_minutes=60)
    destination = save_destination(session, clock, actor_of(administrator), None, aim, hosts="127.0.0.1")
    session.add(
        PushBatch(
            destination_id=stored_id(destination), number=1, cursor="1", last_key="a", ends=True, rows=2, left_out=1,
            payload="{}", payload_hash="0" * 64, state=PushState.DEAD, attempts=1, last_error="HTTP 400",
            faults=[{"row": 3, "key": "b", "field": "UNISCID", "code": "missing", "value": ""}],
            not_before=clock.now(), created_at=clock.now(),
        )
    )  # fmt: skip
    cast.uids |= {"mapping": mapping.uid, "export": run.uid, "destination": destination.uid}


def _note_policies(session: Session, cast: Cast, world: World) -> None:
    """A line in each of the tables that the rules read."""
    body, firm = world.organisations[0], make_enterprise(session, name="大丰专业分类有限公司")
    field = session.exec(select(Scenario).where(Scenario.code == cast.uids["scenario"])).one()
    given = FieldClass(
        enterprise_id=stored_id(firm), scenario_id=stored_id(field), credit_class=CreditClass.C, month=date(2026, 2, 1)
    )
    first, second = (make_item(session, body, name=name) for name in ("喷漆房密闭", "喷漆房通风"))
    conflict = RequirementConflict(
        first_item_id=stored_id(first), second_item_id=stored_id(second), subject="密闭还是通风"
    )
    session.add_all([given, conflict])
    session.flush()
    cast.uids |= {
        "cap": session.exec(select(CapPolicy.uid).order_by(col(CapPolicy.id))).first() or "",
        "exemption": str(session.exec(select(CapExemption.id).order_by(col(CapExemption.id))).first()),
        "field_class": str(given.id),
        "conflict": str(conflict.id),
        "body": body.code,
        "firm_code": firm.credit_code,
    }


def _make_confirmations(session: Session, clock: FixedClock, cast: Cast, world: World) -> None:
    """What two departments said to the draft before it was published: one another day, one yes."""
    round_ = session.get_one(Round, world.round.id)
    parts = parts_of(session, round_)
    for keep, body, status in (
        (cast.uids, world.organisations[0], ConfirmationStatus.COUNTERED),
        (cast.foreign, world.organisations[1], ConfirmationStatus.CONSENTED),
    ):
        part = parts[stored_id(body)]
        asked = Confirmation(
            round_id=stored_id(round_),
            organisation_id=stored_id(body),
            number=1,
            draft_version=round_.draft_version,
            draft_hash=draft_hash(session, round_),
            part=part,
            part_hash=part_hash(part),
            status=status,
            asked_at=clock.now(),
            due=clock.now(),
            answered_by_id=world.coordinator.user_id,
            answered_at=clock.now(),
        )
        session.add(asked)
        session.flush()
        keep["confirmation"] = asked.uid
    own = session.exec(select(Confirmation).where(Confirmation.uid == cast.uids["confirmation"])).one()
    uid, visit = min(own.part.items())
    day = date.fromisoformat(visit["day"])
    counter = CounterProposal(confirmation_id=stored_id(own), visit_uid=uid, day=day, wanted_day=date(2026, 3, 31))
    session.add(counter)
    session.flush()
    cast.uids["counter"] = counter.uid


def _settle(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    engine.dispose()
