"""Create the work in the field: arrivals, entries sent once, results of items, published results, duty requests."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = ("fieldentry", "crewarrival", "itemresult", "publishedresult", "dutyrequest")
METHODS = ("code", "manual")
DEEDS = ("check_in", "results", "close")
OUTCOMES = ("conforms", "problem", "unchecked")
MEASURES = ("advice", "corrected", "ordered", "transferred", "reported", "other")
UNCHECKED = ("no_activity", "closed", "gone", "unreachable", "refused", "no_time", "other")
DUTY_KINDS = ("unavailable", "swap")
DUTY_STATUSES = ("waiting", "accepted", "declined", "withdrawn")


def upgrade() -> None:
    with op.batch_alter_table("visit") as batch:
        batch.add_column(moment("finished_at", nullable=True))
    create_fieldentry()
    create_crewarrival()
    create_itemresult()
    create_publishedresult()
    create_dutyrequest()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    with op.batch_alter_table("visit") as batch:
        batch.drop_column("finished_at")


def key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def rule(table: str, name: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}"))


def one_of(table: str, name: str, column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    return rule(table, name, f"{column} IN ({', '.join(repr(value) for value in values)})")


def moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def create(table: str, *parts: sa.schema.SchemaItem, indexed: tuple[str, ...]) -> None:
    op.create_table(table, number("id"), *parts, sa.PrimaryKeyConstraint("id", name=f"pk_{table}"))
    for column in indexed:
        op.create_index(f"ix_{table}_{column}", table, [column])


def public_id() -> sa.Column:
    return sa.Column("uid", sa.String(32), nullable=False)


def create_fieldentry() -> None:
    table = "fieldentry"
    create(
        table,
        number("user_id"),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("deed", sa.String(24), nullable=False),
        number("visit_id"),
        sa.Column("content_hash", sa.String(64), nullable=False),
        moment("device_at", nullable=True),
        moment("received_at"),
        sa.Column("late", sa.Boolean(), nullable=False),
        key(table, "user_id", "user"),
        key(table, "visit_id", "visit"),
        sa.UniqueConstraint("user_id", "key", name="uq_fieldentry_user_id_key"),
        one_of(table, "fielddeed", "deed", DEEDS),
        indexed=("user_id", "visit_id"),
    )


def create_crewarrival() -> None:
    table = "crewarrival"
    create(
        table,
        number("visit_id"),
        number("organisation_id"),
        number("officer_id"),
        sa.Column("method", sa.String(24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        moment("arrived_at"),
        moment("received_at"),
        sa.Column("late", sa.Boolean(), nullable=False),
        key(table, "visit_id", "visit"),
        key(table, "organisation_id", "organisation"),
        key(table, "officer_id", "officer"),
        sa.UniqueConstraint("visit_id", "organisation_id", name="uq_crewarrival_visit_id_organisation_id"),
        one_of(table, "arrivalmethod", "method", METHODS),
        rule(table, "reason", "method = 'code' OR reason <> ''"),
        indexed=("visit_id", "organisation_id", "officer_id"),
    )


def create_itemresult() -> None:
    table = "itemresult"
    create(
        table,
        number("version"),
        public_id(),
        number("visit_id"),
        number("organisation_id"),
        sa.Column("item_key", sa.String(64), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.Column("measure", sa.String(24), nullable=True),
        sa.Column("unchecked_reason", sa.String(24), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mend_by", sa.Date(), nullable=True),
        sa.Column("mended_on", sa.Date(), nullable=True),
        number("review_plan_id", nullable=True),
        number("recorded_by_id"),
        moment("recorded_at"),
        moment("device_at", nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        key(table, "visit_id", "visit"),
        key(table, "organisation_id", "organisation"),
        key(table, "review_plan_id", "plan"),
        key(table, "recorded_by_id", "user"),
        sa.UniqueConstraint("visit_id", "item_key", name="uq_itemresult_visit_id_item_key"),
        one_of(table, "itemoutcome", "outcome", OUTCOMES),
        one_of(table, "itemmeasure", "measure", MEASURES),
        one_of(table, "uncheckedreason", "unchecked_reason", UNCHECKED),
        rule(table, "measure", "(outcome = 'problem') = (measure IS NOT NULL)"),
        rule(table, "unchecked", "(outcome = 'unchecked') = (unchecked_reason IS NOT NULL)"),
        rule(table, "mending", "mend_by IS NULL OR measure = 'ordered'"),
        rule(table, "mended", "mended_on IS NULL OR mend_by IS NOT NULL"),
        indexed=("visit_id", "organisation_id", "review_plan_id", "recorded_by_id"),
    )
    op.create_index("ix_itemresult_uid", table, ["uid"], unique=True)


def create_publishedresult() -> None:
    table = "publishedresult"
    create(
        table,
        public_id(),
        sa.Column("visit_uid", sa.String(32), nullable=False),
        number("organisation_id"),
        sa.Column("enterprise_name", sa.String(120), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("problem_found", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        number("published_by_id"),
        moment("published_at"),
        key(table, "organisation_id", "organisation"),
        key(table, "published_by_id", "user"),
        sa.UniqueConstraint("visit_uid", "organisation_id", name="uq_publishedresult_visit_uid_organisation_id"),
        indexed=("visit_uid", "organisation_id", "enterprise_name", "day", "published_by_id"),
    )
    op.create_index("ix_publishedresult_uid", table, ["uid"], unique=True)


def create_dutyrequest() -> None:
    table = "dutyrequest"
    create(
        table,
        number("version"),
        public_id(),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        number("officer_id"),
        number("other_officer_id", nullable=True),
        sa.Column("visit_uid", sa.String(32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        number("filed_by_id"),
        moment("filed_at"),
        sa.Column("answer", sa.Text(), nullable=False),
        number("answered_by_id", nullable=True),
        moment("answered_at", nullable=True),
        key(table, "officer_id", "officer"),
        key(table, "other_officer_id", "officer"),
        key(table, "filed_by_id", "user"),
        key(table, "answered_by_id", "user"),
        one_of(table, "dutyrequestkind", "kind", DUTY_KINDS),
        one_of(table, "dutyrequeststatus", "status", DUTY_STATUSES),
        rule(table, "swap", "(kind = 'swap') = (other_officer_id IS NOT NULL)"),
        rule(table, "answered", "(status IN ('waiting', 'withdrawn')) = (answered_at IS NULL)"),
        indexed=("status", "officer_id", "other_officer_id", "visit_uid", "filed_by_id", "answered_by_id"),
    )
    op.create_index("ix_dutyrequest_uid", table, ["uid"], unique=True)
