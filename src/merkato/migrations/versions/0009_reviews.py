"""reviews, wishlists, whose a guest's order is, and indexes for reports"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "carts_wishes",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["identity_accounts.id"], name=op.f("fk_carts_wishes_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["catalog_products.id"], name=op.f("fk_carts_wishes_product_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("account_id", "product_id", name=op.f("pk_carts_wishes")),
    )
    op.create_index(
        op.f("ix_carts_wishes_account_id_added_at_product_id"),
        "carts_wishes",
        ["account_id", "added_at", "product_id"],
        unique=False,
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("helpful", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("helpful >= 0", name=op.f("ck_reviews_helpful_not_negative")),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_reviews_rating_within")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["identity_accounts.id"], name=op.f("fk_reviews_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["catalog_products.id"], name=op.f("fk_reviews_product_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("product_id", "account_id", name=op.f("uq_reviews_product_id_account_id")),
    )
    op.create_index(op.f("ix_reviews_account_id_id"), "reviews", ["account_id", "id"], unique=False)
    op.create_index(
        op.f("ix_reviews_product_id_status_helpful_id"),
        "reviews",
        ["product_id", "status", "helpful", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_reviews_product_id_status_id"), "reviews", ["product_id", "status", "id"], unique=False)
    op.create_index(op.f("ix_reviews_status_id"), "reviews", ["status", "id"], unique=False)
    op.create_table(
        "reviews_votes",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["identity_accounts.id"], name=op.f("fk_reviews_votes_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_reviews_votes_review_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("review_id", "account_id", name=op.f("pk_reviews_votes")),
    )
    op.create_index(op.f("ix_reviews_votes_account_id"), "reviews_votes", ["account_id"], unique=False)
    op.add_column("orders", sa.Column("email_key", sa.Text(), nullable=True))
    orders = sa.table("orders", sa.column("email"), sa.column("email_key"))
    op.execute(orders.update().values(email_key=sa.func.lower(orders.c.email)))
    op.alter_column("orders", "email_key", nullable=False)
    op.create_index(op.f("ix_ledger_transfers_created_at"), "ledger_transfers", ["created_at"], unique=False)
    op.create_index(op.f("ix_orders_placed_at"), "orders", ["placed_at"], unique=False)
    op.create_index(
        "ix_orders_guests", "orders", ["email_key"], unique=False, postgresql_where=sa.text("account_id IS NULL")
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_ledger_transfers_created_at"), table_name="ledger_transfers")
    op.drop_index(op.f("ix_orders_placed_at"), table_name="orders")
    op.drop_index("ix_orders_guests", table_name="orders", postgresql_where=sa.text("account_id IS NULL"))
    op.drop_column("orders", "email_key")
    op.drop_index(op.f("ix_reviews_votes_account_id"), table_name="reviews_votes")
    op.drop_table("reviews_votes")
    op.drop_index(op.f("ix_reviews_product_id_status_id"), table_name="reviews")
    op.drop_index(op.f("ix_reviews_status_id"), table_name="reviews")
    op.drop_index(op.f("ix_reviews_product_id_status_helpful_id"), table_name="reviews")
    op.drop_index(op.f("ix_reviews_account_id_id"), table_name="reviews")
    op.drop_table("reviews")
    op.drop_index(op.f("ix_carts_wishes_account_id_added_at_product_id"), table_name="carts_wishes")
    op.drop_table("carts_wishes")
