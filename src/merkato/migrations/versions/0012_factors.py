"""Second factors and passkeys"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_spent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_spent")),
    )
    op.create_index(op.f("ix_identity_spent_spent_at"), "identity_spent", ["spent_at"], unique=False)
    op.create_table(
        "identity_authenticators",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_step", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["identity_accounts.id"],
            name=op.f("fk_identity_authenticators_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_identity_authenticators")),
    )
    op.create_table(
        "identity_passkeys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["identity_accounts.id"], name=op.f("fk_identity_passkeys_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_identity_passkeys_credential_id")),
    )
    op.create_index(op.f("ix_identity_passkeys_account_id"), "identity_passkeys", ["account_id"], unique=False)
    op.create_table(
        "identity_recovery_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["identity_accounts.id"],
            name=op.f("fk_identity_recovery_codes_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_recovery_codes")),
    )
    op.create_index(
        op.f("ix_identity_recovery_codes_account_id_hash"),
        "identity_recovery_codes",
        ["account_id", "hash"],
        unique=True,
    )
    op.add_column(
        "identity_sessions", sa.Column("method", sa.String(length=32), server_default="password", nullable=False)
    )
    op.alter_column("identity_sessions", "method", server_default=None)


def downgrade() -> None:
    op.drop_column("identity_sessions", "method")
    op.drop_index(op.f("ix_identity_recovery_codes_account_id_hash"), table_name="identity_recovery_codes")
    op.drop_table("identity_recovery_codes")
    op.drop_index(op.f("ix_identity_passkeys_account_id"), table_name="identity_passkeys")
    op.drop_table("identity_passkeys")
    op.drop_table("identity_authenticators")
    op.drop_index(op.f("ix_identity_spent_spent_at"), table_name="identity_spent")
    op.drop_table("identity_spent")
