"""Create the tables of solve runs, proposals and the working draft."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("solverun", "visit", "proposal", "runstep", "crewslot", "visitrequest")


def upgrade() -> None:
    create_solverun()
    create_visit()
    create_proposal()
    create_runstep()
    create_crewslot()
    create_visitrequest()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_solverun() -> None:
    op.create_table(
        "solverun",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("draft_version", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("work", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("problem_hash", sa.String(64), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_holder", sa.String(64), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("phase", sa.String(40), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("bound", sa.Float(), nullable=True),
        sa.Column("gap", sa.Float(), nullable=True),
        sa.Column("collisions", sa.JSON(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("log", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_solverun"),
        sa.ForeignKeyConstraint(["requested_by_id"], ["user.id"], name="fk_solverun_requested_by_id_user"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_solverun_round_id_round"),
        sa.CheckConstraint("seconds IS NULL OR seconds > 0", name=op.f("ck_solverun_seconds")),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'finished', 'infeasible', 'unknown', 'cancelled', 'failed')",
            name=op.f("ck_solverun_runstatus"),
        ),
    )
    op.create_index("ix_solverun_requested_by_id", "solverun", ["requested_by_id"])
    op.create_index("ix_solverun_round_id", "solverun", ["round_id"])
    op.create_index("ix_solverun_status", "solverun", ["status"])
    op.create_index("ix_solverun_uid", "solverun", ["uid"], unique=True)


def create_visit() -> None:
    op.create_table(
        "visit",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("start_quarter", sa.Integer(), nullable=False),
        sa.Column("quarters", sa.Integer(), nullable=False),
        sa.Column("notice_mode", sa.String(24), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("lead_organisation_id", sa.Integer(), nullable=False),
        sa.Column("lead_officer_id", sa.Integer(), nullable=True),
        sa.Column("day_pinned", sa.Boolean(), nullable=False),
        sa.Column("crew_pinned", sa.Boolean(), nullable=False),
        sa.Column("members_pinned", sa.Boolean(), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_visit"),
        sa.ForeignKeyConstraint(["lead_officer_id"], ["officer.id"], name="fk_visit_lead_officer_id_officer"),
        sa.ForeignKeyConstraint(
            ["lead_organisation_id"], ["organisation.id"], name="fk_visit_lead_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_visit_round_id_round"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_visit_site_id_site"),
        sa.CheckConstraint("notice_mode IN ('announced', 'unannounced')", name=op.f("ck_visit_noticemode")),
        sa.CheckConstraint("quarters IN (1, 2, 4)", name=op.f("ck_visit_length")),
        sa.CheckConstraint("start_quarter + quarters <= 4", name=op.f("ck_visit_within_day")),
        sa.CheckConstraint("start_quarter BETWEEN 0 AND 3", name=op.f("ck_visit_start")),
        sa.CheckConstraint(
            "status IN ('draft', 'published', 'checked_in', 'done', 'cancelled')", name=op.f("ck_visit_visitstatus")
        ),
    )
    op.create_index("ix_visit_lead_officer_id", "visit", ["lead_officer_id"])
    op.create_index("ix_visit_lead_organisation_id", "visit", ["lead_organisation_id"])
    op.create_index("ix_visit_round_id", "visit", ["round_id"])
    op.create_index("ix_visit_site_id", "visit", ["site_id"])
    op.create_index("ix_visit_status", "visit", ["status"])
    op.create_index("ix_visit_uid", "visit", ["uid"], unique=True)


def create_proposal() -> None:
    op.create_table(
        "proposal",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("draft_version", sa.Integer(), nullable=False),
        sa.Column("solve_status", sa.String(16), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("bound", sa.Float(), nullable=False),
        sa.Column("gap", sa.Float(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answer_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adopted_by_id", sa.Integer(), nullable=True),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_proposal"),
        sa.ForeignKeyConstraint(["adopted_by_id"], ["user.id"], name="fk_proposal_adopted_by_id_user"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_proposal_round_id_round"),
        sa.ForeignKeyConstraint(["run_id"], ["solverun.id"], name="fk_proposal_run_id_solverun"),
        sa.CheckConstraint("status IN ('offered', 'adopted', 'superseded')", name=op.f("ck_proposal_proposalstatus")),
    )
    op.create_index("ix_proposal_adopted_by_id", "proposal", ["adopted_by_id"])
    op.create_index("ix_proposal_round_id", "proposal", ["round_id"])
    op.create_index("ix_proposal_run_id", "proposal", ["run_id"])
    op.create_index("ix_proposal_uid", "proposal", ["uid"], unique=True)


def create_runstep() -> None:
    op.create_table(
        "runstep",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("bound", sa.Float(), nullable=True),
        sa.Column("gap", sa.Float(), nullable=True),
        sa.Column("phase", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runstep"),
        sa.ForeignKeyConstraint(["run_id"], ["solverun.id"], name="fk_runstep_run_id_solverun"),
        sa.UniqueConstraint("run_id", "position", name="uq_runstep_run_id_position"),
    )
    op.create_index("ix_runstep_run_id", "runstep", ["run_id"])


def create_crewslot() -> None:
    op.create_table(
        "crewslot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_crewslot"),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name="fk_crewslot_officer_id_officer"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["inspectionrequest.id"], name="fk_crewslot_request_id_inspectionrequest"
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name="fk_crewslot_visit_id_visit"),
        sa.UniqueConstraint("officer_id", "day", "quarter", name="uq_crewslot_officer_id_day_quarter"),
        sa.CheckConstraint("quarter BETWEEN 0 AND 3", name=op.f("ck_crewslot_quarter")),
    )
    op.create_index("ix_crewslot_officer_id", "crewslot", ["officer_id"])
    op.create_index("ix_crewslot_request_id", "crewslot", ["request_id"])
    op.create_index("ix_crewslot_visit_id", "crewslot", ["visit_id"])


def create_visitrequest() -> None:
    op.create_table(
        "visitrequest",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", "request_id", name="pk_visitrequest"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["inspectionrequest.id"], name="fk_visitrequest_request_id_inspectionrequest"
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name="fk_visitrequest_visit_id_visit"),
        sa.UniqueConstraint("request_id", name="uq_visitrequest_request_id"),
    )
