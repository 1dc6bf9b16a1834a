"""Create the tables of rules and caps with what every installation begins with, and the columns that rules look at.

The first versions of rules and caps are read from data/seed. When a later migration changes these tables, it has to
leave this one a copy of the columns as they are now.
"""

import sqlalchemy as sa
from alembic import op

from data.seed.policies import default_caps, default_exemptions, default_rules

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (
    "requirementconflict",
    "fieldclass",
    "rule",
    "ruleoverride",
    "planjudgement",
    "cappolicy",
    "capexemption",
    "capaccount",
    "capevent",
    "capcheck",
)
GUARDED = ("rule", "capevent", "planjudgement")


def upgrade() -> None:
    add_columns()
    create_requirementconflict()
    create_fieldclass()
    create_rule()
    create_ruleoverride()
    create_planjudgement()
    create_cappolicy()
    create_capexemption()
    create_capaccount()
    create_capevent()
    create_capcheck()
    insert_defaults()
    guard_records()


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        for table in GUARDED:
            for event in ("update", "delete"):
                op.execute(f'DROP TRIGGER tr_{table}_no_{event} ON "{table}"')
    for table in reversed(TABLES):
        op.drop_table(table)
    drop_columns()


def add_columns() -> None:
    with op.batch_alter_table("organisation") as batch:
        batch.add_column(sa.Column("mandate", sa.String(24), nullable=False, server_default="organ"))
        batch.add_column(sa.Column("entrusted_by_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("entrusted_on", sa.Date(), nullable=True))
        batch.create_check_constraint(
            op.f("ck_organisation_mandate"), "mandate IN ('organ', 'authorised', 'entrusted')"
        )
        batch.create_foreign_key(
            "fk_organisation_entrusted_by_id_organisation", "organisation", ["entrusted_by_id"], ["id"]
        )
        batch.create_index("ix_organisation_entrusted_by_id", ["entrusted_by_id"])
    with op.batch_alter_table("organisation") as batch:
        batch.alter_column("mandate", server_default=None)
    with op.batch_alter_table("inspectionitem") as batch:
        batch.add_column(sa.Column("simple", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("inspectionitem") as batch:
        batch.alter_column("simple", server_default=None)
    with op.batch_alter_table("plantask") as batch:
        batch.add_column(sa.Column("assistants", sa.Integer(), nullable=False, server_default="0"))
        batch.create_check_constraint(op.f("ck_plantask_assistants"), "assistants >= 0")
    with op.batch_alter_table("plantask") as batch:
        batch.alter_column("assistants", server_default=None)


def drop_columns() -> None:
    with op.batch_alter_table("plantask") as batch:
        batch.drop_constraint(op.f("ck_plantask_assistants"), type_="check")
        batch.drop_column("assistants")
    with op.batch_alter_table("inspectionitem") as batch:
        batch.drop_column("simple")
    with op.batch_alter_table("organisation") as batch:
        batch.drop_index("ix_organisation_entrusted_by_id")
        batch.drop_constraint("fk_organisation_entrusted_by_id_organisation", type_="foreignkey")
        batch.drop_constraint(op.f("ck_organisation_mandate"), type_="check")
        batch.drop_column("entrusted_on")
        batch.drop_column("entrusted_by_id")
        batch.drop_column("mandate")


def insert_defaults() -> None:
    names = {
        "rule": default_rules(),
        "cappolicy": default_caps(),
        "capexemption": default_exemptions(),
    }
    for name, rows in names.items():
        table = sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())
        if name == "rule":
            table.c.parameters.type = sa.JSON()
        op.get_bind().execute(sa.insert(table), rows)


def guard_records() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in GUARDED:
        for event in ("update", "delete"):
            name = f"tr_{table}_no_{event}"
            if on_sqlite:
                op.execute(
                    f'CREATE TRIGGER {name} BEFORE {event.upper()} ON "{table}" '
                    f"BEGIN SELECT RAISE(ABORT, 'append-only: {event} of {table} is refused'); END"
                )
            else:
                op.execute(
                    f'CREATE TRIGGER {name} BEFORE {event.upper()} ON "{table}" '
                    "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                )


def create_requirementconflict() -> None:
    op.create_table(
        "requirementconflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_item_id", sa.Integer(), nullable=False),
        sa.Column("second_item_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_requirementconflict"),
        sa.ForeignKeyConstraint(
            ["first_item_id"], ["inspectionitem.id"], name="fk_requirementconflict_first_item_id_inspectionitem"
        ),
        sa.ForeignKeyConstraint(
            ["second_item_id"], ["inspectionitem.id"], name="fk_requirementconflict_second_item_id_inspectionitem"
        ),
        sa.UniqueConstraint(
            "first_item_id", "second_item_id", name="uq_requirementconflict_first_item_id_second_item_id"
        ),
        sa.CheckConstraint("first_item_id < second_item_id", name=op.f("ck_requirementconflict_two")),
    )
    op.create_index("ix_requirementconflict_first_item_id", "requirementconflict", ["first_item_id"])
    op.create_index("ix_requirementconflict_second_item_id", "requirementconflict", ["second_item_id"])


def create_fieldclass() -> None:
    op.create_table(
        "fieldclass",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("credit_class", sa.String(24), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_fieldclass"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_fieldclass_enterprise_id_enterprise"),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name="fk_fieldclass_scenario_id_scenario"),
        sa.UniqueConstraint("enterprise_id", "scenario_id", name="uq_fieldclass_enterprise_id_scenario_id"),
        sa.CheckConstraint("credit_class IN ('A', 'B', 'C', 'D')", name=op.f("ck_fieldclass_creditclass")),
    )
    op.create_index("ix_fieldclass_enterprise_id", "fieldclass", ["enterprise_id"])
    op.create_index("ix_fieldclass_scenario_id", "fieldclass", ["scenario_id"])


def create_rule() -> None:
    op.create_table(
        "rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title_zh", sa.String(80), nullable=False),
        sa.Column("title_en", sa.String(120), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("severity", sa.String(24), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("organisation_kind", sa.String(24), nullable=True),
        sa.Column("scenario_id", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rule"),
        sa.ForeignKeyConstraint(["created_by_id"], ["user.id"], name="fk_rule_created_by_id_user"),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name="fk_rule_scenario_id_scenario"),
        sa.UniqueConstraint("code", "version", name="uq_rule_code_version"),
        sa.CheckConstraint(
            "organisation_kind IN ('department', 'township', 'vertical', 'coordination', 'government')",
            name=op.f("ck_rule_organisationkind"),
        ),
        sa.CheckConstraint("severity IN ('hard', 'warning', 'notice')", name=op.f("ck_rule_severity")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_rule_validity")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_rule_version")),
    )
    op.create_index("ix_rule_code", "rule", ["code"])
    op.create_index("ix_rule_created_by_id", "rule", ["created_by_id"])
    op.create_index("ix_rule_scenario_id", "rule", ["scenario_id"])
    op.create_index("ix_rule_uid", "rule", ["uid"], unique=True)


def create_ruleoverride() -> None:
    op.create_table(
        "ruleoverride",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(8), nullable=False),
        sa.Column("finding", sa.String(40), nullable=False),
        sa.Column("target", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ruleoverride"),
        sa.ForeignKeyConstraint(["given_by_id"], ["user.id"], name="fk_ruleoverride_given_by_id_user"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_ruleoverride_plan_id_plan"),
        sa.UniqueConstraint("plan_id", "finding", "target", name="uq_ruleoverride_plan_id_finding_target"),
    )
    op.create_index("ix_ruleoverride_given_by_id", "ruleoverride", ["given_by_id"])
    op.create_index("ix_ruleoverride_plan_id", "ruleoverride", ["plan_id"])


def create_planjudgement() -> None:
    op.create_table(
        "planjudgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("submission", sa.Integer(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_planjudgement"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_planjudgement_plan_id_plan"),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"], name="fk_planjudgement_rule_id_rule"),
        sa.UniqueConstraint("plan_id", "submission", "rule_id", name="uq_planjudgement_plan_id_submission_rule_id"),
        sa.CheckConstraint("findings >= 0", name=op.f("ck_planjudgement_findings")),
    )
    op.create_index("ix_planjudgement_plan_id", "planjudgement", ["plan_id"])
    op.create_index("ix_planjudgement_rule_id", "planjudgement", ["rule_id"])


def create_cappolicy() -> None:
    op.create_table(
        "cappolicy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("holder", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(24), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("organisation_kind", sa.String(24), nullable=True),
        sa.Column("scenario_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("credit_class", sa.String(24), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cappolicy"),
        sa.ForeignKeyConstraint(["item_id"], ["inspectionitem.id"], name="fk_cappolicy_item_id_inspectionitem"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_cappolicy_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name="fk_cappolicy_scenario_id_scenario"),
        sa.CheckConstraint("holder IN ('organ', 'level', 'district')", name=op.f("ck_cappolicy_capholder")),
        sa.CheckConstraint("subject IN ('enterprise', 'site')", name=op.f("ck_cappolicy_capsubject")),
        sa.CheckConstraint("credit_class IN ('A', 'B', 'C', 'D')", name=op.f("ck_cappolicy_creditclass")),
        sa.CheckConstraint("most IS NULL OR most >= 0", name=op.f("ck_cappolicy_most")),
        sa.CheckConstraint(
            "organisation_kind IN ('department', 'township', 'vertical', 'coordination', 'government')",
            name=op.f("ck_cappolicy_organisationkind"),
        ),
    )
    op.create_index("ix_cappolicy_item_id", "cappolicy", ["item_id"])
    op.create_index("ix_cappolicy_organisation_id", "cappolicy", ["organisation_id"])
    op.create_index("ix_cappolicy_scenario_id", "cappolicy", ["scenario_id"])
    op.create_index("ix_cappolicy_uid", "cappolicy", ["uid"], unique=True)


def create_capexemption() -> None:
    op.create_table(
        "capexemption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("trigger", sa.String(24), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("capped", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_capexemption"),
        sa.UniqueConstraint("kind", "trigger", name="uq_capexemption_kind_trigger"),
        sa.CheckConstraint(
            "kind IN ('daily', 'special', 'case', 'review', 'random')",
            name=op.f("ck_capexemption_plankind"),
        ),
        sa.CheckConstraint("counted OR NOT capped", name=op.f("ck_capexemption_sense")),
    )


def create_capaccount() -> None:
    op.create_table(
        "capaccount",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("holder", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(24), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("bound", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("exempt", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_capaccount"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_capaccount_enterprise_id_enterprise"),
        sa.ForeignKeyConstraint(["item_id"], ["inspectionitem.id"], name="fk_capaccount_item_id_inspectionitem"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_capaccount_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_capaccount_site_id_site"),
        sa.UniqueConstraint("key", name="uq_capaccount_key"),
        sa.CheckConstraint(
            "reserved >= 0 AND bound >= 0 AND used >= 0 AND exempt >= 0",
            name=op.f("ck_capaccount_balance"),
        ),
        sa.CheckConstraint("holder IN ('organ', 'level', 'district')", name=op.f("ck_capaccount_capholder")),
        sa.CheckConstraint("subject IN ('enterprise', 'site')", name=op.f("ck_capaccount_capsubject")),
    )
    op.create_index("ix_capaccount_enterprise_id", "capaccount", ["enterprise_id"])
    op.create_index("ix_capaccount_item_id", "capaccount", ["item_id"])
    op.create_index("ix_capaccount_organisation_id", "capaccount", ["organisation_id"])
    op.create_index("ix_capaccount_site_id", "capaccount", ["site_id"])


def create_capevent() -> None:
    op.create_table(
        "capevent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("hold", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("visit_uid", sa.String(32), nullable=False),
        sa.Column("capped", sa.Boolean(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("bound", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("exempt", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_capevent"),
        sa.ForeignKeyConstraint(["account_id"], ["capaccount.id"], name="fk_capevent_account_id_capaccount"),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name="fk_capevent_actor_id_user"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_capevent_plan_id_plan"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_capevent_site_id_site"),
        sa.ForeignKeyConstraint(["task_id"], ["plantask.id"], name="fk_capevent_task_id_plantask"),
        sa.UniqueConstraint("hold", "number", name="uq_capevent_hold_number"),
        sa.CheckConstraint(
            "kind IN ('opened', 'reserved', 'bound', 'joined', 'used', 'released')",
            name=op.f("ck_capevent_capeventkind"),
        ),
    )
    op.create_index("ix_capevent_account_id", "capevent", ["account_id"])
    op.create_index("ix_capevent_actor_id", "capevent", ["actor_id"])
    op.create_index("ix_capevent_hold", "capevent", ["hold"])
    op.create_index("ix_capevent_plan_id", "capevent", ["plan_id"])
    op.create_index("ix_capevent_site_id", "capevent", ["site_id"])
    op.create_index("ix_capevent_visit_uid", "capevent", ["visit_uid"])


def create_capcheck() -> None:
    op.create_table(
        "capcheck",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("drifts", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_capcheck"),
    )
