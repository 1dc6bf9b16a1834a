"""A draw with parties: nobody can choose, everybody can see, and nothing that was published changes (X-30, D4, D7)."""

from __future__ import annotations

import json
import runpy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import (
    DrawFallback,
    DrawStatus,
    ExclusionReason,
    HashKind,
    NoticeMode,
    PlanStatus,
    RecordStatus,
    Role,
    RoundStatus,
    ValueFallback,
)
from data.models import AuditEvent, Closure, Draw, DrawList, DrawParty, DrawProtocol, Enterprise, Recusal, Round
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError, TransitionError
from scheduler.filing import draws, rounds
from scheduler.filing.draw_method import commitment_of, document_faults, draw, draw_document, read_list
from scheduler.filing.draws import protocol, records
from scheduler.filing.draws.rules import Rules, Seat, repeated_tasks
from scheduler.permissions import Actor
from tests import factories
from tests.factories import NOW
from tests.scheduler.filing.conftest import District, make_district
from tests.scheduler.filing.test_draws import frozen_round

ROOT = Path(__file__).resolve().parents[3]
STAND_ALONE: Any = runpy.run_path(str(ROOT / "web" / "static" / "verify_draw.py"))["faults"]
DAY = timedelta(days=1)
LATER = datetime(2026, 2, 24, 1, 0, tzinfo=UTC)
LOTTERY: dict[str, Any] = {"public_source": "双色球第2026025期", "public_at": NOW + 3 * DAY}
PROCEED = {"fallback": DrawFallback.PROCEED, **LOTTERY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A frozen round whose lists are published; `actors` speak for the parties in their order."""

    round: Round
    protocol: DrawProtocol
    actors: tuple[Actor, ...]


def secret_of(number: int) -> str:
    return f"party-secret-{number}"


def make_rules(session: Session, actors: tuple[Actor, ...], **values: Any) -> Rules:
    seats = tuple(Seat(name=f"见证方{number}", username=actor.username) for number, actor in enumerate(actors))
    defaults: dict[str, Any] = {"commit_until": NOW + DAY, "reveal_until": NOW + 2 * DAY}
    return Rules(seats=seats, **defaults | values)


def open_scene(session: Session, clock: FixedClock, district: District, **values: Any) -> Scene:
    task = values.pop("task", {})
    actors = tuple(factories.make_actor(session, Role.SUPERVISOR) for _ in range(values.pop("parties", 3)))
    round_ = frozen_round(session, clock, district, task)
    opened = protocol.open_draw(session, clock, district.coordinator, round_, make_rules(session, actors, **values))
    return Scene(round=round_, protocol=opened, actors=actors)


def commit_all(session: Session, clock: FixedClock, scene: Scene, *numbers: int) -> None:
    parties = records.list_parties(session, scene.protocol)
    for number in numbers or range(len(parties)):
        text = commitment_of(scene.protocol.kind, secret_of(number), "salt")
        protocol.pledge(session, clock, scene.actors[number], parties[number], text)


def reveal_all(session: Session, clock: FixedClock, scene: Scene, *numbers: int) -> None:
    parties = records.list_parties(session, scene.protocol)
    for number in numbers or range(len(parties)):
        actor = scene.actors[number]
        protocol.reveal(session, clock, actor, parties[number], secret=secret_of(number), salt="salt")


def the_draw(session: Session) -> Draw:
    return session.exec(select(Draw)).one()


def faults_of(error: pytest.ExceptionInfo[InvalidError]) -> list[tuple[str, str]]:
    return [(one.field, one.code) for one in error.value.faults]


def test_last_secret_draws_by_itself(session: Session, clock: FixedClock, district: District) -> None:
    scene = open_scene(session, clock, district)
    commit_all(session, clock, scene)
    reveal_all(session, clock, scene, 0, 1)
    assert (scene.protocol.status, scene.round.status) == (DrawStatus.REVEALING, RoundStatus.FROZEN)

    reveal_all(session, clock, scene, 2)

    row = the_draw(session)
    said = json.loads(row.document)
    assert (scene.protocol.status, scene.round.status) == (DrawStatus.DRAWN, RoundStatus.DRAWN)
    assert document_faults(row.document) == ()
    assert [party["secret"] for party in said["parties"]] == [secret_of(number) for number in range(3)]
    assert said["terms"]["mode"] == "parties"
    assert row.seed == scene.protocol.seed == said["seed"]


@pytest.mark.parametrize("kind", list(HashKind))
def test_draw_by_each_hash_holds(session: Session, clock: FixedClock, district: District, kind: HashKind) -> None:
    scene = open_scene(session, clock, district, kind=kind)
    commit_all(session, clock, scene)
    reveal_all(session, clock, scene)

    row = the_draw(session)
    assert row.algorithm == f"{kind}-rank-2"
    assert document_faults(row.document) == ()


def test_lists_are_published_before_any_seed_exists(session: Session, clock: FixedClock, district: District) -> None:
    scene = open_scene(session, clock, district)
    published = {row.list_hash for row in session.exec(select(DrawList))}
    assert (scene.protocol.seed, session.exec(select(Draw)).all()) == ("", [])

    district.sites[0].status = RecordStatus.CLOSED
    session.flush()
    commit_all(session, clock, scene)
    reveal_all(session, clock, scene)

    said = json.loads(the_draw(session).document)
    assert set(said["list_hashes"]) == published
    assert the_draw(session).listed == 20


def waiting_scene(session: Session, clock: FixedClock, district: District, **values: Any) -> Scene:
    """All secrets are in and the public value is awaited."""
    scene = open_scene(session, clock, district, **LOTTERY | {"fallback": DrawFallback.ABORT} | values)
    commit_all(session, clock, scene)
    reveal_all(session, clock, scene)
    return scene


def test_value_that_never_appears_aborts_where_nothing_else_was_chosen(
    session: Session, clock: FixedClock, district: District
) -> None:
    scene = waiting_scene(session, clock, district)
    assert scene.protocol.public_at is not None
    assert scene.protocol.value_until == scene.protocol.public_at + 7 * DAY

    assert protocol.settle(session, FixedClock(scene.protocol.value_until), None, scene.protocol) is DrawStatus.READY
    late = FixedClock(scene.protocol.value_until + DAY)
    with pytest.raises(ConflictError) as refused:
        protocol.finish(session, late, district.coordinator, scene.protocol, value="01", origin="公报")

    assert protocol.settle(session, late, None, scene.protocol) is DrawStatus.ABORTED
    assert refused.value.code == "too_late"
    assert (scene.protocol.abort_reason, session.exec(select(Draw)).all()) == ("no_value", [])
    assert records.find_live(session, scene.round) is None


def test_value_that_never_appears_is_left_out_where_that_was_chosen_before(
    session: Session, clock: FixedClock, district: District
) -> None:
    until = LATER + DAY
    scene = waiting_scene(session, clock, district, value_fallback=ValueFallback.WITHOUT, value_until=until)

    status = protocol.settle(session, FixedClock(until + DAY), None, scene.protocol)

    said = json.loads(the_draw(session).document)
    assert (status, said["public_value"], said["terms"]["value_fallback"]) == (DrawStatus.DRAWN, "", "without")
    assert document_faults(the_draw(session).document) == ()
    assert STAND_ALONE(said) == []


def test_value_left_out_against_the_terms_is_found(session: Session, clock: FixedClock, district: District) -> None:
    scene = waiting_scene(session, clock, district)
    frozen = read_list(session.exec(select(DrawList.document).where(col(DrawList.task_id).is_not(None))).one())
    sources = protocol.sources_of_protocol(session, scene.protocol)

    text = draw_document(frozen, sources, draw(frozen, sources.seed))

    assert document_faults(text) == ("parties",)
    assert STAND_ALONE(json.loads(text)) == ["parties"]


def test_public_value_is_waited_for(session: Session, clock: FixedClock, district: District) -> None:
    scene = open_scene(session, clock, district, **LOTTERY)
    commit_all(session, clock, scene)
    reveal_all(session, clock, scene)
    assert scene.protocol.status is DrawStatus.READY

    with pytest.raises(ConflictError) as early:
        protocol.finish(session, clock, district.coordinator, scene.protocol, value="01 02 03", origin="公报")
    protocol.finish(session, FixedClock(LATER), district.coordinator, scene.protocol, value="01 02 03", origin="公报")

    assert early.value.code == "value_not_there_yet"
    assert json.loads(the_draw(session).document)["public_value"] == "01 02 03"
    assert document_faults(the_draw(session).document) == ()


def test_party_that_keeps_back_aborts_for_all_to_see(session: Session, clock: FixedClock, district: District) -> None:
    scene = open_scene(session, clock, district)
    commit_all(session, clock, scene)
    reveal_all(session, clock, scene, 0, 1)

    assert protocol.settle(session, clock, None, scene.protocol) is DrawStatus.REVEALING
    assert protocol.settle(session, FixedClock(LATER), None, scene.protocol) is DrawStatus.ABORTED

    event = session.exec(select(AuditEvent).where(AuditEvent.action == "draw.abort")).one()
    assert event.after == {"missing": ["见证方2"]}
    assert scene.protocol.abort_reason == "not_revealed: 见证方2"
    assert session.exec(select(Draw)).all() == []
    assert scene.round.status is RoundStatus.FROZEN


def test_draw_goes_on_without_a_party_as_agreed(session: Session, clock: FixedClock, district: District) -> None:
    scene = open_scene(session, clock, district, **PROCEED)
    commit_all(session, clock, scene)
    reveal_all(session, clock, scene, 0, 1)

    protocol.settle(session, FixedClock(LATER), None, scene.protocol)
    assert scene.protocol.status is DrawStatus.READY
    protocol.finish(session, FixedClock(LATER), district.coordinator, scene.protocol, value="07", origin="公报")

    said = json.loads(the_draw(session).document)
    assert said["parties"][2]["secret"] is None
    assert document_faults(the_draw(session).document) == ()


def test_party_that_never_commits_is_left_out_as_agreed(
    session: Session, clock: FixedClock, district: District
) -> None:
    scene = open_scene(session, clock, district, **PROCEED)
    commit_all(session, clock, scene, 0, 1)
    protocol.settle(session, FixedClock(NOW + DAY + timedelta(hours=1)), None, scene.protocol)
    reveal_all(session, FixedClock(NOW + DAY + timedelta(hours=2)), scene, 0, 1)

    protocol.finish(session, FixedClock(LATER), district.coordinator, scene.protocol, value="07", origin="公报")

    assert document_faults(the_draw(session).document) == ()


def test_nobody_commits_after_a_secret_is_known(session: Session, clock: FixedClock, district: District) -> None:
    scene = open_scene(session, clock, district, **PROCEED)
    commit_all(session, clock, scene, 0, 1)
    late = FixedClock(NOW + DAY + timedelta(hours=1))
    with pytest.raises(TransitionError):
        reveal_all(session, clock, scene, 0)
    with pytest.raises(ConflictError) as too_late:
        commit_all(session, late, scene, 2)
    protocol.settle(session, late, None, scene.protocol)
    reveal_all(session, late, scene, 0)

    with pytest.raises(TransitionError):
        commit_all(session, late, scene, 2)
    assert too_late.value.code == "too_late"


def test_commitment_binds(session: Session, clock: FixedClock, district: District) -> None:
    scene = open_scene(session, clock, district)
    commit_all(session, clock, scene, 0)
    parties = records.list_parties(session, scene.protocol)

    with pytest.raises(ConflictError) as again:
        commit_all(session, clock, scene, 0)
    with pytest.raises(InvalidError) as copied:
        protocol.pledge(session, clock, scene.actors[1], parties[1], parties[0].commitment)
    with pytest.raises(InvalidError) as no_hash:
        protocol.pledge(session, clock, scene.actors[1], parties[1], "42")
    commit_all(session, clock, scene, 1, 2)
    with pytest.raises(InvalidError) as other:
        protocol.reveal(session, clock, scene.actors[0], parties[0], secret="another secret", salt="salt")

    assert again.value.code == "already_committed"
    assert faults_of(copied) == [("commitment", "commitment_copied")]
    assert faults_of(no_hash) == [("commitment", "not_a_hash")]
    assert faults_of(other) == [("secret", "wrong_secret")]


def test_only_the_holder_of_a_seat_speaks_for_it(session: Session, clock: FixedClock, district: District) -> None:
    scene = open_scene(session, clock, district)
    party = records.list_parties(session, scene.protocol)[0]

    for stranger in (scene.actors[1], district.coordinator, district.clerk):
        with pytest.raises(NotPermittedError):
            protocol.pledge(session, clock, stranger, party, "0" * 64)
        with pytest.raises(NotFoundError):
            protocol.get_party(session, stranger, party.uid)
    assert protocol.get_party(session, scene.actors[0], party.uid) == party
    assert [own.uid for own, _ in protocol.own_seats(session, scene.actors[0])] == [party.uid]


def test_role_may_hold_a_seat(session: Session, clock: FixedClock, district: District) -> None:
    seats = (Seat(name="司法局", role=Role.SUPERVISOR), Seat(name="区领导", role=Role.APPROVER))
    rules = replace(make_rules(session, ()), seats=seats)
    scene_round = frozen_round(session, clock, district, {})
    opened = protocol.open_draw(session, clock, district.coordinator, scene_round, rules)
    speaker = factories.make_actor(session, Role.SUPERVISOR)

    protocol.pledge(session, clock, speaker, records.list_parties(session, opened)[0], "a" * 64)

    assert [one.commitment for one in records.list_parties(session, opened)] == ["a" * 64, ""]


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"commit_until": NOW}, ("commit_until", "in_the_past")),
        ({"reveal_until": NOW + DAY}, ("reveal_until", "not_in_order")),
        ({"reveal_until": NOW + 400 * DAY}, ("reveal_until", "after_round")),
        ({"fallback": DrawFallback.PROCEED}, ("public_source", "value_needed")),
        ({**LOTTERY, "public_at": NOW + DAY}, ("public_at", "value_too_early")),
        ({"public_source": "双色球"}, ("public_at", "required")),
        ({"public_at": NOW + 3 * DAY}, ("public_source", "required")),
        ({"floor": "5%"}, ("floor", "ratio_text")),
        ({"seats": (Seat(name="一", role=Role.SUPERVISOR),)}, ("seats", "too_few_parties")),
        (LOTTERY | {"value_until": NOW + 2 * DAY}, ("value_until", "not_in_order")),
        (PROCEED | {"value_fallback": ValueFallback.WITHOUT}, ("value_fallback", "choice_of_two")),
        ({"seats": (Seat(name="一", role=Role.SUPERVISOR),) * 10}, ("seats", "too_many_parties")),
        ({"seats": (Seat(name="一", role=Role.SUPERVISOR),) * 2}, ("seats", "seat_twice")),
        ({"seats": (Seat(name="一"), Seat(name="二", role=Role.HEAD))}, ("seats", "required")),
        ({"seats": (Seat(name="一", role=Role.COORDINATOR), Seat(name="二", role=Role.HEAD))}, ("seats", "own_seat")),
        (
            {"seats": (Seat(name="一", username="nobody"), Seat(name="二", role=Role.HEAD))},
            ("seats", "no_such_account"),
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_rules_that_could_be_bent_are_refused(
    session: Session, clock: FixedClock, district: District, values: dict[str, Any], fault: tuple[str, str]
) -> None:
    round_ = frozen_round(session, clock, district, {})
    actors = tuple(factories.make_actor(session, Role.SUPERVISOR) for _ in range(2))

    with pytest.raises(InvalidError) as error:
        protocol.open_draw(session, clock, district.coordinator, round_, replace(make_rules(session, actors), **values))

    assert fault in faults_of(error)
    assert session.exec(select(DrawProtocol)).all() == []


def test_draw_before_the_freeze_is_refused(session: Session, clock: FixedClock, district: District) -> None:
    round_ = factories.make_round(session)
    with pytest.raises(TransitionError):
        protocol.open_draw(session, clock, district.coordinator, round_, make_rules(session, ()))
    with pytest.raises(TransitionError):
        draws.draw_round(session, clock, district.coordinator, round_)


def test_lists_stay_when_they_are_published(session: Session, clock: FixedClock, district: District) -> None:
    scene = open_scene(session, clock, district)

    with pytest.raises(ConflictError) as refrozen:
        rounds.refreeze_round(session, clock, district.coordinator, scene.round, reason="名录有变")
    with pytest.raises(ConflictError) as alone:
        draws.draw_round(session, clock, district.coordinator, scene.round)
    with pytest.raises(ConflictError) as anew:
        protocol.open_draw(session, clock, district.coordinator, scene.round, make_rules(session, scene.actors))

    codes = (refrozen.value.code, alone.value.code, anew.value.code)
    assert codes == ("lists_published", "draw_under_way", "draw_under_way")


def test_second_draw_after_a_draw_is_refused(session: Session, clock: FixedClock, district: District) -> None:
    scene = open_scene(session, clock, district)
    commit_all(session, clock, scene)
    reveal_all(session, clock, scene)

    with pytest.raises(TransitionError):
        protocol.open_draw(
            session, clock, district.coordinator, scene.round, make_rules(session, scene.actors, reason="不满意")
        )
    with pytest.raises(TransitionError):
        draws.draw_round(session, clock, district.coordinator, scene.round)


def test_second_attempt_needs_a_reason_and_other_parties(
    session: Session, clock: FixedClock, district: District
) -> None:
    scene = open_scene(session, clock, district)
    commit_all(session, clock, scene)
    reveal_all(session, clock, scene, 0, 1)
    later = FixedClock(LATER)
    protocol.settle(session, later, None, scene.protocol)
    times = {"commit_until": LATER + DAY, "reveal_until": LATER + 2 * DAY}

    same = make_rules(session, scene.actors, **times)
    with pytest.raises(InvalidError) as error:
        protocol.open_draw(session, later, district.coordinator, scene.round, same)
    with pytest.raises(ConflictError):
        draws.draw_round(session, later, district.coordinator, scene.round)
    rules = make_rules(session, scene.actors[:2], reason="第三方未公开密语", **times)
    second = protocol.open_draw(session, later, district.coordinator, scene.round, rules)

    assert {code for _, code in faults_of(error)} == {"party_refused_before", "reason_for_second_draw"}
    assert [(one.attempt, one.status) for one in records.list_protocols(session, scene.round)] == [
        (2, DrawStatus.COMMITTING),
        (1, DrawStatus.ABORTED),
    ]
    hashes = [
        set(session.exec(select(DrawList.list_hash).where(DrawList.protocol_id == one.id)))
        for one in (scene.protocol, second)
    ]
    assert hashes[0].isdisjoint(hashes[1])


def test_same_task_in_another_round_needs_a_reason(session: Session, clock: FixedClock, district: District) -> None:
    scene = open_scene(session, clock, district, task={"fingerprint": "f" * 64})
    commit_all(session, clock, scene)
    reveal_all(session, clock, scene)
    again = factories.make_round(session)
    plan = factories.make_plan(session, district.organisation, status=PlanStatus.FILED)
    factories.make_task(session, plan, scenario_id=district.scenario.id, fingerprint="f" * 64)
    rounds.freeze_round(session, clock, district.coordinator, again)

    with pytest.raises(InvalidError) as error:
        protocol.open_draw(session, clock, district.coordinator, again, make_rules(session, scene.actors))

    assert faults_of(error) == [("reason", "reason_for_second_draw")]
    assert [earlier.uid for _, earlier in repeated_tasks(session, again)] == [the_draw(session).uid]


def test_draw_is_called_off_only_while_nobody_knows_anything(
    session: Session, clock: FixedClock, district: District
) -> None:
    scene = open_scene(session, clock, district)
    with pytest.raises(InvalidError):
        protocol.abort(session, clock, district.coordinator, scene.protocol, " ")
    commit_all(session, clock, scene)

    with pytest.raises(TransitionError):
        protocol.abort(session, clock, district.coordinator, scene.protocol, "改期")
    with pytest.raises(NotPermittedError):
        protocol.abort(session, clock, district.clerk, scene.protocol, "改期")


def test_every_step_is_in_the_audit_trail(session: Session, clock: FixedClock, district: District) -> None:
    scene = open_scene(session, clock, district, parties=2)
    commit_all(session, clock, scene)
    reveal_all(session, clock, scene)

    actions = session.exec(select(AuditEvent.action).order_by(col(AuditEvent.number))).all()
    assert list(actions)[-6:] == ["draw.open", "draw.commit", "draw.commit", "draw.reveal", "draw.reveal", "round.draw"]


def test_exclusions_stand_in_the_list_with_their_reasons(
    session: Session, clock: FixedClock, district: District
) -> None:
    closed, white, quiet, short, recused = district.sites[:5]
    closed.status = RecordStatus.CLOSED
    session.get_one(Enterprise, white.enterprise_id).whitelisted = True
    span = {"first_date": date(2026, 3, 1), "last_date": date(2026, 3, 31)}
    session.add(Closure(site_id=quiet.id, kind="quiet", **span))
    session.add(Closure(site_id=short.id, kind="quiet", **span | {"last_date": date(2026, 3, 9)}))
    officers = [factories.make_officer(session, district.organisation) for _ in range(3)]
    session.add_all(
        Recusal(officer_id=one.id, enterprise_id=recused.enterprise_id, noted_on=date(2026, 1, 1))
        for one in officers[:2]
    )
    session.flush()

    open_scene(session, clock, district)

    row = session.exec(select(DrawList).where(col(DrawList.task_id).is_not(None))).one()
    said = json.loads(row.document)
    assert {uid: reason for _, uid, reason in said["excluded"]} == {
        closed.uid: ExclusionReason.CLOSED,
        white.uid: ExclusionReason.WHITELISTED,
        quiet.uid: ExclusionReason.QUIET,
        recused.uid: ExclusionReason.RECUSED,
    }
    assert row.listed == 16
    assert said["class_months"] == ["2026-02"]


def test_floor_is_kept(session: Session, clock: FixedClock, district: District) -> None:
    scene = open_scene(session, clock, district, floor="0.3", task={"ratio": 0.05})
    commit_all(session, clock, scene)
    reveal_all(session, clock, scene)

    assert the_draw(session).drawn == 6
    assert document_faults(the_draw(session).document) == ()


def test_officers_are_frozen_with_the_sites(session: Session, clock: FixedClock, district: District) -> None:
    officers = [factories.make_officer(session, district.organisation) for _ in range(3)]
    officers[2].status = RecordStatus.CLOSED
    scene = open_scene(session, clock, district)
    commit_all(session, clock, scene)
    reveal_all(session, clock, scene)

    pool = session.exec(select(DrawList).where(col(DrawList.organisation_id) == district.organisation.id)).one()
    expected = sorted([one.certificate_number, one.uid] for one in officers[:2])
    assert json.loads(pool.document)["officers"] == expected
    assert pool.list_hash in json.loads(the_draw(session).document)["list_hashes"]


def test_hidden_task_is_drawn_by_its_blind(session: Session, clock: FixedClock, district: District) -> None:
    scene = open_scene(session, clock, district, task={"notice_mode": NoticeMode.UNANNOUNCED})
    commit_all(session, clock, scene)
    reveal_all(session, clock, scene)

    said = json.loads(the_draw(session).document)
    assert said["blind"] == scene.protocol.blind
    assert document_faults(json.dumps(said | {"blind": ""})) != ()


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(DrawList).values(listed=1),
        sa.delete(DrawList),
        sa.update(DrawParty).values(commitment="b" * 64),
        sa.update(DrawParty).values(secret="something else"),
        sa.update(DrawProtocol).values(seed="c" * 64),
        sa.update(DrawProtocol).values(fallback="proceed"),
        sa.update(DrawProtocol).values(value_fallback="without"),
    ],
    ids=["list", "list_gone", "commitment", "secret", "seed", "fallback", "value fallback"],
)
def test_database_keeps_what_was_published(engine: sa.Engine, clock: FixedClock, statement: Any) -> None:
    with unit_of_work(engine) as session:
        district = make_district(session)
        scene = open_scene(session, clock, district, parties=2)
        commit_all(session, clock, scene)
        reveal_all(session, clock, scene)

    with pytest.raises(sa.exc.DBAPIError, match="append-only"), unit_of_work(engine) as session:
        session.execute(statement)
