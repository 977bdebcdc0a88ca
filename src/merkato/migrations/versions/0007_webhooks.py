"""webhooks to others"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("description", sa.String(length=1000), nullable=True),
        sa.Column("events", postgresql.ARRAY(sa.String()), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("previous_secret", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_reason", sa.String(length=32), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "webhooks_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhooks_deliveries_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks_deliveries")),
    )
    op.create_index(
        "ix_webhooks_deliveries_over",
        "webhooks_deliveries",
        ["updated_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'waiting'"),
    )
    op.create_index(
        "ix_webhooks_deliveries_unheard",
        "webhooks_deliveries",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state <> 'delivered'"),
    )
    op.create_index(
        "ix_webhooks_deliveries_waiting",
        "webhooks_deliveries",
        ["webhook_id", "requested_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        op.f("ix_webhooks_deliveries_webhook_id_id"), "webhooks_deliveries", ["webhook_id", "id"], unique=False
    )
    op.create_index("uq_webhooks_deliveries_event", "webhooks_deliveries", ["webhook_id", "event_id"], unique=True)
    op.create_table(
        "webhooks_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=64), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhooks_deliveries.id"],
            name=op.f("fk_webhooks_attempts_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks_attempts")),
    )
    op.create_index(op.f("ix_webhooks_attempts_delivery_id"), "webhooks_attempts", ["delivery_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_webhooks_attempts_delivery_id"), table_name="webhooks_attempts")
    op.drop_table("webhooks_attempts")
    op.drop_index("uq_webhooks_deliveries_event", table_name="webhooks_deliveries")
    op.drop_index(op.f("ix_webhooks_deliveries_webhook_id_id"), table_name="webhooks_deliveries")
    op.drop_index(
        "ix_webhooks_deliveries_waiting",
        table_name="webhooks_deliveries",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index(
        "ix_webhooks_deliveries_over", table_name="webhooks_deliveries", postgresql_where=sa.text("state <> 'waiting'")
    )
    op.drop_index(
        "ix_webhooks_deliveries_unheard",
        table_name="webhooks_deliveries",
        postgresql_where=sa.text("state <> 'delivered'"),
    )
    op.drop_table("webhooks_deliveries")
    op.drop_table("webhooks")
