"""Index who takes part in a released visit, and fill the index for what was released before."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLE = "releaseparty"
CHUNK = 1000


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("party", sa.String(64), nullable=False),
        sa.Column("release_visit_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('enterprise', 'organisation', 'officer')", name=op.f("ck_releaseparty_recipientkind")
        ),
        sa.ForeignKeyConstraint(
            ["release_visit_id"], ["releasevisit.id"], name=op.f("fk_releaseparty_release_visit_id_releasevisit")
        ),
        sa.PrimaryKeyConstraint("kind", "party", "release_visit_id", name=op.f("pk_releaseparty")),
    )
    op.create_index(op.f("ix_releaseparty_release_visit_id"), TABLE, ["release_visit_id"])
    fill(op.get_bind())


def downgrade() -> None:
    op.drop_table(TABLE)


def fill(connection: sa.Connection) -> None:
    """Read every body once, a thousand at a time."""
    last = 0
    while True:
        statement = sa.text("SELECT id, body FROM releasevisit WHERE id > :last ORDER BY id LIMIT :most")
        rows = connection.execute(statement, {"last": last, "most": CHUNK}).all()
        if not rows:
            return
        parties = [
            {"kind": kind, "party": party, "visit": number} for number, body in rows for kind, party in parties_of(body)
        ]
        if parties:
            into = f"INSERT INTO {TABLE} (kind, party, release_visit_id) VALUES (:kind, :party, :visit)"  # noqa: S608 -- a name of this module
            connection.execute(sa.text(into), parties)
        last = rows[-1][0]


def parties_of(body: str) -> set[tuple[str, str]]:
    requests: list[dict[str, Any]] = json.loads(body)["internal"]["requests"]
    bodies = {("organisation", str(request["department"])) for request in requests}
    return bodies | {("officer", str(uid)) for request in requests for uid in request["officers"]}
