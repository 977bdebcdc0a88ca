"""the ledger, and orders to be paid later"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.alter_column("orders", "version", server_default=None)
    op.add_column("orders_lines", sa.Column("quantity_refunded", sa.Integer(), server_default="0", nullable=False))
    op.alter_column("orders_lines", "quantity_refunded", server_default=None)
    op.create_check_constraint(
        op.f("ck_orders_lines_refunded_within"), "orders_lines", "quantity_refunded BETWEEN 0 AND quantity"
    )


def downgrade() -> None:
    op.drop_column("orders_lines", "quantity_refunded")
    op.drop_column("orders", "version")
