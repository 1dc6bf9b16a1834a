"""Create licences, attachments of plans and drawn crews; let draws end without their value."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OLD_LISTS = ("enterprises", "credit_classes", "items", "officers", "absences", "recusals", "closures")
LISTS = (*OLD_LISTS, "licences")
FALLBACKS = ("without", "abort")
EVIDENCE = ("clue", "approval", "scheme", "other")
TABLES = ("licence", "attachment", "crewdraw")
# As revision 0008 has them: SQLite loses a table's triggers when it is rebuilt, PostgreSQL ties them to its columns.
OLD_ONCE = ("seed", "public_value", "public_source", "fallback", "kind", "blind", "floor")
ONCE = (*OLD_ONCE, "value_fallback", "value_until")


def one_of(column: str, values: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    swap("listupload", "listkind", one_of("kind", LISTS))
    drop_once()
    with op.batch_alter_table("drawprotocol") as batch:
        batch.add_column(sa.Column("value_until", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("value_fallback", sa.String(24), nullable=False, server_default="abort"))
    with op.batch_alter_table("drawprotocol") as batch:
        # The default only carries the draws that are there.
        batch.alter_column("value_fallback", server_default=None)
        batch.create_check_constraint(
            op.f("ck_drawprotocol_value_until"), "value_until IS NULL OR public_at < value_until"
        )
        batch.create_check_constraint(op.f("ck_drawprotocol_valuefallback"), one_of("value_fallback", FALLBACKS))
    op.execute(once(ONCE))
    create_licence()
    create_attachment()
    create_crewdraw()
    for event in ("update", "delete"):
        op.execute(guard("crewdraw", event))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    drop_once()
    with op.batch_alter_table("drawprotocol") as batch:
        batch.drop_constraint(op.f("ck_drawprotocol_value_until"), type_="check")
        batch.drop_constraint(op.f("ck_drawprotocol_valuefallback"), type_="check")
        batch.drop_column("value_until")
        batch.drop_column("value_fallback")
    op.execute(once(OLD_ONCE))
    swap("listupload", "listkind", one_of("kind", OLD_LISTS))


def on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def drop_once() -> None:
    op.execute("DROP TRIGGER tr_drawprotocol_once" + ("" if on_sqlite() else ' ON "drawprotocol"'))


def once(columns: Sequence[str]) -> str:
    """A column that holds something keeps it."""
    differs = "IS NOT" if on_sqlite() else "IS DISTINCT FROM"
    changed = " OR ".join(
        f"(COALESCE(CAST(OLD.{one} AS TEXT), '') <> '' AND NEW.{one} {differs} OLD.{one})" for one in columns
    )
    begin = f'CREATE TRIGGER tr_drawprotocol_once BEFORE UPDATE ON "drawprotocol" FOR EACH ROW WHEN ({changed}) '
    return begin + refusal("drawprotocol", "update")


def guard(table: str, event: str) -> str:
    begin = f'CREATE TRIGGER tr_{table}_no_{event} BEFORE {event.upper()} ON "{table}" '
    return begin + ("" if on_sqlite() else "FOR EACH ROW ") + refusal(table, event)


def refusal(table: str, event: str) -> str:
    if on_sqlite():
        return f"BEGIN SELECT RAISE(ABORT, 'append-only: {event} of {table} is refused'); END"
    return "EXECUTE FUNCTION refuse_change()"


def swap(table: str, name: str, rule: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), rule)


def create_licence() -> None:
    op.create_table(
        "licence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_licence"),
        sa.UniqueConstraint("kind", "number", name="uq_licence_kind_number"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_licence_enterprise_id_enterprise"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_licence_site_id_site"),
    )
    op.create_index("ix_licence_enterprise_id", "licence", ["enterprise_id"])
    op.create_index("ix_licence_number", "licence", ["number"])
    op.create_index("ix_licence_site_id", "licence", ["site_id"])


def create_attachment() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("filename", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(80), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_attachment_plan_id_plan"),
        sa.ForeignKeyConstraint(["removed_by_id"], ["user.id"], name="fk_attachment_removed_by_id_user"),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["user.id"], name="fk_attachment_uploaded_by_id_user"),
        sa.CheckConstraint("size > 0", name=op.f("ck_attachment_size")),
        sa.CheckConstraint("(removed_at IS NULL) = (removed_by_id IS NULL)", name=op.f("ck_attachment_removed")),
        sa.CheckConstraint(one_of("kind", EVIDENCE), name=op.f("ck_attachment_attachmentkind")),
    )
    op.create_index("ix_attachment_plan_id", "attachment", ["plan_id"])
    op.create_index("ix_attachment_removed_by_id", "attachment", ["removed_by_id"])
    op.create_index("ix_attachment_uid", "attachment", ["uid"], unique=True)
    op.create_index("ix_attachment_uploaded_by_id", "attachment", ["uploaded_by_id"])


def create_crewdraw() -> None:
    op.create_table(
        "crewdraw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_crewdraw"),
        sa.UniqueConstraint("request_id", "release_id", name="uq_crewdraw_request_id_release_id"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["inspectionrequest.id"], name="fk_crewdraw_request_id_inspectionrequest"
        ),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_crewdraw_release_id_release"),
    )
    op.create_index("ix_crewdraw_release_id", "crewdraw", ["release_id"])
    op.create_index("ix_crewdraw_request_id", "crewdraw", ["request_id"])
