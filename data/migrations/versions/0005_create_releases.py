"""Create the tables of releases, notices, feeds and of what the service keeps about itself."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = (
    "audittip",
    "calendaroverride",
    "heartbeat",
    "inboxmessage",
    "lease",
    "told",
    "auditevent",
    "feedtoken",
    "approval",
    "release",
    "outboxmessage",
    "releasevisit",
)


def upgrade() -> None:
    create_audittip()
    create_calendaroverride()
    create_heartbeat()
    create_inboxmessage()
    create_lease()
    create_told()
    create_auditevent()
    create_feedtoken()
    create_approval()
    create_release()
    create_outboxmessage()
    create_releasevisit()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_audittip() -> None:
    op.create_table(
        "audittip",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("chain_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audittip"),
    )


def create_calendaroverride() -> None:
    op.create_table(
        "calendaroverride",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("note", sa.String(80), nullable=False),
        sa.Column("document_number", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_calendaroverride"),
        sa.CheckConstraint("kind IN ('working', 'holiday')", name=op.f("ck_calendaroverride_daykind")),
    )


def create_heartbeat() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("ticks", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeat"),
    )


def create_inboxmessage() -> None:
    op.create_table(
        "inboxmessage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("dedupe_key", sa.String(160), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("recipient_kind", sa.String(24), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("release_number", sa.Integer(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inboxmessage"),
        sa.UniqueConstraint("dedupe_key", name="uq_inboxmessage_dedupe_key"),
        sa.CheckConstraint("kind IN ('release', 'check_in')", name=op.f("ck_inboxmessage_noticekind")),
        sa.CheckConstraint(
            "recipient_kind IN ('enterprise', 'organisation', 'officer')", name=op.f("ck_inboxmessage_recipientkind")
        ),
    )
    op.create_index("ix_inboxmessage_recipient_id", "inboxmessage", ["recipient_id"])
    op.create_index("ix_inboxmessage_uid", "inboxmessage", ["uid"], unique=True)


def create_lease() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )


def create_told() -> None:
    op.create_table(
        "told",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recipient_kind", sa.String(24), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("visit_uid", sa.String(32), nullable=False),
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("told_hash", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_told"),
        sa.UniqueConstraint(
            "recipient_kind", "recipient_id", "visit_uid", name="uq_told_recipient_kind_recipient_id_visit_uid"
        ),
        sa.CheckConstraint(
            "recipient_kind IN ('enterprise', 'organisation', 'officer')", name=op.f("ck_told_recipientkind")
        ),
    )
    op.create_index("ix_told_visit_uid", "told", ["visit_uid"])


def create_auditevent() -> None:
    op.create_table(
        "auditevent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("entity", sa.String(40), nullable=False),
        sa.Column("entity_uid", sa.String(40), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("chain_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_auditevent"),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name="fk_auditevent_actor_id_user"),
        sa.UniqueConstraint("number", name="uq_auditevent_number"),
    )
    op.create_index("ix_auditevent_action", "auditevent", ["action"])
    op.create_index("ix_auditevent_actor_id", "auditevent", ["actor_id"])
    op.create_index("ix_auditevent_at", "auditevent", ["at"])
    op.create_index("ix_auditevent_entity_uid", "auditevent", ["entity_uid"])


def create_feedtoken() -> None:
    op.create_table(
        "feedtoken",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(24), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_feedtoken"),
        sa.ForeignKeyConstraint(["created_by_id"], ["user.id"], name="fk_feedtoken_created_by_id_user"),
        sa.UniqueConstraint("token_hash", name="uq_feedtoken_token_hash"),
        sa.CheckConstraint("scope IN ('organisation', 'officer', 'enterprise')", name=op.f("ck_feedtoken_feedscope")),
    )
    op.create_index("ix_feedtoken_created_by_id", "feedtoken", ["created_by_id"])
    op.create_index("ix_feedtoken_uid", "feedtoken", ["uid"], unique=True)


def create_approval() -> None:
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("draft_hash", sa.String(64), nullable=False),
        sa.Column("draft_version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("blocked_by", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_approval"),
        sa.ForeignKeyConstraint(["approved_by_id"], ["user.id"], name="fk_approval_approved_by_id_user"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_approval_round_id_round"),
        sa.CheckConstraint(
            "status IN ('waiting', 'published', 'voided', 'cancelled', 'blocked')",
            name=op.f("ck_approval_approvalstatus"),
        ),
    )
    op.create_index("ix_approval_approved_by_id", "approval", ["approved_by_id"])
    op.create_index("ix_approval_round_id", "approval", ["round_id"])
    op.create_index("ix_approval_status", "approval", ["status"])
    op.create_index("ix_approval_uid", "approval", ["uid"], unique=True)


def create_release() -> None:
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("parent_number", sa.Integer(), nullable=True),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("proposal_hash", sa.String(64), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=False),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late_seconds", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_release"),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name="fk_release_approval_id_approval"),
        sa.ForeignKeyConstraint(["approved_by_id"], ["user.id"], name="fk_release_approved_by_id_user"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_release_round_id_round"),
        sa.UniqueConstraint("approval_id", name="uq_release_approval_id"),
        sa.UniqueConstraint("number", name="uq_release_number"),
        sa.CheckConstraint("late_seconds >= 0", name=op.f("ck_release_late")),
    )
    op.create_index("ix_release_approved_by_id", "release", ["approved_by_id"])
    op.create_index("ix_release_round_id", "release", ["round_id"])
    op.create_index("ix_release_uid", "release", ["uid"], unique=True)


def create_outboxmessage() -> None:
    op.create_table(
        "outboxmessage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("dedupe_key", sa.String(160), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("channel", sa.String(24), nullable=False),
        sa.Column("recipient_kind", sa.String(24), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_holder", sa.String(64), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outboxmessage"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_outboxmessage_release_id_release"),
        sa.UniqueConstraint("dedupe_key", name="uq_outboxmessage_dedupe_key"),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outboxmessage_attempts")),
        sa.CheckConstraint("channel IN ('inbox')", name=op.f("ck_outboxmessage_channel")),
        sa.CheckConstraint("kind IN ('release', 'check_in')", name=op.f("ck_outboxmessage_noticekind")),
        sa.CheckConstraint(
            "recipient_kind IN ('enterprise', 'organisation', 'officer')", name=op.f("ck_outboxmessage_recipientkind")
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'claimed', 'sent', 'dead', 'expired', 'superseded')",
            name=op.f("ck_outboxmessage_outboxstate"),
        ),
    )
    op.create_index("ix_outboxmessage_recipient_id", "outboxmessage", ["recipient_id"])
    op.create_index("ix_outboxmessage_release_id", "outboxmessage", ["release_id"])
    op.create_index("ix_outboxmessage_state", "outboxmessage", ["state"])
    op.create_index("ix_outboxmessage_uid", "outboxmessage", ["uid"], unique=True)


def create_releasevisit() -> None:
    op.create_table(
        "releasevisit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("visit_uid", sa.String(32), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_in", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("public_hash", sa.String(64), nullable=False),
        sa.Column("roster_hash", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_releasevisit"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_releasevisit_enterprise_id_enterprise"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_releasevisit_release_id_release"),
        sa.UniqueConstraint("release_id", "visit_uid", name="uq_releasevisit_release_id_visit_uid"),
    )
    op.create_index("ix_releasevisit_enterprise_id", "releasevisit", ["enterprise_id"])
    op.create_index("ix_releasevisit_release_id", "releasevisit", ["release_id"])
    op.create_index("ix_releasevisit_visit_uid", "releasevisit", ["visit_uid"])
