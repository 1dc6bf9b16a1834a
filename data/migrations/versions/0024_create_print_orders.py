"""Create the orders of big print jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLE = "printorder"
KINDS = ("notices", "unreachable")
STATUSES = ("queued", "printing", "done", "failed", "cancelled")
LIVE = "status IN ('queued', 'printing')"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("english", sa.Boolean(), nullable=False),
        sa.Column("opens", sa.Boolean(), nullable=False),
        sa.Column("visits", sa.JSON(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_holder", sa.String(64), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        one_of("printkind", "kind", KINDS),
        one_of("printstatus", "status", STATUSES),
        rule("done", "done >= 0"),
        key("release_id", "release"),
        key("requested_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TABLE}"),
    )
    for column in ("release_id", "requested_by_id", "status"):
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])
    op.create_index(f"ix_{TABLE}_uid", TABLE, ["uid"], unique=True)
    op.create_index(
        f"uq_{TABLE}_live",
        TABLE,
        ["release_id", "kind", "requested_by_id"],
        unique=True,
        sqlite_where=sa.text(LIVE),
        postgresql_where=sa.text(LIVE),
    )


def downgrade() -> None:
    op.drop_table(TABLE)


def rule(name: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{TABLE}_{name}"))


def one_of(name: str, column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    return rule(name, f"{column} IN ({', '.join(repr(value) for value in values)})")


def key(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{TABLE}_{column}_{target}")
