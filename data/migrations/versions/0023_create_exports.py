"""Create mappings, exports with parts and files, and destinations with their batches."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KINDS = ("visits", "plans", "results", "draws", "releases", "figures")
TABLES = ("exportmapping", "exportrun", "exportpart", "exportfile", "pushdestination", "pushbatch")


def one_of(column: str, values: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    create_mapping()
    create_run()
    create_parts()
    create_destination()
    create_batch()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def moment(name: str, *, empty: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=empty)


def number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def text(name: str, length: int | None = None) -> sa.Column:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=False)


def index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column], unique=column == "uid")


def create_mapping() -> None:
    op.create_table(
        "exportmapping",
        number("version"),
        number("id"),
        text("uid", 32),
        text("name", 80),
        text("content"),
        sa.Column("active", sa.Boolean(), nullable=False),
        number("changed_by_id"),
        moment("changed_at"),
        sa.PrimaryKeyConstraint("id", name="pk_exportmapping"),
        sa.UniqueConstraint("name", name="uq_exportmapping_name"),
        sa.ForeignKeyConstraint(["changed_by_id"], ["user.id"], name="fk_exportmapping_changed_by_id_user"),
    )
    index("exportmapping", "changed_by_id", "uid")


def create_run() -> None:
    op.create_table(
        "exportrun",
        number("id"),
        text("uid", 32),
        text("kind", 24),
        text("form", 24),
        text("since", 12),
        text("cursor", 12),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        text("mapping_name", 80),
        text("mapping"),
        text("state", 24),
        text("last_key", 64),
        *(number(name) for name in ("parts", "rows", "left_out", "resumed")),
        moment("lease_until", empty=True),
        text("lease_holder", 64),
        number("epoch"),
        text("error"),
        number("requested_by_id"),
        moment("requested_at"),
        moment("finished_at", empty=True),
        number("size"),
        text("content_hash", 64),
        sa.PrimaryKeyConstraint("id", name="pk_exportrun"),
        sa.ForeignKeyConstraint(["requested_by_id"], ["user.id"], name="fk_exportrun_requested_by_id_user"),
        sa.CheckConstraint("rows >= 0 AND left_out >= 0 AND parts >= 0", name=op.f("ck_exportrun_counts")),
        sa.CheckConstraint(one_of("kind", KINDS), name=op.f("ck_exportrun_exportkind")),
        sa.CheckConstraint(one_of("form", ("csv", "xlsx", "json")), name=op.f("ck_exportrun_fileform")),
        sa.CheckConstraint(
            one_of("state", ("queued", "running", "done", "failed")), name=op.f("ck_exportrun_exportstate")
        ),
    )
    index("exportrun", "requested_at", "requested_by_id", "state", "uid")


def create_parts() -> None:
    op.create_table(
        "exportpart",
        number("id"),
        number("run_id"),
        number("number"),
        number("rows"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_exportpart"),
        sa.UniqueConstraint("run_id", "number", name="uq_exportpart_run_id_number"),
        sa.ForeignKeyConstraint(["run_id"], ["exportrun.id"], name="fk_exportpart_run_id_exportrun"),
        sa.CheckConstraint("rows >= 0", name=op.f("ck_exportpart_rows")),
    )
    index("exportpart", "run_id")
    op.create_table(
        "exportfile",
        number("run_id"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_exportfile"),
        sa.ForeignKeyConstraint(["run_id"], ["exportrun.id"], name="fk_exportfile_run_id_exportrun"),
    )


def create_destination() -> None:
    op.create_table(
        "pushdestination",
        number("version"),
        number("id"),
        text("uid", 32),
        text("name", 80),
        text("url", 300),
        text("kind", 24),
        sa.Column("mapping_id", sa.Integer(), nullable=True),
        number("every_minutes"),
        sa.Column("active", sa.Boolean(), nullable=False),
        number("secret_number"),
        text("since", 12),
        text("upto", 12),
        text("last_key", 64),
        moment("next_at"),
        number("created_by_id"),
        moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_pushdestination"),
        sa.UniqueConstraint("name", name="uq_pushdestination_name"),
        sa.ForeignKeyConstraint(
            ["mapping_id"], ["exportmapping.id"], name="fk_pushdestination_mapping_id_exportmapping"
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["user.id"], name="fk_pushdestination_created_by_id_user"),
        sa.CheckConstraint("every_minutes >= 1", name=op.f("ck_pushdestination_every")),
        sa.CheckConstraint("secret_number >= 1", name=op.f("ck_pushdestination_secret")),
        sa.CheckConstraint(one_of("kind", KINDS), name=op.f("ck_pushdestination_exportkind")),
    )
    index("pushdestination", "created_by_id", "mapping_id", "uid")


def create_batch() -> None:
    states = ("queued", "claimed", "sent", "dead", "replaced", "skipped")
    op.create_table(
        "pushbatch",
        number("id"),
        text("uid", 32),
        number("destination_id"),
        number("number"),
        text("since", 12),
        text("cursor", 12),
        text("after_key", 64),
        text("last_key", 64),
        sa.Column("ends", sa.Boolean(), nullable=False),
        number("rows"),
        number("left_out"),
        sa.Column("faults", sa.JSON(), nullable=False),
        text("payload"),
        text("payload_hash", 64),
        text("state", 24),
        number("attempts"),
        moment("not_before"),
        moment("lease_until", empty=True),
        text("lease_holder", 64),
        number("epoch"),
        text("last_error"),
        text("reference", 200),
        text("reason"),
        moment("created_at"),
        moment("sent_at", empty=True),
        sa.PrimaryKeyConstraint("id", name="pk_pushbatch"),
        sa.UniqueConstraint("destination_id", "number", name="uq_pushbatch_destination_id_number"),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["pushdestination.id"], name="fk_pushbatch_destination_id_pushdestination"
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_pushbatch_attempts")),
        sa.CheckConstraint(one_of("state", states), name=op.f("ck_pushbatch_pushstate")),
    )
    index("pushbatch", "destination_id", "state", "uid")
