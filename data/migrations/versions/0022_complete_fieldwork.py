"""Complete the work in the field: orders and their end, visits off plan, duties, photos, publications taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLES = ("orderend", "offplanvisit", "dutyrequest", "resultphoto")
OLD_DEEDS = "deed IN ('check_in', 'results', 'close')"
DEEDS = "deed IN ('check_in', 'results', 'close', 'off_plan', 'photo')"
OLD_ROUNDS = "kind IN ('month', 'quarter')"
ROUNDS = "kind IN ('month', 'quarter', 'off_plan')"
ENDINGS = ("mended", "shown", "ordered_again", "transferred", "unmended")
DUTIES = ("days", "visit", "swap")
DUTY_STATUS = ("asked", "waiting", "accepted", "refused", "withdrawn", "expired")
ONCE = ("visit_uid", "organisation_id")
OLD_ONCE = "uq_publishedresult_visit_uid_organisation_id"
STANDING = "uq_publishedresult_standing"
WITHDRAWING = ("withdrawal_asked_by_id", "withdrawn_by_id")


def upgrade() -> None:
    swap("fieldentry", "fielddeed", DEEDS)
    swap("round", "roundkind", ROUNDS)
    create_orderend()
    create_offplanvisit()
    create_dutyrequest()
    create_resultphoto()
    widen_publishedresult()


def downgrade() -> None:
    narrow_publishedresult()
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DELETE FROM fieldentry WHERE deed IN ('off_plan', 'photo')")
    swap("fieldentry", "fielddeed", OLD_DEEDS)
    # Its visits took place and stay; the round itself becomes one of the closed ones.
    op.execute("UPDATE round SET kind = 'month' WHERE kind = 'off_plan'")
    swap("round", "roundkind", OLD_ROUNDS)


def swap(table: str, name: str, text: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), text)


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


def text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])


def create_orderend() -> None:
    table = "orderend"
    op.create_table(
        table,
        number("result_id"),
        sa.Column("ending", sa.String(24), nullable=False),
        number("by_result_id", nullable=True),
        text("note"),
        number("ended_by_id"),
        moment("ended_at"),
        sa.PrimaryKeyConstraint("result_id", name=f"pk_{table}"),
        key(table, "result_id", "itemresult"),
        key(table, "by_result_id", "itemresult"),
        key(table, "ended_by_id", "user"),
        one_of(table, "orderending", "ending", ENDINGS),
        rule(table, "note", "by_result_id IS NOT NULL OR note <> ''"),
    )
    index(table, "by_result_id", "ended_by_id")


def create_offplanvisit() -> None:
    table = "offplanvisit"
    op.create_table(
        table,
        number("visit_id"),
        number("plan_id"),
        text("body"),
        number("opened_by_id"),
        moment("opened_at"),
        sa.PrimaryKeyConstraint("visit_id", name=f"pk_{table}"),
        key(table, "visit_id", "visit"),
        key(table, "plan_id", "plan"),
        key(table, "opened_by_id", "user"),
        sa.UniqueConstraint("plan_id", name=f"uq_{table}_plan_id"),
    )
    index(table, "opened_by_id")


def create_dutyrequest() -> None:
    table = "dutyrequest"
    op.create_table(
        table,
        number("version"),
        number("id"),
        sa.Column("uid", sa.String(32), nullable=False),
        number("officer_id"),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("visit_uid", sa.String(32), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        text("reason"),
        number("colleague_id", nullable=True),
        moment("until"),
        number("asked_by_id"),
        moment("asked_at"),
        moment("agreed_at", nullable=True),
        number("decided_by_id", nullable=True),
        moment("decided_at", nullable=True),
        text("answer"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        key(table, "officer_id", "officer"),
        key(table, "colleague_id", "officer"),
        key(table, "asked_by_id", "user"),
        key(table, "decided_by_id", "user"),
        one_of(table, "dutykind", "kind", DUTIES),
        one_of(table, "dutystatus", "status", DUTY_STATUS),
        rule(table, "order", "last_date >= first_date"),
        rule(table, "visit", "(kind = 'days') = (visit_uid = '')"),
        rule(table, "colleague", "(kind = 'swap') = (colleague_id IS NOT NULL)"),
        rule(table, "colleague_other", "colleague_id IS NULL OR colleague_id <> officer_id"),
        rule(table, "decided", "status NOT IN ('accepted', 'refused') OR decided_by_id IS NOT NULL"),
    )
    op.create_index(f"ix_{table}_uid", table, ["uid"], unique=True)
    index(table, "officer_id", "status", "visit_uid", "colleague_id", "asked_by_id", "decided_by_id")


def create_resultphoto() -> None:
    table = "resultphoto"
    op.create_table(
        table,
        number("id"),
        sa.Column("uid", sa.String(32), nullable=False),
        number("visit_id"),
        number("organisation_id"),
        sa.Column("item_key", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(80), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        number("size"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        moment("taken_at"),
        number("uploaded_by_id"),
        moment("uploaded_at"),
        sa.Column("late", sa.Boolean(), nullable=False),
        number("removed_by_id", nullable=True),
        moment("removed_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        key(table, "visit_id", "visit"),
        key(table, "organisation_id", "organisation"),
        key(table, "uploaded_by_id", "user"),
        key(table, "removed_by_id", "user"),
        sa.UniqueConstraint("visit_id", "item_key", "sha256", name=f"uq_{table}_visit_id_item_key_sha256"),
        rule(table, "size", "size > 0"),
        rule(table, "removed", "(removed_at IS NULL) = (removed_by_id IS NULL)"),
    )
    op.create_index(f"ix_{table}_uid", table, ["uid"], unique=True)
    index(table, "visit_id", "organisation_id", "uploaded_by_id", "removed_by_id")


def widen_publishedresult() -> None:
    table = "publishedresult"
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(OLD_ONCE, type_="unique")
        batch.add_column(sa.Column("withdrawal_reason", sa.Text(), nullable=False, server_default=""))
        batch.add_column(number("withdrawal_asked_by_id", nullable=True))
        batch.add_column(moment("withdrawal_asked_at", nullable=True))
        batch.add_column(number("withdrawn_by_id", nullable=True))
        batch.add_column(moment("withdrawn_at", nullable=True))
    with op.batch_alter_table(table) as batch:
        batch.alter_column("withdrawal_reason", server_default=None)
        for column in WITHDRAWING:
            batch.create_foreign_key(f"fk_{table}_{column}_user", "user", [column], ["id"])
        asked = "(withdrawal_asked_at IS NULL) = (withdrawal_asked_by_id IS NULL)"
        batch.create_check_constraint(op.f(f"ck_{table}_asked"), asked)
        gone = "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)"
        batch.create_check_constraint(op.f(f"ck_{table}_withdrawn"), gone)
        others = "withdrawn_by_id IS NULL OR withdrawn_by_id <> withdrawal_asked_by_id"
        batch.create_check_constraint(op.f(f"ck_{table}_two_people"), others)
    index(table, *WITHDRAWING)
    standing = sa.text("withdrawn_at IS NULL")
    op.create_index(STANDING, table, list(ONCE), unique=True, sqlite_where=standing, postgresql_where=standing)


def narrow_publishedresult() -> None:
    table = "publishedresult"
    op.execute("DELETE FROM publishedresult WHERE withdrawn_at IS NOT NULL")
    op.drop_index(STANDING, table)
    for column in WITHDRAWING:
        op.drop_index(f"ix_{table}_{column}", table)
    with op.batch_alter_table(table) as batch:
        for name in ("asked", "withdrawn", "two_people"):
            batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        for column in WITHDRAWING:
            batch.drop_constraint(f"fk_{table}_{column}_user", type_="foreignkey")
        for column in ("withdrawal_reason", "withdrawal_asked_at", "withdrawn_at", *WITHDRAWING):
            batch.drop_column(column)
        batch.create_unique_constraint(OLD_ONCE, list(ONCE))
