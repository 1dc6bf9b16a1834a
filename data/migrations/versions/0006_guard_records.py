"""Guard what is only ever added: releases, audit events and draws refuse changes; the audit chain gets its tip.

A later migration that rebuilds one of these tables (SQLite changes a table by copying it) loses its triggers and has
to create them again.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

GUARDED = ("release", "releasevisit", "auditevent", "draw")
EVENTS = ("update", "delete")


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if not on_sqlite:
        _create_postgresql_function()
    for table in GUARDED:
        for event in EVENTS:
            op.execute(_sqlite_trigger(table, event) if on_sqlite else _postgresql_trigger(table, event))
    # Made here and not by the first writer: two first writers would both try.
    op.execute("INSERT INTO audittip (id, number, chain_hash) VALUES (1, 0, '')")


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute("DELETE FROM audittip WHERE number = 0")
    for table in GUARDED:
        for event in EVENTS:
            op.execute(f"DROP TRIGGER {_name(table, event)}" + ("" if on_sqlite else f' ON "{table}"'))
    if not on_sqlite:
        op.execute("DROP FUNCTION refuse_change()")


def _name(table: str, event: str) -> str:
    return f"tr_{table}_no_{event}"


def _sqlite_trigger(table: str, event: str) -> str:
    return (
        f'CREATE TRIGGER {_name(table, event)} BEFORE {event.upper()} ON "{table}" '
        f"BEGIN SELECT RAISE(ABORT, 'append-only: {event} of {table} is refused'); END"
    )


def _create_postgresql_function() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'append-only: % of % is refused', lower(TG_OP), TG_TABLE_NAME "
        "USING ERRCODE = 'restrict_violation'; END $$"
    )


def _postgresql_trigger(table: str, event: str) -> str:
    return (
        f'CREATE TRIGGER {_name(table, event)} BEFORE {event.upper()} ON "{table}" '
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
