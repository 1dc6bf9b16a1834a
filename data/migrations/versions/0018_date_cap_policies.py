"""Let cap policies begin and end with a year, and keep who wrote and ended them and what they replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLE = "cappolicy"
AUTHOR = "fk_cappolicy_created_by_id_user"
YEARS = "first_year IS NULL OR last_year IS NULL OR last_year >= first_year"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as batch:
        batch.add_column(sa.Column("first_year", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("last_year", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("replaces_uid", sa.String(32), nullable=False, server_default=""))
        batch.add_column(sa.Column("created_by_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("created_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE cappolicy SET first_year = year, last_year = year")
    with op.batch_alter_table(TABLE) as batch:
        batch.drop_column("year")
        batch.alter_column("reason", server_default=None)
        batch.alter_column("replaces_uid", server_default=None)
        batch.create_check_constraint(op.f("ck_cappolicy_years"), YEARS)
        batch.create_foreign_key(AUTHOR, "user", ["created_by_id"], ["id"])
        batch.create_index("ix_cappolicy_created_by_id", ["created_by_id"])


def downgrade() -> None:
    with op.batch_alter_table(TABLE) as batch:
        batch.add_column(sa.Column("year", sa.Integer(), nullable=True))
    # One year was all that a policy could be for: a longer span keeps its first year, which is the stricter reading.
    op.execute("UPDATE cappolicy SET year = COALESCE(first_year, last_year)")
    with op.batch_alter_table(TABLE) as batch:
        batch.drop_index("ix_cappolicy_created_by_id")
        batch.drop_constraint(AUTHOR, type_="foreignkey")
        batch.drop_constraint(op.f("ck_cappolicy_years"), type_="check")
        for name in ("ended_at", "created_at", "created_by_id", "replaces_uid", "reason", "last_year", "first_year"):
            batch.drop_column(name)
