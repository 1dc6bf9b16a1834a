"""On what ground bodies inspect (R01, R02): announced, authorised or entrusted, by whom and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from data.enums import Mandate
from data.models import Organisation
from scheduler.clock import Clock, today
from scheduler.errors import Fault
from scheduler.filing.policy_tables import keeping
from scheduler.permissions import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateDraft:
    """The ground as an administrator enters it. `announced_on` None: not announced, so it inspects nobody (R01)."""

    mandate: Mandate
    announced_on: date | None
    entrusted_by_code: str = ""
    entrusted_on: date | None = None
    reason: str = ""


def change_mandate(session: Session, clock: Clock, actor: Actor, body: Organisation, draft: MandateDraft) -> None:
    """Change the ground on which a body inspects; only an entrusted one keeps who entrusted it.

    Raises InvalidError: "required" on "entrusted_by_code", "entrusted_on" and "reason"; "unknown_organisation",
    "entrusts_itself" and "entrusted_further" (an entrusted body entrusts nobody) on "entrusted_by_code";
    "in_the_future" on the dates.
    """
    keeping.begin_change(session, actor)
    giver = keeping.find_body(session, draft.entrusted_by_code)
    entrusted = draft.mandate is Mandate.ENTRUSTED
    faults = keeping.reason_faults(draft.reason) + (_giver_faults(body, giver, draft) if entrusted else [])
    for name in ("announced_on", "entrusted_on"):
        day = getattr(draft, name)
        if day is not None and day > today(clock):
            faults.append(Fault(field=name, code="in_the_future"))
    keeping.refuse(faults)
    before = _told(body)
    body.mandate, body.announced_on = draft.mandate, draft.announced_on
    body.entrusted_by_id = giver.id if entrusted and giver else None
    body.entrusted_on = draft.entrusted_on if entrusted else None
    session.add(body)
    keeping.note(
        session, clock, actor, "organisation.mandate", uid=body.code, before=before, after=_told(body),
        reason=draft.reason,
    )  # fmt: skip


def _giver_faults(body: Organisation, giver: Organisation | None, draft: MandateDraft) -> list[Fault]:
    code = ""
    if not draft.entrusted_by_code:
        code = "required"
    elif giver is None:
        code = "unknown_organisation"
    elif giver.id == body.id:
        code = "entrusts_itself"
    elif giver.mandate is Mandate.ENTRUSTED:
        code = "entrusted_further"
    faults = [Fault(field="entrusted_by_code", code=code)] if code else []
    return faults + ([Fault(field="entrusted_on", code="required")] if draft.entrusted_on is None else [])


def _told(body: Organisation) -> dict[str, Any]:
    return {name: getattr(body, name) for name in ("mandate", "announced_on", "entrusted_by_id", "entrusted_on")}
