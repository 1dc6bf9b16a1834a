"""The body of a released visit: one document with snapshots of all names, so that it stays true when rows change.

`public` is what the enterprise may see; `internal` is for those who go; `context` is kept for the record and is never a
reason for a notice. Nothing in `public` depends on any other visit, least of all on an unannounced one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import Session, col, func, select

from data.enums import CapHolder, CapSubject, CreditClass, NoticeMode, RecipientKind
from data.models import (
    Enterprise,
    InspectionItem,
    InspectionRecord,
    InspectionRequest,
    Officer,
    Organisation,
    Plan,
    PlanTask,
    PlanTaskItem,
    Round,
    Site,
    Town,
)
from scheduler.audit import canonical_json, sha256
from scheduler.filing.caps.plan_caps import effective_classes
from scheduler.filing.caps.policy import CapTable, Target, load_cap_table
from scheduler.planning.days import QUARTER_MINUTES, QUARTER_STARTS
from scheduler.planning.drafts import DraftVisit, chunks
from scheduler.publishing.body_facts import Facts, load_facts, plan_lines

Document = dict[str, Any]
PREPARE_ALWAYS: Final = ("licences", "contact_person")
"""What every crew asks for first: the licences of the place, and somebody who knows it."""
PREPARE_RECORDS: Final = "records_of_items"


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Everything that bodies take their names from, by row id; `counts` by (enterprise, year).

    `contacts`: task -> (name, telephone) of who answers for its plan; `items`: task -> (text as written, legal basis,
    what to prepare); `classes`: site -> the credit class that counts.
    """

    organisations: Mapping[int | None, Organisation]
    officers: Mapping[int | None, Officer]
    towns: Mapping[int | None, Town]
    enterprises: Mapping[int | None, Enterprise]
    tasks: Mapping[int | None, PlanTask]
    contacts: Mapping[int, tuple[str, str]]
    items: Mapping[int, Sequence[tuple[str, str, str]]]
    counts: Mapping[tuple[int, int], Mapping[str, int]]
    caps: CapTable
    classes: Mapping[int | None, CreditClass]
    facts: Facts


def load_names(session: Session, draft: Sequence[DraftVisit]) -> Names:
    """Read what the bodies of these visits need, with one query a table and chunk."""
    organisations = {row.id: row for row in session.exec(select(Organisation))}
    owners = sorted({one.site.enterprise_id for one in draft})
    numbers = sorted({request.task_id for one in draft for request in one.requests})
    tasks: dict[int | None, PlanTask] = {
        row.id: row
        for ids in chunks(numbers)
        for row in session.exec(select(PlanTask).where(col(PlanTask.id).in_(ids)))
    }
    return Names(
        organisations=organisations,
        officers={row.id: row for row in session.exec(select(Officer))},
        towns={row.id: row for row in session.exec(select(Town))},
        enterprises={
            row.id: row
            for ids in chunks(owners)
            for row in session.exec(select(Enterprise).where(col(Enterprise.id).in_(ids)))
        },
        tasks=tasks,
        contacts=load_contacts(session, numbers),
        items=load_items(session, numbers),
        counts=_counts(session, owners, {one.visit.day.year for one in draft}, organisations),
        caps=load_cap_table(session),
        classes=effective_classes(session, [one.site for one in draft]),
        facts=load_facts(session, tasks),
    )


def load_contacts(session: Session, tasks: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Read who answers for the plans of these tasks: task -> (name, telephone)."""
    found: dict[int, tuple[str, str]] = {}
    for ids in chunks(tasks):
        statement = select(PlanTask.id, Plan.contact_name, Plan.contact_phone).join(
            Plan, col(PlanTask.plan_id) == col(Plan.id)
        )
        for task_id, name, phone in session.exec(statement.where(col(PlanTask.id).in_(ids))):
            found[task_id or 0] = (name, phone)
    return found


def load_items(session: Session, tasks: Sequence[int]) -> dict[int, list[tuple[str, str, str]]]:
    """Read what the tasks check: task -> (text as written; legal basis and what to prepare, of an item we know)."""
    found: dict[int, list[tuple[str, str, str]]] = {}
    for ids in chunks(tasks):
        statement = (
            select(PlanTaskItem, InspectionItem)
            .join(InspectionItem, col(PlanTaskItem.item_id) == col(InspectionItem.id), isouter=True)
            .where(col(PlanTaskItem.task_id).in_(ids))
            .order_by(col(PlanTaskItem.task_id), col(PlanTaskItem.position), col(PlanTaskItem.id))
        )
        for written, item in session.exec(statement):
            found.setdefault(written.task_id, []).append(
                (written.text, item.legal_basis if item else "", item.preparation if item else "")
            )
    return found


def _counts(
    session: Session, owners: Sequence[int], years: set[int], organisations: Mapping[int | None, Organisation]
) -> dict[tuple[int, int], dict[str, int]]:
    """(enterprise, year) -> visits that took place, by organisation's code, and "" for all of them."""
    counts: dict[tuple[int, int], dict[str, int]] = {}
    for year in sorted(years):
        for ids in chunks(owners):
            parts = (
                select(col(Site.enterprise_id), col(InspectionRecord.organisation_id), func.count())
                .join(Site, col(InspectionRecord.site_id) == col(Site.id))
                .where(col(Site.enterprise_id).in_(ids), *_in_year(year))
                .group_by(col(Site.enterprise_id), col(InspectionRecord.organisation_id))
            )
            for owner, organisation, number in session.exec(parts):
                counts.setdefault((owner, year), {})[organisations[organisation].code] = number
            whole = (
                select(col(Site.enterprise_id), func.count(func.distinct(col(InspectionRecord.visit_uid))))
                .join(Site, col(InspectionRecord.site_id) == col(Site.id))
                .where(col(Site.enterprise_id).in_(ids), *_in_year(year))
                .group_by(col(Site.enterprise_id))
            )
            for owner, number in session.exec(whole):
                counts.setdefault((owner, year), {})[""] = number
    return counts


def _in_year(year: int) -> tuple[Any, Any]:
    return col(InspectionRecord.day) >= date(year, 1, 1), col(InspectionRecord.day) <= date(year, 12, 31)


def visit_document(round_: Round, one: DraftVisit, names: Names) -> Document:
    """Write one visit as a document of plain values; lists in a fixed order."""
    enterprise = names.enterprises[one.site.enterprise_id]
    return {
        "visit": one.visit.uid,
        "hidden": one.visit.notice_mode is NoticeMode.UNANNOUNCED,
        "cancelled": False,
        "public": public_part(one, enterprise, names),
        "context": {
            "round": round_.name,
            "credit_class": str(enterprise.credit_class),
            "plans": plan_lines(names.facts, names.caps, one, names.tasks, names.organisations),
        },
        "internal": {
            "start_quarter": one.visit.start_quarter,
            "quarters": one.visit.quarters,
            "requests": [_request(request, one, names) for request in one.requests],
        },
    }


def public_part(one: DraftVisit, enterprise: Enterprise, names: Names) -> Document:
    hour, minute = QUARTER_STARTS[one.visit.start_quarter]
    departments = _departments(one, names)
    items = _item_lines(one, names)
    return {
        "date": one.visit.day.isoformat(),
        "starts": f"{hour:02d}:{minute:02d}",
        "minutes": QUARTER_MINUTES * one.visit.quarters,
        "enterprise": enterprise.name,
        "credit_code": enterprise.credit_code,
        "site": one.site.name,
        "address": one.site.address,
        "town": names.towns[one.site.town_id].name,
        "departments": departments,
        "items": items,
        "officers": _officers(one, names),
        "contacts": _contact_lines(one, names),
        "prepare": [*PREPARE_ALWAYS, *([PREPARE_RECORDS] if any(line["basis"] for line in items) else [])],
        "materials": _materials(one, names),
        "frequency": _frequency(one, enterprise, departments, names),
    }


def _departments(one: DraftVisit, names: Names) -> list[Document]:
    lead = one.visit.lead_organisation_id
    bodies = sorted(
        {request.organisation_id for request in one.requests},
        key=lambda body: (body != lead, names.organisations[body].code),
    )
    rows = [names.organisations[body] for body in bodies]
    return [
        {"code": row.code, "name": row.name, "short": row.short_name, "name_en": row.name_en, "leads": row.id == lead}
        for row in rows
    ]


def _item_lines(one: DraftVisit, names: Names) -> list[Document]:
    """What is checked, once each; a task without items stands for itself."""
    lines: dict[tuple[str, str], str] = {}
    for request in one.requests:
        code = names.organisations[request.organisation_id].code
        task = names.tasks[request.task_id]
        for text, basis, _ in names.items.get(request.task_id) or [(task.name, "", "")]:
            lines.setdefault((code, text), basis)
    return [{"department": code, "text": text, "basis": basis} for (code, text), basis in sorted(lines.items())]


def _contact_lines(one: DraftVisit, names: Names) -> list[Document]:
    """Whom to call, by department; only those who can be called."""
    lines = {
        (names.organisations[request.organisation_id].code, *names.contacts.get(request.task_id, ("", "")))
        for request in one.requests
    }
    return [{"department": code, "name": name, "phone": phone} for code, name, phone in sorted(lines) if phone]


def _materials(one: DraftVisit, names: Names) -> list[Document]:
    """What to have ready, merged over all departments: each thing once, with the codes of those who ask for it."""
    wanted: dict[str, set[str]] = {}
    for request in one.requests:
        code = names.organisations[request.organisation_id].code
        for _, _, preparation in names.items.get(request.task_id, ()):
            for line in preparation.splitlines():
                thing = " ".join(line.split()).strip("；;。.")
                if thing:
                    wanted.setdefault(thing, set()).add(code)
    return [{"text": thing, "departments": sorted(codes)} for thing, codes in sorted(wanted.items())]


def _officers(one: DraftVisit, names: Names) -> list[Document]:
    crew = [names.officers[officer] for officer in {slot.officer_id for slot in one.crew}]
    lead = one.visit.lead_officer_id
    ordered = sorted(crew, key=lambda row: (row.id != lead, row.organisation_id, row.certificate_number))
    return [
        {
            "name": row.name,
            "certificate": row.certificate_number,
            "department": names.organisations[row.organisation_id].code,
            "leads": row.id == lead,
        }
        for row in ordered
    ]


def _frequency(one: DraftVisit, enterprise: Enterprise, departments: list[Document], names: Names) -> Document:
    """How often the enterprise has been visited this year: visits that took place, never those that are planned.

    `cap`: how many a year the policies leave to the department at this enterprise; None where there is no limit.
    """
    year = one.visit.day.year
    counts = names.counts.get((enterprise.id or 0, year), {})
    caps = _caps(one, enterprise, names)
    by_department = [
        {"code": row["code"], "visits": counts.get(row["code"], 0), "cap": caps.get(row["code"])} for row in departments
    ]
    return {"year": year, "visits": counts.get("", 0), "by_department": by_department}


def _caps(one: DraftVisit, enterprise: Enterprise, names: Names) -> dict[str, int | None]:
    """Code -> the yearly limit of an organ at an enterprise, from policies alone: no balance is asked, which would
    tell of inspections that are only planned."""
    target = Target(
        site_id=one.site.id or 0,
        enterprise_id=one.site.enterprise_id,
        scenario_id=one.site.scenario_id,
        credit_class=names.classes.get(one.site.id, enterprise.credit_class),
    )
    found: dict[str, int | None] = {}
    for organisation_id in {request.organisation_id for request in one.requests}:
        organisation = names.organisations[organisation_id]
        for claim in names.caps.claims(organisation, target, year=one.visit.day.year):
            if (claim.holder, claim.subject, claim.item_id) == (CapHolder.ORGAN, CapSubject.ENTERPRISE, None):
                found[organisation.code] = claim.most
    return found


def _request(request: InspectionRequest, one: DraftVisit, names: Names) -> Document:
    crew = {slot.officer_id for slot in one.crew if slot.request_id == request.id}
    return {
        "request": request.uid,
        "department": names.organisations[request.organisation_id].code,
        "task": names.tasks[request.task_id].name,
        "quarters": request.quarters,
        "inspectors": request.inspectors,
        "officers": sorted(names.officers[officer].uid for officer in crew),
    }


def parties_of(document: Document) -> list[tuple[RecipientKind, str]]:
    """Say who takes part in a visit: departments by code, officers by public id; sorted, each once."""
    requests = document["internal"]["requests"]
    bodies = {(RecipientKind.ORGANISATION, str(request["department"])) for request in requests}
    people = {(RecipientKind.OFFICER, str(uid)) for request in requests for uid in request["officers"]}
    return sorted(bodies | people)


def public_hash(document: Document) -> str:
    """Hash of what the enterprise may see, without the frequency: being visited elsewhere changes no visit."""
    return public_part_hash(document["public"])


def public_part_hash(public: Document) -> str:
    """Hash of a public part by itself, the same as that of the document it stands in."""
    return sha256(canonical_json(_core(public)))


def roster_hash(document: Document) -> str:
    """Hash of what those who go may see."""
    return sha256(canonical_json([_core(document["public"]), document["internal"], document["hidden"]]))


def _core(public: Document) -> Document:
    return {name: value for name, value in public.items() if name != "frequency"}


def content_hash(documents: Sequence[Document]) -> str:
    """Hash of a release: SHA-256 of the canonical JSON of its documents, sorted by visit."""
    return sha256(canonical_json(sorted(documents, key=lambda document: str(document["visit"]))))
