"""Let a drawn inspection be called off because its enterprise has no place left."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLE = "drawcancellation"
OLD = ("closed", "moved", "duplicate", "emergency", "other")
NEW = ("closed", "moved", "duplicate", "emergency", "cap", "other")
EVENTS = ("update", "delete")


def upgrade() -> None:
    swap(NEW)


def downgrade() -> None:
    # The row says why an inspection that was drawn did not take place: it stays, with the nearest reason there was.
    drop_guards()
    op.execute("UPDATE drawcancellation SET reason = 'other', detail = 'R30' WHERE reason = 'cap'")
    guard()
    swap(OLD)


def swap(reasons: tuple[str, ...]) -> None:
    """Change what a reason may be. SQLite makes the table anew, which takes its triggers away."""
    drop_guards()
    with op.batch_alter_table(TABLE) as batch:
        batch.drop_constraint(op.f(f"ck_{TABLE}_cancelreason"), type_="check")
        listed = ", ".join(f"'{one}'" for one in reasons)
        batch.create_check_constraint(op.f(f"ck_{TABLE}_cancelreason"), f"reason IN ({listed})")
    guard()


def on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def drop_guards() -> None:
    for event in EVENTS:
        op.execute(f"DROP TRIGGER tr_{TABLE}_no_{event}" + ("" if on_sqlite() else f' ON "{TABLE}"'))


def guard() -> None:
    for event in EVENTS:
        begin = f'CREATE TRIGGER tr_{TABLE}_no_{event} BEFORE {event.upper()} ON "{TABLE}" '
        if on_sqlite():
            op.execute(begin + f"BEGIN SELECT RAISE(ABORT, 'append-only: {event} of {TABLE} is refused'); END")
        else:
            op.execute(begin + "FOR EACH ROW EXECUTE FUNCTION refuse_change()")
