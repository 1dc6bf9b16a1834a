"""The monthly list of credit-risk classes (R40): kept month by month, the newest one copied to the enterprise."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import CreditClass
from data.models import CreditClassMonth, Enterprise
from data.sheets.lists import ListReading
from scheduler.registry import cells
from scheduler.registry.comparison import CellReader, Comparison, ListContext, insert_rows, update_rows


def compare(session: Session, reading: ListReading, context: ListContext) -> Comparison:
    """Compare classes of a month with what is known; an enterprise not listed keeps its class."""
    comparison, month = Comparison(), context.month
    firms = {
        row.credit_code: row
        for row in session.execute(
            sa.select(
                col(Enterprise.id), col(Enterprise.credit_code), col(Enterprise.name), col(Enterprise.credit_class),
                col(Enterprise.credit_month),
            )
        )
    }  # fmt: skip
    stored = {
        row.enterprise_id: row
        for row in session.execute(
            sa.select(
                col(CreditClassMonth.id), col(CreditClassMonth.enterprise_id), col(CreditClassMonth.credit_class)
            ).where(col(CreditClassMonth.month) == month)
        )
    }
    seen: dict[str, int] = {}
    new_months, old_months, current = [], [], []
    for row in reading.rows:
        reader = CellReader(comparison, row.row, row.texts)
        code = reader.read("credit_code", cells.credit_code, must=True)
        letter = reader.read("credit_class", cells.letter, must=True)
        firm = firms.get(code) if code else None
        if code and firm is None:
            reader.refuse("credit_code", "unknown_enterprise", name=row.texts.get("name", ""))
        if code in seen:
            reader.refuse("credit_code", "row_twice", row=seen[code])
        if not reader.faultless or firm is None:
            continue
        seen[code] = row.row
        rating, before = CreditClass(letter), stored.get(firm.id)
        newest = month >= firm.credit_month
        old = before.credit_class if before else firm.credit_class
        if before is None:
            new_months.append({"enterprise_id": firm.id, "month": month, "credit_class": rating})
        elif before.credit_class is not rating:
            old_months.append({"id": before.id, "credit_class": rating})
        if newest and (firm.credit_class, firm.credit_month) != (rating, month):
            current.append({"id": firm.id, "credit_class": rating, "credit_month": month})
        comparison.note(row.row, firm.name, {"credit_class": old}, {"credit_class": rating})
    comparison.writes += [
        lambda session: insert_rows(session, CreditClassMonth, new_months),
        lambda session: update_rows(session, CreditClassMonth, old_months),
        lambda session: update_rows(session, Enterprise, current),
    ]
    return comparison
