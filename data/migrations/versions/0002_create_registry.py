"""Create the tables of enterprises, their sites and histories, and of the people who sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "enterprise",
    "loginfailure",
    "creditclassmonth",
    "site",
    "closure",
    "inspectionrecord",
    "recusal",
    "user",
    "usersession",
)


def upgrade() -> None:
    create_enterprise()
    create_loginfailure()
    create_creditclassmonth()
    create_site()
    create_closure()
    create_inspectionrecord()
    create_recusal()
    create_user()
    create_usersession()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_enterprise() -> None:
    op.create_table(
        "enterprise",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("industry_code", sa.String(8), nullable=False),
        sa.Column("credit_class", sa.String(24), nullable=False),
        sa.Column("credit_month", sa.Date(), nullable=False),
        sa.Column("contact_name", sa.String(40), nullable=False),
        sa.Column("contact_phone", sa.String(24), nullable=False),
        sa.Column("contact_email", sa.String(120), nullable=False),
        sa.Column("whitelisted", sa.Boolean(), nullable=False),
        sa.Column("established_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_enterprise"),
        sa.UniqueConstraint("credit_code", name="uq_enterprise_credit_code"),
        sa.CheckConstraint("credit_class IN ('A', 'B', 'C', 'D')", name=op.f("ck_enterprise_creditclass")),
        sa.CheckConstraint("status IN ('active', 'closed')", name=op.f("ck_enterprise_recordstatus")),
    )
    op.create_index("ix_enterprise_credit_class", "enterprise", ["credit_class"])
    op.create_index("ix_enterprise_name", "enterprise", ["name"])
    op.create_index("ix_enterprise_uid", "enterprise", ["uid"], unique=True)


def create_loginfailure() -> None:
    op.create_table(
        "loginfailure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(40), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_loginfailure"),
    )
    op.create_index("ix_loginfailure_address", "loginfailure", ["address"])
    op.create_index("ix_loginfailure_at", "loginfailure", ["at"])
    op.create_index("ix_loginfailure_username", "loginfailure", ["username"])


def create_creditclassmonth() -> None:
    op.create_table(
        "creditclassmonth",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("credit_class", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_creditclassmonth"),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.id"], name="fk_creditclassmonth_enterprise_id_enterprise"
        ),
        sa.UniqueConstraint("enterprise_id", "month", name="uq_creditclassmonth_enterprise_id_month"),
        sa.CheckConstraint("credit_class IN ('A', 'B', 'C', 'D')", name=op.f("ck_creditclassmonth_creditclass")),
    )
    op.create_index("ix_creditclassmonth_enterprise_id", "creditclassmonth", ["enterprise_id"])
    op.create_index("ix_creditclassmonth_month", "creditclassmonth", ["month"])


def create_site() -> None:
    op.create_table(
        "site",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(140), nullable=False),
        sa.Column("address", sa.String(160), nullable=False),
        sa.Column("town_id", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("opens_minute", sa.Integer(), nullable=False),
        sa.Column("closes_minute", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_site_enterprise_id_enterprise"),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name="fk_site_scenario_id_scenario"),
        sa.ForeignKeyConstraint(["town_id"], ["town.id"], name="fk_site_town_id_town"),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name=op.f("ck_site_lat")),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name=op.f("ck_site_lon")),
        sa.CheckConstraint(
            "opens_minute >= 0 AND closes_minute <= 1440 AND opens_minute < closes_minute", name=op.f("ck_site_hours")
        ),
        sa.CheckConstraint("status IN ('active', 'closed')", name=op.f("ck_site_recordstatus")),
    )
    op.create_index("ix_site_enterprise_id", "site", ["enterprise_id"])
    op.create_index("ix_site_scenario_id", "site", ["scenario_id"])
    op.create_index("ix_site_town_id", "site", ["town_id"])
    op.create_index("ix_site_uid", "site", ["uid"], unique=True)


def create_closure() -> None:
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_closure"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_closure_site_id_site"),
        sa.CheckConstraint("kind IN ('quiet', 'peak', 'shutdown', 'examination')", name=op.f("ck_closure_closurekind")),
        sa.CheckConstraint("last_date >= first_date", name=op.f("ck_closure_order")),
    )
    op.create_index("ix_closure_site_id", "closure", ["site_id"])


def create_inspectionrecord() -> None:
    op.create_table(
        "inspectionrecord",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_uid", sa.String(32), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("problem_found", sa.Boolean(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inspectionrecord"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_inspectionrecord_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_inspectionrecord_site_id_site"),
        sa.UniqueConstraint("visit_uid", "organisation_id", name="uq_inspectionrecord_visit_uid_organisation_id"),
    )
    op.create_index("ix_inspectionrecord_organisation_id", "inspectionrecord", ["organisation_id"])
    op.create_index("ix_inspectionrecord_site_id", "inspectionrecord", ["site_id"])
    op.create_index("ix_inspectionrecord_visit_uid", "inspectionrecord", ["visit_uid"])


def create_recusal() -> None:
    op.create_table(
        "recusal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recusal"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_recusal_enterprise_id_enterprise"),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name="fk_recusal_officer_id_officer"),
        sa.UniqueConstraint("officer_id", "enterprise_id", name="uq_recusal_officer_id_enterprise_id"),
    )
    op.create_index("ix_recusal_enterprise_id", "recusal", ["enterprise_id"])
    op.create_index("ix_recusal_officer_id", "recusal", ["officer_id"])


def create_user() -> None:
    op.create_table(
        "user",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("username", sa.String(40), nullable=False),
        sa.Column("display_name", sa.String(60), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("enterprise_id", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_user"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_user_enterprise_id_enterprise"),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name="fk_user_officer_id_officer"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_user_organisation_id_organisation"),
        sa.UniqueConstraint("username", name="uq_user_username"),
        sa.CheckConstraint(
            "role IN ('clerk', 'head', 'officer', 'coordinator', 'approver', 'supervisor', "
            "'enterprise', 'administrator')",
            name=op.f("ck_user_role"),
        ),
    )
    op.create_index("ix_user_enterprise_id", "user", ["enterprise_id"])
    op.create_index("ix_user_officer_id", "user", ["officer_id"])
    op.create_index("ix_user_organisation_id", "user", ["organisation_id"])
    op.create_index("ix_user_uid", "user", ["uid"], unique=True)


def create_usersession() -> None:
    op.create_table(
        "usersession",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_usersession"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_usersession_user_id_user"),
        sa.UniqueConstraint("token_hash", name="uq_usersession_token_hash"),
    )
    op.create_index("ix_usersession_user_id", "usersession", ["user_id"])
