"""Give plans their whole life: stages of approval, versions, spans, cases and emergencies, and unfinished tasks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from alembic.operations.base import BatchOperations

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OLD_STATUSES = ("draft", "submitted", "returned", "filed", "in_round", "scheduled", "withdrawn")
STATUSES = (
    "draft", "countersigning", "legal_review", "submitted", "government_review", "returned", "filed", "in_round",
    "scheduled", "replaced", "withdrawn",
)  # fmt: skip
OLD_ROLES = ("clerk", "head", "officer", "coordinator", "approver", "supervisor", "enterprise", "administrator")
ROLES = ("clerk", "head", "legal", *OLD_ROLES[2:])
SPANS = ("single", "annual", "quarterly", "monthly")
TRIGGERS = (
    "complaint", "assigned", "monitoring", "application", "licence", "rectification", "media", "audit", "superior",
)  # fmt: skip
HOURS = ("any", "open", "night", "production")
STAGES = ("countersign", "legal", "head", "government")
VERDICTS = ("waiting", "agreed", "objected", "lapsed")

Rules = dict[str, str]


def one_of(column: str, values: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


PLAN_ADDED: Rules = {
    "revision": "revision >= 1",
    "submission": "submission >= 0",
    "planspan": one_of("span", SPANS),
    "plantrigger": one_of('"trigger"', TRIGGERS),
}
TASK_ADDED: Rules = {
    "minimum": "minimum_yearly IS NULL OR minimum_yearly >= 1",
    "visithours": one_of("hours", HOURS),
}


def plan_columns() -> list[sa.Column]:
    return [
        sa.Column("span", sa.String(24), nullable=False, server_default="single"),
        sa.Column("trigger", sa.String(24), nullable=True),
        sa.Column("clue_number", sa.String(80), nullable=False, server_default=""),
        sa.Column("reviewed_plan_id", sa.Integer(), nullable=True),
        sa.Column("reviewed_visit_uid", sa.String(32), nullable=False, server_default=""),
        sa.Column("emergency", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("emergency_reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("inspected_on", sa.Date(), nullable=True),
        sa.Column("back_file_due", sa.Date(), nullable=True),
        sa.Column("directed", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("publish_drawn", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("document_number", sa.String(80), nullable=False, server_default=""),
        sa.Column("basis", sa.Text(), nullable=False, server_default=""),
        sa.Column("lead_office", sa.String(80), nullable=False, server_default=""),
        sa.Column("contact_name", sa.String(40), nullable=False, server_default=""),
        sa.Column("contact_phone", sa.String(24), nullable=False, server_default=""),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("submission", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("file_number", sa.String(60), nullable=False, server_default=""),
    ]


def task_columns() -> list[sa.Column]:
    return [
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("line_uid", sa.String(32), nullable=False, server_default=""),
        sa.Column("explanation", sa.Text(), nullable=False, server_default=""),
        sa.Column("hours", sa.String(24), nullable=False, server_default="any"),
        sa.Column("equipment", sa.String(200), nullable=False, server_default=""),
        sa.Column("together", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("sequence_note", sa.String(200), nullable=False, server_default=""),
        sa.Column("lead_wish", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("offsite", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("onsite_reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("minimum_yearly", sa.Integer(), nullable=True),
        sa.Column("cap_clause", sa.String(200), nullable=False, server_default=""),
    ]


PLAN_KEYS = {"reviewed_plan_id": "plan", "parent_id": "plan", "replaces_id": "plan"}
TASK_KEYS = {"round_id": "round", "parent_id": "plantask"}
REQUEST_KEY = ("round_id", "task_id", "site_id")


def upgrade() -> None:
    alter("user", old={"role": one_of("role", OLD_ROLES)}, new={"role": one_of("role", ROLES)})
    alter(
        "plan",
        old={"planstatus": one_of("status", OLD_STATUSES)},
        new={"planstatus": one_of("status", STATUSES), **PLAN_ADDED},
        columns=plan_columns(),
        keys=PLAN_KEYS,
    )
    alter("plantask", old={}, new=TASK_ADDED, columns=task_columns(), keys=TASK_KEYS)
    # Plans filed before this were taken whole: their tasks went into the plan's round.
    op.execute("UPDATE plantask SET line_uid = uid")
    op.execute(
        "UPDATE plantask SET round_id = (SELECT round_id FROM plan WHERE plan.id = plantask.plan_id) "
        "WHERE plan_id IN (SELECT id FROM plan WHERE status IN ('in_round', 'scheduled'))"
    )
    op.create_index("ix_plantask_line_uid", "plantask", ["line_uid"])
    widen_requests((*REQUEST_KEY, "organisation_id"), before=REQUEST_KEY)
    create_plandecision()
    create_plansketch()


def downgrade() -> None:
    op.drop_table("plansketch")
    op.drop_table("plandecision")
    widen_requests(REQUEST_KEY, before=(*REQUEST_KEY, "organisation_id"))
    op.drop_index("ix_plantask_line_uid", "plantask")
    narrow("plantask", old=TASK_ADDED, new={}, columns=task_columns(), keys=TASK_KEYS)
    narrow(
        "plan",
        old={"planstatus": one_of("status", STATUSES), **PLAN_ADDED},
        new={"planstatus": one_of("status", OLD_STATUSES)},
        columns=plan_columns(),
        keys=PLAN_KEYS,
    )
    alter("user", old={"role": one_of("role", ROLES)}, new={"role": one_of("role", OLD_ROLES)})


def constraints(table: str, rules: Rules) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in rules.items()]


def alter(
    table: str, *, old: Rules, new: Rules, columns: Sequence[sa.Column] = (), keys: dict[str, str] | None = None
) -> None:
    """Replace CHECK constraints and add columns with their keys; defaults only carry the rows that are there."""
    if columns:
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.add_column(column)
    with op.batch_alter_table(table) as batch:
        swap(batch, table, old, new)
        for column in columns:
            if column.server_default is not None:
                batch.alter_column(column.name, server_default=None)
        for name, target in (keys or {}).items():
            batch.create_foreign_key(f"fk_{table}_{name}_{target}", target, [name], ["id"])
    for name in keys or {}:
        op.create_index(f"ix_{table}_{name}", table, [name])


def narrow(table: str, *, old: Rules, new: Rules, columns: Sequence[sa.Column], keys: dict[str, str]) -> None:
    """Undo `alter`."""
    for name in keys:
        op.drop_index(f"ix_{table}_{name}", table)
    with op.batch_alter_table(table) as batch:
        swap(batch, table, old, new)
        for name, target in keys.items():
            batch.drop_constraint(f"fk_{table}_{name}_{target}", type_="foreignkey")
        for column in columns:
            batch.drop_column(column.name)


def swap(batch: BatchOperations, table: str, old: Rules, new: Rules) -> None:
    for name in old:
        batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
    for name, rule in new.items():
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), rule)


def widen_requests(columns: Sequence[str], *, before: Sequence[str]) -> None:
    """Change which requests are the same one."""
    table = "inspectionrequest"
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(f"uq_{table}_{'_'.join(before)}", type_="unique")
        batch.create_unique_constraint(f"uq_{table}_{'_'.join(columns)}", list(columns))


def create_plandecision() -> None:
    rules = {
        "quarters": "quarters IS NULL OR quarters IN (1, 2, 4)",
        "inspectors": "inspectors IS NULL OR inspectors >= 2",
        "decided": "(verdict IN ('waiting', 'lapsed')) = (decided_by_id IS NULL)",
        "planstage": one_of("stage", STAGES),
        "verdict": one_of("verdict", VERDICTS),
    }
    op.create_table(
        "plandecision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("submission", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(24), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("quarters", sa.Integer(), nullable=True),
        sa.Column("inspectors", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_plandecision"),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name="fk_plandecision_decided_by_id_user"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_plandecision_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_plandecision_plan_id_plan"),
        sa.UniqueConstraint(
            "plan_id", "submission", "stage", "organisation_id",
            name="uq_plandecision_plan_id_submission_stage_organisation_id",
        ),
        *constraints("plandecision", rules),
    )  # fmt: skip
    for column in ("decided_by_id", "organisation_id", "plan_id"):
        op.create_index(f"ix_plandecision_{column}", "plandecision", [column])


def create_plansketch() -> None:
    op.create_table(
        "plansketch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plansketch"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_plansketch_plan_id_plan"),
        sa.ForeignKeyConstraint(["saved_by_id"], ["user.id"], name="fk_plansketch_saved_by_id_user"),
    )
    op.create_index("ix_plansketch_plan_id", "plansketch", ["plan_id"])
    op.create_index("ix_plansketch_saved_by_id", "plansketch", ["saved_by_id"])
    op.create_index("ix_plansketch_uid", "plansketch", ["uid"], unique=True)
