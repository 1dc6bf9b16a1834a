"""Open more channels: addresses of recipients, what was told on which channel, proofs, concerns, and jobs' results."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CHANNELS = "channel IN ('inbox', 'email', 'gateway', 'print')"
OLD_CHANNELS = "channel IN ('inbox')"
KINDS = "kind IN ('release', 'check_in', 'confirmation', 'reminder')"
OLD_KINDS = "kind IN ('release', 'check_in', 'confirmation')"
RECIPIENTS = "recipient_kind IN ('enterprise', 'organisation', 'officer')"
TOLD = ("recipient_kind", "recipient_id", "visit_uid")
OLD_TOLD = "uq_told_recipient_kind_recipient_id_visit_uid"
HEARTBEAT = ("last_error_at", "in_a_row", "things", "seconds")
ORDER = ("recipient_kind", "recipient_id", "channel", "state")


def upgrade() -> None:
    add("approval", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    widen_told()
    widen_outbox()
    add("heartbeat", sa.Column("last_error_at", sa.DateTime(timezone=True), nullable=True))
    for name, kind in (("in_a_row", sa.Integer()), ("things", sa.Integer()), ("seconds", sa.Float())):
        add("heartbeat", sa.Column(name, kind, nullable=False, server_default="0"))
    create_contact()
    create_concern()


def downgrade() -> None:
    op.drop_table("concern")
    op.drop_table("contact")
    with op.batch_alter_table("heartbeat") as batch:
        for name in HEARTBEAT:
            batch.drop_column(name)
    narrow_outbox()
    narrow_told()
    with op.batch_alter_table("approval") as batch:
        batch.drop_column("reason")


def add(table: str, column: sa.Column) -> None:
    """Add a column; its default only carries the rows that are there."""
    with op.batch_alter_table(table) as batch:
        batch.add_column(column)
    if column.server_default is not None:
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column.name, server_default=None)


def widen_told() -> None:
    add("told", sa.Column("channel", sa.String(24), nullable=False, server_default="inbox"))
    with op.batch_alter_table("told") as batch:
        batch.drop_constraint(op.f(OLD_TOLD), type_="unique")
        batch.create_unique_constraint("uq_told_recipient", [*TOLD, "channel"])
        batch.create_check_constraint(op.f("ck_told_channel"), CHANNELS)


def narrow_told() -> None:
    op.execute("DELETE FROM told WHERE channel <> 'inbox'")
    with op.batch_alter_table("told") as batch:
        batch.drop_constraint(op.f("ck_told_channel"), type_="check")
        batch.drop_constraint("uq_told_recipient", type_="unique")
        batch.create_unique_constraint(op.f(OLD_TOLD), list(TOLD))
        batch.drop_column("channel")


def widen_outbox() -> None:
    add("outboxmessage", sa.Column("address", sa.String(200), nullable=False, server_default=""))
    add("outboxmessage", sa.Column("visit_uid", sa.String(32), nullable=False, server_default=""))
    add("outboxmessage", sa.Column("proof", sa.JSON(), nullable=False, server_default="{}"))
    swap("outboxmessage", "channel", CHANNELS)
    swap("outboxmessage", "noticekind", KINDS)
    swap("inboxmessage", "noticekind", KINDS)
    op.create_index("ix_outboxmessage_visit_uid", "outboxmessage", ["visit_uid"])
    op.create_index("ix_outboxmessage_order", "outboxmessage", list(ORDER))


def narrow_outbox() -> None:
    op.drop_index("ix_outboxmessage_order", "outboxmessage")
    op.drop_index("ix_outboxmessage_visit_uid", "outboxmessage")
    op.execute("DELETE FROM outboxmessage WHERE channel <> 'inbox' OR kind = 'reminder'")
    op.execute("DELETE FROM inboxmessage WHERE kind = 'reminder'")
    swap("inboxmessage", "noticekind", OLD_KINDS)
    swap("outboxmessage", "noticekind", OLD_KINDS)
    swap("outboxmessage", "channel", OLD_CHANNELS)
    with op.batch_alter_table("outboxmessage") as batch:
        for name in ("proof", "visit_uid", "address"):
            batch.drop_column(name)


def swap(table: str, name: str, rule: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), rule)


def create_contact() -> None:
    op.create_table(
        "contact",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("recipient_kind", sa.String(24), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(24), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
        sa.ForeignKeyConstraint(["changed_by_id"], ["user.id"], name="fk_contact_changed_by_id_user"),
        sa.UniqueConstraint("recipient_kind", "recipient_id", "channel", name="uq_contact_recipient"),
        sa.CheckConstraint(RECIPIENTS, name=op.f("ck_contact_recipientkind")),
        sa.CheckConstraint(CHANNELS, name=op.f("ck_contact_channel")),
    )
    op.create_index("ix_contact_changed_by_id", "contact", ["changed_by_id"])
    op.create_index("ix_contact_recipient_id", "contact", ["recipient_id"])
    op.create_index("ix_contact_uid", "contact", ["uid"], unique=True)


def create_concern() -> None:
    op.create_table(
        "concern",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("visit_uid", sa.String(32), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_concern"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_concern_round_id_round"),
        sa.UniqueConstraint("key", name="uq_concern_key"),
        sa.CheckConstraint(
            "kind IN ('credit_class', 'enterprise', 'absence', 'certificate', 'officer')",
            name=op.f("ck_concern_concernkind"),
        ),
    )
    op.create_index("ix_concern_closed_at", "concern", ["closed_at"])
    op.create_index("ix_concern_round_id", "concern", ["round_id"])
    op.create_index("ix_concern_uid", "concern", ["uid"], unique=True)
    op.create_index("ix_concern_visit_uid", "concern", ["visit_uid"])
