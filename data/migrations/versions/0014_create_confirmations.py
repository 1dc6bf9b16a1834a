"""Create the tables of confirmations; a notice may ask for one."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STATUSES = "status IN ('waiting', 'consented', 'countered', 'refused', 'lapsed', 'unanswered', 'replaced', 'withdrawn')"
KINDS_BEFORE = "kind IN ('release', 'check_in')"
KINDS = "kind IN ('release', 'check_in', 'confirmation')"
NOTICE_TABLES = ("outboxmessage", "inboxmessage")


def upgrade() -> None:
    for table in NOTICE_TABLES:
        replace_kinds(table, KINDS)
    create_confirmation()
    create_counterproposal()


def downgrade() -> None:
    op.drop_table("counterproposal")
    op.drop_table("confirmation")
    for table in NOTICE_TABLES:
        op.execute(sa.text(f"DELETE FROM {table} WHERE kind = 'confirmation'"))  # noqa: S608 -- names of this module
        replace_kinds(table, KINDS_BEFORE)


def replace_kinds(table: str, rule: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_noticekind"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_noticekind"), rule)


def create_confirmation() -> None:
    op.create_table(
        "confirmation",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("draft_version", sa.Integer(), nullable=False),
        sa.Column("draft_hash", sa.String(64), nullable=False),
        sa.Column("part", sa.JSON(), nullable=False),
        sa.Column("part_hash", sa.String(64), nullable=False),
        sa.Column("invited", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_confirmation"),
        sa.UniqueConstraint(
            "round_id", "organisation_id", "number", name="uq_confirmation_round_id_organisation_id_number"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_confirmation_round_id_round"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_confirmation_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user.id"], name="fk_confirmation_asked_by_id_user"),
        sa.ForeignKeyConstraint(["answered_by_id"], ["user.id"], name="fk_confirmation_answered_by_id_user"),
        sa.CheckConstraint("number >= 1", name=op.f("ck_confirmation_number")),
        sa.CheckConstraint(
            "status NOT IN ('consented', 'countered', 'refused') OR answered_by_id IS NOT NULL",
            name=op.f("ck_confirmation_answered"),
        ),
        sa.CheckConstraint("status <> 'refused' OR reason <> ''", name=op.f("ck_confirmation_reasoned")),
        sa.CheckConstraint(STATUSES, name=op.f("ck_confirmation_confirmationstatus")),
    )
    for column in ("round_id", "organisation_id", "status", "asked_by_id", "due", "answered_by_id"):
        op.create_index(f"ix_confirmation_{column}", "confirmation", [column])
    op.create_index("ix_confirmation_uid", "confirmation", ["uid"], unique=True)


def create_counterproposal() -> None:
    op.create_table(
        "counterproposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("confirmation_id", sa.Integer(), nullable=False),
        sa.Column("visit_uid", sa.String(32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("wanted_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_counterproposal"),
        sa.UniqueConstraint("confirmation_id", "visit_uid", name="uq_counterproposal_confirmation_id_visit_uid"),
        sa.ForeignKeyConstraint(
            ["confirmation_id"], ["confirmation.id"], name="fk_counterproposal_confirmation_id_confirmation"
        ),
        sa.ForeignKeyConstraint(["settled_by_id"], ["user.id"], name="fk_counterproposal_settled_by_id_user"),
        sa.CheckConstraint("(status = 'open') = (settled_at IS NULL)", name=op.f("ck_counterproposal_settled")),
        sa.CheckConstraint("status <> 'declined' OR settled_reason <> ''", name=op.f("ck_counterproposal_declined")),
        sa.CheckConstraint(
            "status IN ('open', 'taken', 'declined', 'dropped')", name=op.f("ck_counterproposal_counterstatus")
        ),
    )
    for column in ("confirmation_id", "visit_uid", "status", "settled_by_id"):
        op.create_index(f"ix_counterproposal_{column}", "counterproposal", [column])
    op.create_index("ix_counterproposal_uid", "counterproposal", ["uid"], unique=True)
