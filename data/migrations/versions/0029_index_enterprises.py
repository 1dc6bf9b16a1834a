"""Index the names of enterprises by status: what lists count and search need not be read row by row."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

INDEX = "ix_enterprise_status_name"


def upgrade() -> None:
    op.create_index(INDEX, "enterprise", ["status", "name"])


def downgrade() -> None:
    op.drop_index(INDEX, "enterprise")
