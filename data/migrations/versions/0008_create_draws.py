"""Create the tables of the draws' protocols, and guard what was published or committed against change."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("drawprotocol", "drawparty", "drawlist", "drawcancellation")
GUARDED = ("drawlist", "drawcancellation")
EVENTS = ("update", "delete")
# Table -> columns that are written once: what a party is bound by, and what a draw came out of.
ONCE = {
    "drawparty": ("commitment", "secret", "salt", "name", "position"),
    "drawprotocol": ("seed", "public_value", "public_source", "fallback", "kind", "blind", "floor"),
}


def upgrade() -> None:
    create_drawprotocol()
    create_drawparty()
    create_drawlist()
    create_drawcancellation()
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in GUARDED:
        for event in EVENTS:
            op.execute(_guard(table, event, on_sqlite=on_sqlite))
    for table, columns in ONCE.items():
        op.execute(_once(table, columns, on_sqlite=on_sqlite))


def downgrade() -> None:
    # Triggers go with their tables; the function on PostgreSQL belongs to an earlier migration.
    for table in reversed(TABLES):
        op.drop_table(table)


def _guard(table: str, event: str, *, on_sqlite: bool) -> str:
    begin = f'CREATE TRIGGER tr_{table}_no_{event} BEFORE {event.upper()} ON "{table}" '
    if on_sqlite:
        return begin + f"BEGIN SELECT RAISE(ABORT, 'append-only: {event} of {table} is refused'); END"
    return begin + "FOR EACH ROW EXECUTE FUNCTION refuse_change()"


def _once(table: str, columns: tuple[str, ...], *, on_sqlite: bool) -> str:
    """A column that holds something keeps it."""
    changed = " OR ".join(
        f"(COALESCE(CAST(OLD.{one} AS TEXT), '') <> '' AND {_differs(one, on_sqlite=on_sqlite)})" for one in columns
    )
    begin = f'CREATE TRIGGER tr_{table}_once BEFORE UPDATE ON "{table}" FOR EACH ROW WHEN ({changed}) '
    if on_sqlite:
        return begin + f"BEGIN SELECT RAISE(ABORT, 'append-only: update of {table} is refused'); END"
    return begin + "EXECUTE FUNCTION refuse_change()"


def _differs(column: str, *, on_sqlite: bool) -> str:
    return f"NEW.{column} IS {'NOT' if on_sqlite else 'DISTINCT FROM'} OLD.{column}"


def create_drawprotocol() -> None:
    op.create_table(
        "drawprotocol",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("mode", sa.String(24), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("fallback", sa.String(24), nullable=False),
        sa.Column("floor", sa.String(12), nullable=False),
        sa.Column("blind", sa.String(64), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("commit_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reveal_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_source", sa.String(200), nullable=False),
        sa.Column("public_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_value", sa.String(200), nullable=False),
        sa.Column("public_origin", sa.String(400), nullable=False),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("abort_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drawprotocol"),
        sa.UniqueConstraint("round_id", "attempt", name="uq_drawprotocol_round_id_attempt"),
        sa.CheckConstraint("attempt >= 1", name=op.f("ck_drawprotocol_attempt")),
        sa.CheckConstraint("reveal_until IS NULL OR commit_until < reveal_until", name=op.f("ck_drawprotocol_order")),
        sa.CheckConstraint("public_at IS NULL OR reveal_until <= public_at", name=op.f("ck_drawprotocol_value")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_drawprotocol_round_id_round"),
        sa.CheckConstraint("mode IN ('one_party', 'parties')", name=op.f("ck_drawprotocol_drawmode")),
        sa.CheckConstraint(
            "status IN ('committing', 'revealing', 'ready', 'drawn', 'aborted')",
            name=op.f("ck_drawprotocol_drawstatus"),
        ),
        sa.CheckConstraint("kind IN ('sha256', 'sm3')", name=op.f("ck_drawprotocol_hashkind")),
        sa.CheckConstraint("fallback IN ('proceed', 'abort')", name=op.f("ck_drawprotocol_drawfallback")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["user.id"], name="fk_drawprotocol_opened_by_id_user"),
    )
    op.create_index("ix_drawprotocol_opened_by_id", "drawprotocol", ["opened_by_id"])
    op.create_index("ix_drawprotocol_round_id", "drawprotocol", ["round_id"])
    op.create_index("ix_drawprotocol_status", "drawprotocol", ["status"])
    op.create_index("ix_drawprotocol_uid", "drawprotocol", ["uid"], unique=True)


def create_drawparty() -> None:
    op.create_table(
        "drawparty",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("protocol_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(24), nullable=True),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("committed_by_id", sa.Integer(), nullable=True),
        sa.Column("secret", sa.String(200), nullable=True),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_drawparty"),
        sa.UniqueConstraint("protocol_id", "position", name="uq_drawparty_protocol_id_position"),
        sa.UniqueConstraint("protocol_id", "name", name="uq_drawparty_protocol_id_name"),
        sa.CheckConstraint("(user_id IS NULL) <> (role IS NULL)", name=op.f("ck_drawparty_seat")),
        sa.CheckConstraint("revealed_at IS NULL OR committed_at IS NOT NULL", name=op.f("ck_drawparty_revealed")),
        sa.ForeignKeyConstraint(["protocol_id"], ["drawprotocol.id"], name="fk_drawparty_protocol_id_drawprotocol"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_drawparty_user_id_user"),
        sa.CheckConstraint(
            "role IN ('clerk', 'head', 'legal', 'officer', 'coordinator', 'approver', 'supervisor', 'enterprise', "
            "'administrator')",
            name=op.f("ck_drawparty_role"),
        ),
        sa.ForeignKeyConstraint(["committed_by_id"], ["user.id"], name="fk_drawparty_committed_by_id_user"),
    )
    op.create_index("ix_drawparty_committed_by_id", "drawparty", ["committed_by_id"])
    op.create_index("ix_drawparty_protocol_id", "drawparty", ["protocol_id"])
    op.create_index("ix_drawparty_uid", "drawparty", ["uid"], unique=True)
    op.create_index("ix_drawparty_user_id", "drawparty", ["user_id"])


def create_drawlist() -> None:
    op.create_table(
        "drawlist",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("protocol_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("list_hash", sa.String(64), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drawlist"),
        sa.UniqueConstraint("protocol_id", "list_hash", name="uq_drawlist_protocol_id_list_hash"),
        sa.CheckConstraint("(task_id IS NULL) <> (organisation_id IS NULL)", name=op.f("ck_drawlist_subject")),
        sa.CheckConstraint("listed >= 0", name=op.f("ck_drawlist_listed")),
        sa.ForeignKeyConstraint(["protocol_id"], ["drawprotocol.id"], name="fk_drawlist_protocol_id_drawprotocol"),
        sa.ForeignKeyConstraint(["task_id"], ["plantask.id"], name="fk_drawlist_task_id_plantask"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_drawlist_organisation_id_organisation"
        ),
    )
    op.create_index("ix_drawlist_organisation_id", "drawlist", ["organisation_id"])
    op.create_index("ix_drawlist_protocol_id", "drawlist", ["protocol_id"])
    op.create_index("ix_drawlist_task_id", "drawlist", ["task_id"])


def create_drawcancellation() -> None:
    op.create_table(
        "drawcancellation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("cancelled_by_id", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drawcancellation"),
        sa.UniqueConstraint("request_id", name="uq_drawcancellation_request_id"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["inspectionrequest.id"], name="fk_drawcancellation_request_id_inspectionrequest"
        ),
        sa.CheckConstraint(
            "reason IN ('closed', 'moved', 'duplicate', 'emergency', 'other')",
            name=op.f("ck_drawcancellation_cancelreason"),
        ),
        sa.ForeignKeyConstraint(["cancelled_by_id"], ["user.id"], name="fk_drawcancellation_cancelled_by_id_user"),
    )
    op.create_index("ix_drawcancellation_cancelled_by_id", "drawcancellation", ["cancelled_by_id"])
