"""Let coordinators subscribe to the visits of the whole district."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLE = "feedtoken"
CHECK = "ck_feedtoken_feedscope"
NEW = "scope IN ('organisation', 'officer', 'enterprise', 'district')"
OLD = "scope IN ('organisation', 'officer', 'enterprise')"


def upgrade() -> None:
    _replace(NEW)


def downgrade() -> None:
    # An address without a meaning must not come back to life under another one.
    op.execute("DELETE FROM feedtoken WHERE scope = 'district'")
    _replace(OLD)


def _replace(scopes: str) -> None:
    with op.batch_alter_table(TABLE) as batch:
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.create_check_constraint(op.f(CHECK), scopes)
