"""roles as data, one waiting reset for each address, and why a review was rejected"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_roles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("description", sa.String(length=1000), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.String(length=64)), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_identity_roles_name")),
    )
    op.alter_column(
        "identity_accounts",
        "roles",
        existing_type=postgresql.ARRAY(sa.VARCHAR(length=16)),
        type_=postgresql.ARRAY(sa.String(length=32)),
        existing_nullable=False,
    )
    # Who waits at this moment asks again.
    challenges = sa.table("identity_challenges", sa.column("account_id"))
    op.execute(sa.delete(challenges).where(challenges.c.account_id.is_(None)))
    op.create_index(
        "uq_identity_challenges_waiting",
        "identity_challenges",
        ["email_key"],
        unique=True,
        postgresql_where=sa.text("account_id IS NULL"),
    )
    op.add_column("reviews", sa.Column("rejection_reason", sa.String(length=1000), nullable=True))


def downgrade() -> None:
    op.drop_column("reviews", "rejection_reason")
    op.drop_index(
        "uq_identity_challenges_waiting",
        table_name="identity_challenges",
        postgresql_where=sa.text("account_id IS NULL"),
    )
    # The roles of the store's own go, and with them what they granted.
    accounts = sa.table("identity_accounts", sa.column("roles", postgresql.ARRAY(sa.String())))
    each = sa.func.unnest(accounts.c.roles).column_valued("each")
    built_in = sa.select(each).where(each.in_(["customer", "staff", "admin"])).scalar_subquery()
    op.execute(sa.update(accounts).values(roles=sa.func.array(built_in)))
    op.alter_column(
        "identity_accounts",
        "roles",
        existing_type=postgresql.ARRAY(sa.String(length=32)),
        type_=postgresql.ARRAY(sa.VARCHAR(length=16)),
        existing_nullable=False,
    )
    op.drop_table("identity_roles")
