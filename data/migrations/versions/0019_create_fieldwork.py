"""Create the work in the field: arrivals, entries sent once; results of items, published ones; rows of R50, R55."""

import sqlalchemy as sa
from alembic import op

from data.seed.policies import default_rules

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = ("fieldentry", "crewarrival", "itemresult", "publishedresult")
NEW_RULES = ("R50", "R55")
METHODS = ("code", "manual")
DEEDS = ("check_in", "results", "close")
OUTCOMES = ("conforms", "problem", "unchecked")
MEASURES = ("advice", "corrected", "ordered", "transferred", "reported", "other")
UNCHECKED = ("no_activity", "closed", "gone", "unreachable", "refused", "no_time", "other")


def upgrade() -> None:
    with op.batch_alter_table("visit") as batch:
        batch.add_column(moment("finished_at", nullable=True))
    create_fieldentry()
    create_crewarrival()
    create_itemresult()
    create_publishedresult()
    insert_rules()


def insert_rules() -> None:
    """Add the rules that older installations do not have; new ones got them with all the others."""
    table = sa.Table("rule", sa.MetaData(), autoload_with=op.get_bind())
    table.c.parameters.type = sa.JSON()
    present = set(op.get_bind().execute(sa.select(table.c.code)).scalars())
    missing = [row for row in default_rules() if row["code"] in NEW_RULES and row["code"] not in present]
    if missing:
        op.get_bind().execute(sa.insert(table), missing)


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
        number("recorded_by_id"),
        moment("recorded_at"),
        moment("device_at", nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        key(table, "visit_id", "visit"),
        key(table, "organisation_id", "organisation"),
        key(table, "recorded_by_id", "user"),
        sa.UniqueConstraint("visit_id", "item_key", name="uq_itemresult_visit_id_item_key"),
        one_of(table, "itemoutcome", "outcome", OUTCOMES),
        one_of(table, "itemmeasure", "measure", MEASURES),
        one_of(table, "uncheckedreason", "unchecked_reason", UNCHECKED),
        rule(table, "measure", "(outcome = 'problem') = (measure IS NOT NULL)"),
        rule(table, "unchecked", "(outcome = 'unchecked') = (unchecked_reason IS NOT NULL)"),
        rule(table, "mending", "mend_by IS NULL OR measure = 'ordered'"),
        indexed=("visit_id", "organisation_id", "recorded_by_id"),
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
