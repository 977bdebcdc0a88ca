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


def downgrade() -> None:
    op.drop_column("orders", "version")
