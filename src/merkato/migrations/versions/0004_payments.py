"""payment services"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payments_events",
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", "event_id", name=op.f("pk_payments_events")),
    )
    op.create_index(op.f("ix_payments_events_received_at"), "payments_events", ["received_at"], unique=False)
    op.add_column("payments_reversals", sa.Column("failure", sa.String(length=1000), nullable=True))


def downgrade() -> None:
    op.drop_column("payments_reversals", "failure")
    op.drop_index(op.f("ix_payments_events_received_at"), table_name="payments_events")
    op.drop_table("payments_events")
