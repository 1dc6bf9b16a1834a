"""Create the tables of uploaded lists and of what happens to enterprises in the registry."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("listupload", "registryevent")


def upgrade() -> None:
    create_listupload()
    create_registryevent()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_listupload() -> None:
    op.create_table(
        "listupload",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("month", sa.Date(), nullable=True),
        sa.Column("filename", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_listupload"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_listupload_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["user.id"], name="fk_listupload_uploaded_by_id_user"),
        sa.CheckConstraint(
            "kind IN ('enterprises', 'credit_classes', 'items', 'officers', 'absences', 'recusals', 'closures')",
            name=op.f("ck_listupload_listkind"),
        ),
        sa.CheckConstraint("status IN ('checked', 'applied', 'discarded')", name=op.f("ck_listupload_liststatus")),
    )
    op.create_index("ix_listupload_organisation_id", "listupload", ["organisation_id"])
    op.create_index("ix_listupload_sha256", "listupload", ["sha256"])
    op.create_index("ix_listupload_uid", "listupload", ["uid"], unique=True)
    op.create_index("ix_listupload_uploaded_by_id", "listupload", ["uploaded_by_id"])


def create_registryevent() -> None:
    op.create_table(
        "registryevent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=True),
        sa.Column("change", sa.String(24), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_registryevent"),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name="fk_registryevent_by_id_user"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_registryevent_enterprise_id_enterprise"),
        sa.ForeignKeyConstraint(["other_id"], ["enterprise.id"], name="fk_registryevent_other_id_enterprise"),
        sa.CheckConstraint(
            "change IN ('renamed', 'merged', 'absorbed', 'split', 'founded', 'closed', 'reopened')",
            name=op.f("ck_registryevent_registrychange"),
        ),
    )
    op.create_index("ix_registryevent_by_id", "registryevent", ["by_id"])
    op.create_index("ix_registryevent_enterprise_id", "registryevent", ["enterprise_id"])
    op.create_index("ix_registryevent_other_id", "registryevent", ["other_id"])
