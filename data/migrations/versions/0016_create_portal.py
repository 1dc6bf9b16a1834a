"""Create the enterprise's side: access codes, receipts, appeals, anonymous ratings; what to prepare for an item."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = ("accesscode", "visitreceipt", "appeal", "ratingissue", "ratingslip", "rating", "ratingtext")
TOLD_IN = ("outboxmessage", "inboxmessage")
NEW_KIND = "answer"
APPEALS = ("reschedule", "recusal", "guidance", "complaint")
STATUSES = ("waiting", "accepted", "declined", "answered", "withdrawn")
BANS = ("gifts", "meals", "costs", "agents", "owner", "seizure", "quotas", "disguise")
QUESTIONS = ("clarity", "conduct", "burden", "help")


def one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    for table in TOLD_IN:
        swap_kinds(table, (*present_kinds(table), NEW_KIND))
    with op.batch_alter_table("inspectionitem") as batch:
        batch.add_column(sa.Column("preparation", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("inspectionitem") as batch:
        batch.alter_column("preparation", server_default=None)
    create_accesscode()
    create_visitreceipt()
    create_appeal()
    create_ratings()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    with op.batch_alter_table("inspectionitem") as batch:
        batch.drop_column("preparation")
    for table in TOLD_IN:
        op.execute(f"DELETE FROM {table} WHERE kind = '{NEW_KIND}'")  # noqa: S608 -- names of our own
        swap_kinds(table, tuple(kind for kind in present_kinds(table) if kind != NEW_KIND))


def present_kinds(table: str) -> tuple[str, ...]:
    """The kinds of messages that the table takes now, whatever was added since it was made."""
    rules = sa.inspect(op.get_bind()).get_check_constraints(table)
    text = next(one["sqltext"] for one in rules if one["name"] == f"ck_{table}_noticekind")
    return tuple(re.findall(r"'(\w+)'", text))


def swap_kinds(table: str, kinds: tuple[str, ...]) -> None:
    """Let messages of these kinds in."""
    name = op.f(f"ck_{table}_noticekind")
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, one_of("kind", kinds))


def key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def rule(table: str, name: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}"))


def moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def create_accesscode() -> None:
    op.create_table(
        "accesscode",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("visit_uid", sa.String(32), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        moment("issued_at"),
        moment("expires_at"),
        moment("revoked_at", nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        moment("last_used_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_accesscode"),
        sa.UniqueConstraint("secret_hash", name="uq_accesscode_secret_hash"),
        sa.UniqueConstraint("code_hash", name="uq_accesscode_code_hash"),
        key("accesscode", "enterprise_id", "enterprise"),
        key("accesscode", "issued_by_id", "user"),
        rule("accesscode", "uses", "uses >= 0"),
    )
    op.create_index("ix_accesscode_uid", "accesscode", ["uid"], unique=True)
    for column in ("enterprise_id", "issued_by_id"):
        op.create_index(f"ix_accesscode_{column}", "accesscode", [column])


def create_visitreceipt() -> None:
    op.create_table(
        "visitreceipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("visit_uid", sa.String(32), nullable=False),
        sa.Column("public_hash", sa.String(64), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=False),
        moment("confirmed_at"),
        sa.PrimaryKeyConstraint("id", name="pk_visitreceipt"),
        sa.UniqueConstraint("visit_uid", "public_hash", name="uq_visitreceipt_visit_uid_public_hash"),
        key("visitreceipt", "enterprise_id", "enterprise"),
        key("visitreceipt", "confirmed_by_id", "user"),
    )
    for column in ("enterprise_id", "confirmed_by_id"):
        op.create_index(f"ix_visitreceipt_{column}", "visitreceipt", [column])


def create_appeal() -> None:
    op.create_table(
        "appeal",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("visit_uid", sa.String(32), nullable=False),
        sa.Column("once_key", sa.String(120), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("wanted_day", sa.Date(), nullable=True),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("ban", sa.String(24), nullable=True),
        sa.Column("filed_by_id", sa.Integer(), nullable=False),
        moment("filed_at"),
        moment("due_at"),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        moment("answered_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_appeal"),
        sa.UniqueConstraint("once_key", name="uq_appeal_once_key"),
        key("appeal", "enterprise_id", "enterprise"),
        key("appeal", "officer_id", "officer"),
        key("appeal", "filed_by_id", "user"),
        key("appeal", "answered_by_id", "user"),
        rule("appeal", "answered", "(status IN ('waiting', 'withdrawn')) = (answered_at IS NULL)"),
        rule("appeal", "appealkind", one_of("kind", APPEALS)),
        rule("appeal", "appealstatus", one_of("status", STATUSES)),
        rule("appeal", "ban", one_of("ban", BANS)),
    )
    op.create_index("ix_appeal_uid", "appeal", ["uid"], unique=True)
    for column in ("kind", "status", "enterprise_id", "visit_uid", "officer_id", "filed_by_id", "answered_by_id"):
        op.create_index(f"ix_appeal_{column}", "appeal", [column])


def create_ratings() -> None:
    """Tables without row numbers: nothing in them tells in which order people rated."""
    op.create_table(
        "ratingissue",
        sa.Column("visit_uid", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("visit_uid", name="pk_ratingissue"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ratingslip",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("organisation_ids", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_ratingslip"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rating",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("question", sa.String(24), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_rating"),
        key("rating", "organisation_id", "organisation"),
        rule("rating", "stars", "stars BETWEEN 1 AND 5"),
        rule("rating", "ratingquestion", one_of("question", QUESTIONS)),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_rating_organisation_id", "rating", ["organisation_id"])
    op.create_table(
        "ratingtext",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_ratingtext"),
        sqlite_with_rowid=False,
    )
