"""Let two officers exchange their visits."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLE = "dutyrequest"
IN_RETURN = "return_visit_uid = '' OR kind = 'swap'"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as batch:
        batch.add_column(sa.Column("return_visit_uid", sa.String(32), nullable=False, server_default=""))
        batch.create_check_constraint(op.f(f"ck_{TABLE}_in_return"), IN_RETURN)
    # The service always says it; a default of the database would differ from the model.
    with op.batch_alter_table(TABLE) as batch:
        batch.alter_column("return_visit_uid", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table(TABLE) as batch:
        batch.drop_constraint(op.f(f"ck_{TABLE}_in_return"), type_="check")
        batch.drop_column("return_visit_uid")
