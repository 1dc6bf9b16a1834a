"""Create the tables of rounds, plans, draws and requests."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    "round",
    "sheetupload",
    "plan",
    "plantask",
    "draw",
    "inspectionrequest",
    "plantarget",
    "plantaskitem",
    "plantaskpartner",
)


def upgrade() -> None:
    create_round()
    create_sheetupload()
    create_plan()
    create_plantask()
    create_draw()
    create_inspectionrequest()
    create_plantarget()
    create_plantaskitem()
    create_plantaskpartner()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_round() -> None:
    op.create_table(
        "round",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("period_first", sa.Date(), nullable=False),
        sa.Column("period_last", sa.Date(), nullable=False),
        sa.Column("filing_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draft_version", sa.Integer(), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_round"),
        sa.ForeignKeyConstraint(["opened_by_id"], ["user.id"], name="fk_round_opened_by_id_user"),
        sa.UniqueConstraint("name", name="uq_round_name"),
        sa.CheckConstraint("draft_version >= 0", name=op.f("ck_round_draft")),
        sa.CheckConstraint("kind IN ('month', 'quarter')", name=op.f("ck_round_roundkind")),
        sa.CheckConstraint("period_last >= period_first", name=op.f("ck_round_period")),
        sa.CheckConstraint(
            "status IN ('open', 'frozen', 'drawn', 'solving', 'proposed', 'approved', 'published', 'closed')",
            name=op.f("ck_round_roundstatus"),
        ),
    )
    op.create_index("ix_round_opened_by_id", "round", ["opened_by_id"])
    op.create_index("ix_round_status", "round", ["status"])
    op.create_index("ix_round_uid", "round", ["uid"], unique=True)


def create_sheetupload() -> None:
    op.create_table(
        "sheetupload",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("filename", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.Column("mends", sa.JSON(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sheetupload"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_sheetupload_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_sheetupload_round_id_round"),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["user.id"], name="fk_sheetupload_uploaded_by_id_user"),
        sa.CheckConstraint("status IN ('read', 'imported', 'discarded')", name=op.f("ck_sheetupload_uploadstatus")),
    )
    op.create_index("ix_sheetupload_organisation_id", "sheetupload", ["organisation_id"])
    op.create_index("ix_sheetupload_round_id", "sheetupload", ["round_id"])
    op.create_index("ix_sheetupload_sha256", "sheetupload", ["sha256"])
    op.create_index("ix_sheetupload_uid", "sheetupload", ["uid"], unique=True)
    op.create_index("ix_sheetupload_uploaded_by_id", "sheetupload", ["uploaded_by_id"])


def create_plan() -> None:
    op.create_table(
        "plan",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("upload_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("source", sa.String(24), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("period_first", sa.Date(), nullable=False),
        sa.Column("period_last", sa.Date(), nullable=False),
        sa.Column("returned_reason", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed_by_id", sa.Integer(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_plan"),
        sa.ForeignKeyConstraint(["created_by_id"], ["user.id"], name="fk_plan_created_by_id_user"),
        sa.ForeignKeyConstraint(["filed_by_id"], ["user.id"], name="fk_plan_filed_by_id_user"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_plan_organisation_id_organisation"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_plan_round_id_round"),
        sa.ForeignKeyConstraint(["upload_id"], ["sheetupload.id"], name="fk_plan_upload_id_sheetupload"),
        sa.CheckConstraint("kind IN ('daily', 'special', 'case', 'review', 'random')", name=op.f("ck_plan_plankind")),
        sa.CheckConstraint("period_last >= period_first", name=op.f("ck_plan_period")),
        sa.CheckConstraint("source IN ('form', 'sheet', 'api')", name=op.f("ck_plan_plansource")),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'returned', 'filed', 'in_round', 'scheduled', 'withdrawn')",
            name=op.f("ck_plan_planstatus"),
        ),
    )
    op.create_index("ix_plan_created_by_id", "plan", ["created_by_id"])
    op.create_index("ix_plan_filed_by_id", "plan", ["filed_by_id"])
    op.create_index("ix_plan_organisation_id", "plan", ["organisation_id"])
    op.create_index("ix_plan_round_id", "plan", ["round_id"])
    op.create_index("ix_plan_status", "plan", ["status"])
    op.create_index("ix_plan_uid", "plan", ["uid"], unique=True)
    op.create_index("ix_plan_upload_id", "plan", ["upload_id"])


def create_plantask() -> None:
    op.create_table(
        "plantask",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("target_text", sa.Text(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=True),
        sa.Column("town_id", sa.Integer(), nullable=True),
        sa.Column("targeting", sa.String(24), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("ratio", sa.Float(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("ratio_by_class", sa.JSON(), nullable=True),
        sa.Column("quarters", sa.Integer(), nullable=False),
        sa.Column("inspectors", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("joint", sa.Boolean(), nullable=False),
        sa.Column("separate_reason", sa.Text(), nullable=False),
        sa.Column("notice_mode", sa.String(24), nullable=False),
        sa.Column("skill_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.JSON(), nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plantask"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_plantask_plan_id_plan"),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name="fk_plantask_scenario_id_scenario"),
        sa.ForeignKeyConstraint(["skill_id"], ["skill.id"], name="fk_plantask_skill_id_skill"),
        sa.ForeignKeyConstraint(["town_id"], ["town.id"], name="fk_plantask_town_id_town"),
        sa.UniqueConstraint("plan_id", "fingerprint", name="uq_plantask_plan_id_fingerprint"),
        sa.CheckConstraint("inspectors >= 2", name=op.f("ck_plantask_inspectors")),
        sa.CheckConstraint("last_date >= first_date", name=op.f("ck_plantask_window")),
        sa.CheckConstraint("notice_mode IN ('announced', 'unannounced')", name=op.f("ck_plantask_noticemode")),
        sa.CheckConstraint("priority BETWEEN 1 AND 9", name=op.f("ck_plantask_priority")),
        sa.CheckConstraint("quantity IS NULL OR quantity >= 0", name=op.f("ck_plantask_quantity")),
        sa.CheckConstraint("quarters IN (1, 2, 4)", name=op.f("ck_plantask_quarters")),
        sa.CheckConstraint("ratio IS NULL OR (ratio >= 0 AND ratio <= 1)", name=op.f("ck_plantask_ratio")),
        sa.CheckConstraint("targeting IN ('named', 'drawn')", name=op.f("ck_plantask_targeting")),
    )
    op.create_index("ix_plantask_plan_id", "plantask", ["plan_id"])
    op.create_index("ix_plantask_scenario_id", "plantask", ["scenario_id"])
    op.create_index("ix_plantask_skill_id", "plantask", ["skill_id"])
    op.create_index("ix_plantask_town_id", "plantask", ["town_id"])
    op.create_index("ix_plantask_uid", "plantask", ["uid"], unique=True)


def create_draw() -> None:
    op.create_table(
        "draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("algorithm", sa.String(32), nullable=False),
        sa.Column("list_hash", sa.String(64), nullable=False),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("drawn_by_id", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_draw"),
        sa.ForeignKeyConstraint(["drawn_by_id"], ["user.id"], name="fk_draw_drawn_by_id_user"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_draw_round_id_round"),
        sa.ForeignKeyConstraint(["task_id"], ["plantask.id"], name="fk_draw_task_id_plantask"),
        sa.UniqueConstraint("round_id", "task_id", name="uq_draw_round_id_task_id"),
    )
    op.create_index("ix_draw_drawn_by_id", "draw", ["drawn_by_id"])
    op.create_index("ix_draw_round_id", "draw", ["round_id"])
    op.create_index("ix_draw_task_id", "draw", ["task_id"])
    op.create_index("ix_draw_uid", "draw", ["uid"], unique=True)


def create_inspectionrequest() -> None:
    op.create_table(
        "inspectionrequest",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("quarters", sa.Integer(), nullable=False),
        sa.Column("inspectors", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("joint", sa.Boolean(), nullable=False),
        sa.Column("notice_mode", sa.String(24), nullable=False),
        sa.Column("skill_id", sa.Integer(), nullable=True),
        sa.Column("planned_date", sa.Date(), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("drawn", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("reason_code", sa.String(40), nullable=False),
        sa.Column("reason_detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inspectionrequest"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_inspectionrequest_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_inspectionrequest_round_id_round"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_inspectionrequest_site_id_site"),
        sa.ForeignKeyConstraint(["skill_id"], ["skill.id"], name="fk_inspectionrequest_skill_id_skill"),
        sa.ForeignKeyConstraint(["task_id"], ["plantask.id"], name="fk_inspectionrequest_task_id_plantask"),
        sa.UniqueConstraint("round_id", "task_id", "site_id", name="uq_inspectionrequest_round_id_task_id_site_id"),
        sa.CheckConstraint("NOT locked OR planned_date IS NOT NULL", name=op.f("ck_inspectionrequest_locked")),
        sa.CheckConstraint("inspectors >= 2", name=op.f("ck_inspectionrequest_inspectors")),
        sa.CheckConstraint("last_date >= first_date", name=op.f("ck_inspectionrequest_window")),
        sa.CheckConstraint("notice_mode IN ('announced', 'unannounced')", name=op.f("ck_inspectionrequest_noticemode")),
        sa.CheckConstraint("priority BETWEEN 1 AND 9", name=op.f("ck_inspectionrequest_priority")),
        sa.CheckConstraint("quarters IN (1, 2, 4)", name=op.f("ck_inspectionrequest_quarters")),
        sa.CheckConstraint(
            "status IN ('pending', 'scheduled', 'left_out', 'withdrawn')",
            name=op.f("ck_inspectionrequest_requeststatus"),
        ),
    )
    op.create_index("ix_inspectionrequest_organisation_id", "inspectionrequest", ["organisation_id"])
    op.create_index("ix_inspectionrequest_round_id", "inspectionrequest", ["round_id"])
    op.create_index("ix_inspectionrequest_site_id", "inspectionrequest", ["site_id"])
    op.create_index("ix_inspectionrequest_skill_id", "inspectionrequest", ["skill_id"])
    op.create_index("ix_inspectionrequest_task_id", "inspectionrequest", ["task_id"])
    op.create_index("ix_inspectionrequest_uid", "inspectionrequest", ["uid"], unique=True)


def create_plantarget() -> None:
    op.create_table(
        "plantarget",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "site_id", name="pk_plantarget"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_plantarget_site_id_site"),
        sa.ForeignKeyConstraint(["task_id"], ["plantask.id"], name="fk_plantarget_task_id_plantask"),
    )


def create_plantaskitem() -> None:
    op.create_table(
        "plantaskitem",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_plantaskitem"),
        sa.ForeignKeyConstraint(["item_id"], ["inspectionitem.id"], name="fk_plantaskitem_item_id_inspectionitem"),
        sa.ForeignKeyConstraint(["task_id"], ["plantask.id"], name="fk_plantaskitem_task_id_plantask"),
    )
    op.create_index("ix_plantaskitem_item_id", "plantaskitem", ["item_id"])
    op.create_index("ix_plantaskitem_task_id", "plantaskitem", ["task_id"])


def create_plantaskpartner() -> None:
    op.create_table(
        "plantaskpartner",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "organisation_id", name="pk_plantaskpartner"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_plantaskpartner_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(["task_id"], ["plantask.id"], name="fk_plantaskpartner_task_id_plantask"),
    )
