"""fulfilments, kitchen tickets and returns"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fulfilment_simulated_schedules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("items", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfilment_simulated_schedules")),
    )
    op.create_index(
        op.f("ix_fulfilment_simulated_schedules_scheduled_at"),
        "fulfilment_simulated_schedules",
        ["scheduled_at"],
        unique=False,
    )
    op.create_table(
        "fulfilment_fulfilments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("carrier", sa.String(length=200), nullable=True),
        sa.Column("tracking_number", sa.String(length=200), nullable=True),
        sa.Column("tracking_url", sa.String(length=2000), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_fulfilment_fulfilments_order_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfilment_fulfilments")),
    )
    op.create_index(
        op.f("ix_fulfilment_fulfilments_order_id_id"), "fulfilment_fulfilments", ["order_id", "id"], unique=False
    )
    op.create_index(
        "uq_fulfilment_fulfilments_begun",
        "fulfilment_fulfilments",
        ["order_id", "way"],
        unique=True,
        postgresql_where=sa.text("way IN ('kitchen', 'instant')"),
    )
    op.create_table(
        "fulfilment_returns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("rejection", sa.String(length=1000), nullable=True),
        sa.Column("restocked", sa.Boolean(), nullable=True),
        sa.Column("reversal_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_fulfilment_returns_order_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfilment_returns")),
    )
    op.create_index(op.f("ix_fulfilment_returns_order_id_id"), "fulfilment_returns", ["order_id", "id"], unique=False)
    op.create_index(
        "ix_fulfilment_returns_received",
        "fulfilment_returns",
        ["updated_at"],
        unique=False,
        postgresql_where=sa.text("state = 'received'"),
    )
    op.create_table(
        "fulfilment_lines",
        sa.Column("fulfilment_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_fulfilment_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["fulfilment_id"],
            ["fulfilment_fulfilments.id"],
            name=op.f("fk_fulfilment_lines_fulfilment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["orders_lines.id"], name=op.f("fk_fulfilment_lines_line_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("fulfilment_id", "line_id", name=op.f("pk_fulfilment_lines")),
    )
    op.create_index(op.f("ix_fulfilment_lines_line_id"), "fulfilment_lines", ["line_id"], unique=False)
    op.create_table(
        "fulfilment_return_lines",
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_fulfilment_return_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["orders_lines.id"], name=op.f("fk_fulfilment_return_lines_line_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["return_id"],
            ["fulfilment_returns.id"],
            name=op.f("fk_fulfilment_return_lines_return_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("return_id", "line_id", name=op.f("pk_fulfilment_return_lines")),
    )
    op.create_index(op.f("ix_fulfilment_return_lines_line_id"), "fulfilment_return_lines", ["line_id"], unique=False)
    op.create_table(
        "fulfilment_tickets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("fulfilment_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("items", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=True),
        sa.Column("recognised", sa.Boolean(), nullable=False),
        sa.Column("uncertain_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspected_duplicates", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("delayed", sa.Boolean(), nullable=False),
        sa.Column("troubles", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(length=1000), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["fulfilment_id"],
            ["fulfilment_fulfilments.id"],
            name=op.f("fk_fulfilment_tickets_fulfilment_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_fulfilment_tickets_order_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfilment_tickets")),
        sa.UniqueConstraint("fulfilment_id", name=op.f("uq_fulfilment_tickets_fulfilment_id")),
        sa.UniqueConstraint("order_id", name=op.f("uq_fulfilment_tickets_order_id")),
    )
    op.create_index(
        "ix_fulfilment_tickets_due",
        "fulfilment_tickets",
        ["ask_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('to_schedule', 'pending', 'progress', 'to_cancel')"),
    )
    op.create_index(op.f("ix_fulfilment_tickets_schedule_id"), "fulfilment_tickets", ["schedule_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_fulfilment_tickets_schedule_id"), table_name="fulfilment_tickets")
    op.drop_index(
        "ix_fulfilment_tickets_due",
        table_name="fulfilment_tickets",
        postgresql_where=sa.text("state IN ('to_schedule', 'pending', 'progress', 'to_cancel')"),
    )
    op.drop_table("fulfilment_tickets")
    op.drop_index(op.f("ix_fulfilment_return_lines_line_id"), table_name="fulfilment_return_lines")
    op.drop_table("fulfilment_return_lines")
    op.drop_index(op.f("ix_fulfilment_lines_line_id"), table_name="fulfilment_lines")
    op.drop_table("fulfilment_lines")
    op.drop_index(
        "ix_fulfilment_returns_received",
        table_name="fulfilment_returns",
        postgresql_where=sa.text("state = 'received'"),
    )
    op.drop_index(op.f("ix_fulfilment_returns_order_id_id"), table_name="fulfilment_returns")
    op.drop_table("fulfilment_returns")
    op.drop_index(
        "uq_fulfilment_fulfilments_begun",
        table_name="fulfilment_fulfilments",
        postgresql_where=sa.text("way IN ('kitchen', 'instant')"),
    )
    op.drop_index(op.f("ix_fulfilment_fulfilments_order_id_id"), table_name="fulfilment_fulfilments")
    op.drop_table("fulfilment_fulfilments")
    op.drop_index(op.f("ix_fulfilment_simulated_schedules_scheduled_at"), table_name="fulfilment_simulated_schedules")
    op.drop_table("fulfilment_simulated_schedules")
