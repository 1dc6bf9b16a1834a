"""A draft that waits for its departments, in a house: what the journey of a decision and the manual start from."""

from __future__ import annotations

from sqlmodel import select

from data.enums import ConfirmationStatus, Role
from data.models import Round, User
from data.session import unit_of_work
from scheduler.confirming.asking import ask_departments
from scheduler.confirming.records import list_live
from scheduler.planning.drafts import touch_draft
from tests.factories import actor_of
from tests.journeys.houses import House


def reopen(house: House) -> str:
    """Open the published round again by an edit; nobody is asked yet. Returns the uid of the round."""
    with unit_of_work(house.engine) as session:
        user = session.exec(select(User).where(User.username == house.cast.users[Role.COORDINATOR])).one()
        round_ = session.exec(select(Round).where(Round.uid == house.cast.uids["round"])).one()
        touch_draft(session, house.clock, actor_of(user), round_, reason="企业要求改期")
        for one in list_live(session, round_.id):
            one.status = ConfirmationStatus.WITHDRAWN
            session.add(one)
        return round_.uid


def ask_all(house: House) -> dict[int, str]:
    """Ask the departments of the reopened round; {organisation id: uid of its question}."""
    with unit_of_work(house.engine) as session:
        user = session.exec(select(User).where(User.username == house.cast.users[Role.COORDINATOR])).one()
        round_ = session.exec(select(Round).where(Round.uid == house.cast.uids["round"])).one()
        ask_departments(session, house.clock, actor_of(user), round_)
        return {one.organisation_id: one.uid for one in list_live(session, round_.id)}


def settle_others(house: House, keep: str) -> None:
    """Let every other department agree, so that only the question `keep` is left."""
    with unit_of_work(house.engine) as session:
        user = session.exec(select(User).where(User.username == house.cast.users[Role.COORDINATOR])).one()
        round_ = session.exec(select(Round).where(Round.uid == house.cast.uids["round"])).one()
        for one in list_live(session, round_.id):
            if one.uid != keep:
                one.status, one.answered_by_id = ConfirmationStatus.CONSENTED, user.id
                one.answered_at = house.clock.now()
                session.add(one)
