"""Identities whose account has ended, apart from those that open one"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_ended_identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_ended_identities")),
        sa.UniqueConstraint("hash", name=op.f("uq_identity_ended_identities_hash")),
    )
    op.create_index(
        op.f("ix_identity_ended_identities_ended_at"), "identity_ended_identities", ["ended_at"], unique=False
    )
    # What was kept of them is a hash of another kind, which cannot be made into this one.
    identities = sa.table("identity_outside_identities", sa.column("ended_at"))
    op.execute(identities.delete().where(identities.c.ended_at.is_not(None)))
    op.drop_column("identity_outside_identities", "ended_at")


def downgrade() -> None:
    op.add_column("identity_outside_identities", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index(op.f("ix_identity_ended_identities_ended_at"), table_name="identity_ended_identities")
    op.drop_table("identity_ended_identities")
