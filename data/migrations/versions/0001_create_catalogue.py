"""Create the tables of organisations, officers and the catalogue."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "scenario",
    "skill",
    "town",
    "organisation",
    "inspectionitem",
    "officer",
    "organisationalias",
    "scenariomember",
    "absence",
    "officerskill",
)


def upgrade() -> None:
    create_scenario()
    create_skill()
    create_town()
    create_organisation()
    create_inspectionitem()
    create_officer()
    create_organisationalias()
    create_scenariomember()
    create_absence()
    create_officerskill()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_scenario() -> None:
    op.create_table(
        "scenario",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("name_en", sa.String(80), nullable=False),
        sa.Column("industry_codes", sa.String(120), nullable=False),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("notice_mode", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scenario"),
        sa.UniqueConstraint("code", name="uq_scenario_code"),
        sa.UniqueConstraint("name", name="uq_scenario_name"),
        sa.CheckConstraint("notice_mode IN ('announced', 'unannounced')", name=op.f("ck_scenario_noticemode")),
    )


def create_skill() -> None:
    op.create_table(
        "skill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("name_en", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_skill"),
        sa.UniqueConstraint("code", name="uq_skill_code"),
    )


def create_town() -> None:
    op.create_table(
        "town",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("name_en", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_town"),
        sa.UniqueConstraint("code", name="uq_town_code"),
        sa.UniqueConstraint("name", name="uq_town_name"),
        sa.CheckConstraint("kind IN ('subdistrict', 'town', 'zone', 'farm')", name=op.f("ck_town_townkind")),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name=op.f("ck_town_lat")),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name=op.f("ck_town_lon")),
    )


def create_organisation() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("short_name", sa.String(40), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("town_id", sa.Integer(), nullable=True),
        sa.Column("inspectors", sa.Integer(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
        sa.ForeignKeyConstraint(["town_id"], ["town.id"], name="fk_organisation_town_id_town"),
        sa.UniqueConstraint("code", name="uq_organisation_code"),
        sa.UniqueConstraint("name", name="uq_organisation_name"),
        sa.CheckConstraint("inspectors >= 0", name=op.f("ck_organisation_inspectors")),
        sa.CheckConstraint(
            "kind IN ('department', 'township', 'vertical', 'coordination', 'government')",
            name=op.f("ck_organisation_organisationkind"),
        ),
    )
    op.create_index("ix_organisation_town_id", "organisation", ["town_id"])


def create_inspectionitem() -> None:
    op.create_table(
        "inspectionitem",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("code", sa.String(24), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("target", sa.String(200), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("listed", sa.String(24), nullable=False),
        sa.Column("quarters", sa.Integer(), nullable=False),
        sa.Column("inspectors", sa.Integer(), nullable=False),
        sa.Column("skill_id", sa.Integer(), nullable=True),
        sa.Column("offsite", sa.Boolean(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inspectionitem"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_inspectionitem_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name="fk_inspectionitem_scenario_id_scenario"),
        sa.ForeignKeyConstraint(["skill_id"], ["skill.id"], name="fk_inspectionitem_skill_id_skill"),
        sa.UniqueConstraint("code", name="uq_inspectionitem_code"),
        sa.CheckConstraint("inspectors >= 2", name=op.f("ck_inspectionitem_inspectors")),
        sa.CheckConstraint("listed IN ('undisturbed', 'focus', 'random')", name=op.f("ck_inspectionitem_itemlist")),
        sa.CheckConstraint("quarters IN (1, 2, 4)", name=op.f("ck_inspectionitem_quarters")),
        sa.CheckConstraint("status IN ('active', 'closed')", name=op.f("ck_inspectionitem_recordstatus")),
    )
    op.create_index("ix_inspectionitem_organisation_id", "inspectionitem", ["organisation_id"])
    op.create_index("ix_inspectionitem_scenario_id", "inspectionitem", ["scenario_id"])
    op.create_index("ix_inspectionitem_skill_id", "inspectionitem", ["skill_id"])
    op.create_index("ix_inspectionitem_uid", "inspectionitem", ["uid"], unique=True)


def create_officer() -> None:
    op.create_table(
        "officer",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("certificate_number", sa.String(32), nullable=False),
        sa.Column("certificate_until", sa.Date(), nullable=False),
        sa.Column("reviewed", sa.Boolean(), nullable=False),
        sa.Column("training_hours", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_officer"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_officer_organisation_id_organisation"
        ),
        sa.UniqueConstraint("certificate_number", name="uq_officer_certificate_number"),
        sa.CheckConstraint("status IN ('active', 'closed')", name=op.f("ck_officer_recordstatus")),
    )
    op.create_index("ix_officer_organisation_id", "officer", ["organisation_id"])
    op.create_index("ix_officer_uid", "officer", ["uid"], unique=True)


def create_organisationalias() -> None:
    op.create_table(
        "organisationalias",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisationalias"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_organisationalias_organisation_id_organisation"
        ),
        sa.UniqueConstraint("name", name="uq_organisationalias_name"),
    )
    op.create_index("ix_organisationalias_organisation_id", "organisationalias", ["organisation_id"])


def create_scenariomember() -> None:
    op.create_table(
        "scenariomember",
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("scenario_id", "organisation_id", name="pk_scenariomember"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_scenariomember_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name="fk_scenariomember_scenario_id_scenario"),
        sa.CheckConstraint("role IN ('lead', 'partner')", name=op.f("ck_scenariomember_scenariorole")),
    )


def create_absence() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name="fk_absence_officer_id_officer"),
        sa.CheckConstraint("last_date >= first_date", name=op.f("ck_absence_order")),
    )
    op.create_index("ix_absence_officer_id", "absence", ["officer_id"])


def create_officerskill() -> None:
    op.create_table(
        "officerskill",
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("skill_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("officer_id", "skill_id", name="pk_officerskill"),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name="fk_officerskill_officer_id_officer"),
        sa.ForeignKeyConstraint(["skill_id"], ["skill.id"], name="fk_officerskill_skill_id_skill"),
    )
