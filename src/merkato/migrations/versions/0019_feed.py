"""the feed of jobs: what happens to jobs from here on"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hiring_feed_counter",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("forgotten", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hiring_feed_counter")),
    )
    op.create_table(
        "hiring_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("job", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["hiring_jobs.id"], name=op.f("fk_hiring_feed_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hiring_feed")),
        sa.UniqueConstraint("position", name=op.f("uq_hiring_feed_position")),
    )
    op.create_index(op.f("ix_hiring_feed_at"), "hiring_feed", ["at"], unique=False)
    op.create_index(op.f("ix_hiring_feed_job_id"), "hiring_feed", ["job_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_hiring_feed_job_id"), table_name="hiring_feed")
    op.drop_index(op.f("ix_hiring_feed_at"), table_name="hiring_feed")
    op.drop_table("hiring_feed")
    op.drop_table("hiring_feed_counter")
