"""What is counted at each scrape is found by an index of its own"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_notifications_messages_unsent",
        "notifications_messages",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'failed')"),
    )
    op.create_index(
        "ix_orders_open",
        "orders",
        ["status"],
        unique=False,
        postgresql_where=sa.text("status IN ('created', 'paid', 'in_progress')"),
    )


def downgrade() -> None:
    op.drop_index("ix_orders_open", table_name="orders")
    op.drop_index("ix_notifications_messages_unsent", table_name="notifications_messages")
