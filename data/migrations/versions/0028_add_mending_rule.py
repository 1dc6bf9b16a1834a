"""Add the rule that a re-inspection comes after the day to mend by (R71)."""

import sqlalchemy as sa
from alembic import op

from data.seed.policies import default_rules

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

NEW_RULE = "R71"


def upgrade() -> None:
    """Older installations do not have it; new ones got it with all the others."""
    table = rules()
    there = op.get_bind().execute(sa.select(table.c.code).where(table.c.code == NEW_RULE)).first()
    if there is None:
        rows = [row for row in default_rules() if row["code"] == NEW_RULE]
        op.get_bind().execute(sa.insert(table), rows)


def downgrade() -> None:
    # The row stays: plans may have been judged by it, and what an older program does not know it does not judge by.
    pass


def rules() -> sa.Table:
    table = sa.Table("rule", sa.MetaData(), autoload_with=op.get_bind())
    table.c.parameters.type = sa.JSON()
    return table
