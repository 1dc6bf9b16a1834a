"""Create the tables of edits made by hand and of who has a round open."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("editcommand", "boardpresence")


def upgrade() -> None:
    create_editcommand()
    create_boardpresence()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_editcommand() -> None:
    op.create_table(
        "editcommand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(32), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("command", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("delta", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_editcommand"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_editcommand_round_id_round"),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name="fk_editcommand_actor_id_user"),
    )
    op.create_index("ix_editcommand_actor_id", "editcommand", ["actor_id"])
    op.create_index("ix_editcommand_batch", "editcommand", ["batch"])
    op.create_index("ix_editcommand_round_id", "editcommand", ["round_id"])
    op.create_index("ix_editcommand_uid", "editcommand", ["uid"], unique=True)


def create_boardpresence() -> None:
    op.create_table(
        "boardpresence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_boardpresence"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_boardpresence_round_id_round"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_boardpresence_user_id_user"),
        sa.UniqueConstraint("round_id", "user_id", name="uq_boardpresence_round_id_user_id"),
    )
    op.create_index("ix_boardpresence_round_id", "boardpresence", ["round_id"])
    op.create_index("ix_boardpresence_user_id", "boardpresence", ["user_id"])
