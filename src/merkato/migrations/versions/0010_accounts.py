"""sessions that can be told apart, and changes of address"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("identity_challenges", sa.Column("email", sa.String(length=254), nullable=True))
    op.add_column("identity_sessions", sa.Column("user_agent", sa.String(length=200), nullable=True))
    op.add_column("identity_sessions", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
    sessions = sa.table("identity_sessions", sa.column("last_used_at"), sa.column("created_at"))
    op.execute(sa.update(sessions).values(last_used_at=sessions.c.created_at))
    op.alter_column("identity_sessions", "last_used_at", nullable=False)


def downgrade() -> None:
    op.drop_column("identity_sessions", "last_used_at")
    op.drop_column("identity_sessions", "user_agent")
    op.drop_column("identity_challenges", "email")
