"""Erasures, and whose the kept answers are"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    erasures = op.create_table(
        "privacy_erasures",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["identity_accounts.id"], name=op.f("fk_privacy_erasures_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_privacy_erasures")),
    )
    op.create_index(
        "ix_privacy_erasures_open",
        "privacy_erasures",
        ["looked_at"],
        unique=False,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.add_column("idempotency_keys", sa.Column("caller", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_idempotency_keys_caller"), "idempotency_keys", ["caller"], unique=False)
    # Who ended their account before there were erasures is forgotten now.
    accounts = sa.table(
        "identity_accounts", sa.column("id", sa.Uuid()), sa.column("deleted_at", sa.DateTime(timezone=True))
    )
    gone = sa.select(accounts.c.id, accounts.c.id, sa.literal(0), accounts.c.deleted_at, accounts.c.deleted_at).where(
        accounts.c.deleted_at.is_not(None)
    )
    op.execute(sa.insert(erasures).from_select(["account_id", "asked_by", "waiting", "asked_at", "looked_at"], gone))


def downgrade() -> None:
    op.drop_index(op.f("ix_idempotency_keys_caller"), table_name="idempotency_keys")
    op.drop_column("idempotency_keys", "caller")
    op.drop_index(
        "ix_privacy_erasures_open",
        table_name="privacy_erasures",
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.drop_table("privacy_erasures")
