"""Correct results of closed visits, with what it does to orders that hang on them."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLE = "resultcorrection"
STATUSES = ("waiting", "made", "refused", "withdrawn")
OLD_ENDINGS = ("mended", "shown", "ordered_again", "transferred", "unmended")
ENDINGS = (*OLD_ENDINGS, "revoked")
WAITING = "status = 'waiting'"


def upgrade() -> None:
    allow_endings(ENDINGS)
    op.create_table(
        TABLE,
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=True),
        rule(TABLE, "correctionstatus", f"status IN ({listed(STATUSES)})"),
        rule(TABLE, "decided", "(status = 'waiting') = (decided_at IS NULL)"),
        rule(TABLE, "decider", "(decided_at IS NULL) = (decided_by_id IS NULL)"),
        rule(TABLE, "two_people", "status NOT IN ('made', 'refused') OR alone OR decided_by_id <> asked_by_id"),
        key("result_id", "itemresult"),
        key("asked_by_id", "user"),
        key("decided_by_id", "user"),
        key("publication_id", "publishedresult"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TABLE}"),
    )
    for column in ("result_id", "status", "asked_by_id", "decided_by_id", "publication_id"):
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])
    op.create_index(f"ix_{TABLE}_uid", TABLE, ["uid"], unique=True)
    op.create_index(
        f"uq_{TABLE}_waiting",
        TABLE,
        ["result_id"],
        unique=True,
        sqlite_where=sa.text(WAITING),
        postgresql_where=sa.text(WAITING),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
    op.execute("DELETE FROM orderend WHERE ending = 'revoked'")
    allow_endings(OLD_ENDINGS)


def allow_endings(endings: tuple[str, ...]) -> None:
    with op.batch_alter_table("orderend") as batch:
        batch.drop_constraint(op.f("ck_orderend_orderending"), type_="check")
        batch.create_check_constraint(op.f("ck_orderend_orderending"), f"ending IN ({listed(endings)})")


def listed(values: tuple[str, ...]) -> str:
    return ", ".join(repr(value) for value in values)


def rule(table: str, name: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}"))


def key(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{TABLE}_{column}_{target}")
