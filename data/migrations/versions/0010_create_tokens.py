"""Create the tables of API tokens and of the answers kept for repeated requests."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ROLES = (
    "role IN ('clerk', 'head', 'legal', 'officer', 'coordinator', 'approver', 'supervisor', 'enterprise', "
    "'administrator')"
)
SCOPES = "scope IN ('plans:read', 'plans:write', 'registry:read', 'rounds:read', 'visits:read')"


def upgrade() -> None:
    create_apitoken()
    create_apitokenscope()
    create_apitokenuse()
    create_keptanswer()


def downgrade() -> None:
    for table in ("keptanswer", "apitokenuse", "apitokenscope", "apitoken"):
        op.drop_table(table)


def create_apitoken() -> None:
    op.create_table(
        "apitoken",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("issued_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_apitoken"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_apitoken_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(["issued_by_id"], ["user.id"], name="fk_apitoken_issued_by_id_user"),
        sa.ForeignKeyConstraint(["replaces_id"], ["apitoken.id"], name="fk_apitoken_replaces_id_apitoken"),
        sa.UniqueConstraint("token_hash", name="uq_apitoken_token_hash"),
        sa.CheckConstraint(ROLES, name=op.f("ck_apitoken_role")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_apitoken_lifetime")),
    )
    op.create_index("ix_apitoken_uid", "apitoken", ["uid"], unique=True)
    for column in ("organisation_id", "issued_by_id", "replaces_id"):
        op.create_index(f"ix_apitoken_{column}", "apitoken", [column])


def create_apitokenscope() -> None:
    op.create_table(
        "apitokenscope",
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("token_id", "scope", name="pk_apitokenscope"),
        sa.ForeignKeyConstraint(["token_id"], ["apitoken.id"], name="fk_apitokenscope_token_id_apitoken"),
        sa.CheckConstraint(SCOPES, name=op.f("ck_apitokenscope_apiscope")),
    )


def create_apitokenuse() -> None:
    op.create_table(
        "apitokenuse",
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_id", name="pk_apitokenuse"),
        sa.ForeignKeyConstraint(["token_id"], ["apitoken.id"], name="fk_apitokenuse_token_id_apitoken"),
    )


def create_keptanswer() -> None:
    op.create_table(
        "keptanswer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_keptanswer"),
        sa.ForeignKeyConstraint(["token_id"], ["apitoken.id"], name="fk_keptanswer_token_id_apitoken"),
        sa.UniqueConstraint("token_id", "key", name="uq_keptanswer_token_id_key"),
        sa.CheckConstraint("status BETWEEN 100 AND 599", name=op.f("ck_keptanswer_status")),
    )
    op.create_index("ix_keptanswer_token_id", "keptanswer", ["token_id"])
    op.create_index("ix_keptanswer_expires_at", "keptanswer", ["expires_at"])
