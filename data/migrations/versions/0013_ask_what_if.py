"""Let solve runs be questions: what a run is for, what it asks, the draft it knew, and one live run a round."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KINDS = "kind IN ('plain', 'what_if', 'resolve')"
LIVE = "status IN ('queued', 'running')"
EMPTY = {"kind": "plain", "parameters": "{}", "draft_parts": "{}"}
TYPES = {"kind": sa.String(24), "parameters": sa.JSON(), "draft_parts": sa.JSON()}


def upgrade() -> None:
    with op.batch_alter_table("solverun") as batch:
        for name, empty in EMPTY.items():
            batch.add_column(sa.Column(name, TYPES[name], nullable=False, server_default=empty))
        batch.create_check_constraint(op.f("ck_solverun_runkind"), KINDS)
    with op.batch_alter_table("solverun") as batch:
        for name in EMPTY:
            batch.alter_column(name, existing_type=TYPES[name], existing_nullable=False, server_default=None)
    op.create_index(
        "uq_solverun_live",
        "solverun",
        ["round_id"],
        unique=True,
        sqlite_where=sa.text(LIVE),
        postgresql_where=sa.text(LIVE),
    )


def downgrade() -> None:
    op.drop_index("uq_solverun_live", "solverun")
    with op.batch_alter_table("solverun") as batch:
        batch.drop_constraint(op.f("ck_solverun_runkind"), type_="check")
        for name in reversed(EMPTY):
            batch.drop_column(name)
