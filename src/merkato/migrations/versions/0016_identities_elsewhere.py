"""Identities elsewhere, and log-ins at providers"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_authorizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("redirect_uri", sa.String(length=2000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_authorizations")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_identity_authorizations_state_hash")),
    )
    op.create_index(
        op.f("ix_identity_authorizations_expires_at"), "identity_authorizations", ["expires_at"], unique=False
    )
    op.create_table(
        "identity_outside_identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["identity_accounts.id"],
            name=op.f("fk_identity_outside_identities_account_id"),
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_outside_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identity_outside_identities_issuer_subject")),
    )
    op.create_index(
        op.f("ix_identity_outside_identities_account_id"), "identity_outside_identities", ["account_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_identity_outside_identities_account_id"), table_name="identity_outside_identities")
    op.drop_table("identity_outside_identities")
    op.drop_index(op.f("ix_identity_authorizations_expires_at"), table_name="identity_authorizations")
    op.drop_table("identity_authorizations")
