"""Plans at the shell: who is asked to countersign sees it there and answers there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session
from typer.testing import CliRunner, Result

from data.enums import PlanStatus, Role
from data.models import Plan, PlanTaskPartner
from data.session import make_engine, reading, unit_of_work
from scheduler.cli import app
from scheduler.clock import FixedClock
from scheduler.commands import context
from scheduler.filing import stages
from tests import factories
from tests.factories import stored_id


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database of its own that the commands are told of in the way that a person tells them."""
    path = tmp_path / "shell.db"
    path.write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("ONEDOOR_DATABASE_URL", f"sqlite:///{path}")
    for cached in (context.settings, context.engine, context.bare_engine):
        cached.cache_clear()
    yield f"sqlite:///{path}"
    context.bare_engine().dispose()
    for cached in (context.settings, context.engine, context.bare_engine):
        cached.cache_clear()


def asking_plan(session: Session, clock: FixedClock) -> tuple[str, str, str]:
    """A plan that waits for a partner: its uid, the partner's clerk, and a clerk who was not asked."""
    body, partner, stranger = (factories.make_organisation(session) for _ in range(3))
    plan = factories.make_plan(session, body)
    task = factories.make_task(session, plan)
    session.add(PlanTaskPartner(task_id=stored_id(task), organisation_id=stored_id(partner)))
    session.flush()
    stages.begin(session, clock, plan)
    clerks = [factories.make_user(session, Role.CLERK, organisation_id=one.id) for one in (partner, stranger)]
    return plan.uid, clerks[0].username, clerks[1].username


def onedoor(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_partner_answers_at_the_shell(database: str, clock: FixedClock) -> None:
    engine = make_engine(database)
    with unit_of_work(engine) as session:
        uid, partner, stranger = asking_plan(session, clock)

    asked = json.loads(onedoor("plans", "asked", "--as", partner, "--json").stdout)
    assert [one["uid"] for one in asked] == [uid]
    assert json.loads(onedoor("plans", "asked", "--as", stranger, "--json").stdout) == []
    assert onedoor("plans", "countersign", uid, "--as", stranger, "--agree").exit_code == 1
    assert onedoor("plans", "countersign", uid, "--as", partner, "--object").exit_code == 1
    agreed = onedoor("plans", "countersign", uid, "--as", partner, "--agree", "--inspectors", "3")
    assert agreed.exit_code == 0, agreed.output
    with reading(engine) as session:
        plan = session.get_one(Plan, 1)
        assert (plan.uid, plan.status) == (uid, PlanStatus.SUBMITTED)
    assert onedoor("plans", "countersign", uid, "--as", partner, "--agree").exit_code == 1
    engine.dispose()
