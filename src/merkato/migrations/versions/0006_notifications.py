"""mail, and what it confirms"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_challenges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["identity_accounts.id"], name=op.f("fk_identity_challenges_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_challenges")),
    )
    op.create_index(
        op.f("ix_identity_challenges_account_id_purpose_created_at"),
        "identity_challenges",
        ["account_id", "purpose", "created_at"],
        unique=False,
    )
    op.create_index(op.f("ix_identity_challenges_created_at"), "identity_challenges", ["created_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_identity_challenges_created_at"), table_name="identity_challenges")
    op.drop_index(op.f("ix_identity_challenges_account_id_purpose_created_at"), table_name="identity_challenges")
    op.drop_table("identity_challenges")
