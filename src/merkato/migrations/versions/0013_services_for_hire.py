"""services for hire: kinds of jobs (three of them ship), jobs, offers, messages, evaluations"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KINDS = (
    ("01a201c8-71a2-7eff-8bdf-ab91d7377da5", "dust_up", "Dusting"),
    ("01a201c8-71a3-73cc-be31-ba90a57db43c", "spot_clean", "Cleaning a few spots"),
    ("01a201c8-71a3-73e2-bec7-229c3b844621", "full_clean", "Cleaning everything"),
)


def upgrade() -> None:
    op.create_table(
        "hiring_kinds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hiring_kinds")),
        sa.UniqueConstraint("name", name=op.f("uq_hiring_kinds_name")),
    )
    kinds = sa.table(
        "hiring_kinds",
        sa.column("id", sa.Uuid()),
        *(sa.column(name) for name in ("name", "title", "active", "created_at", "updated_at")),
    )
    made = {"active": True, "created_at": sa.func.now(), "updated_at": sa.func.now()}
    for kind_id, name, title in KINDS:
        op.execute(kinds.insert().values(id=UUID(kind_id), name=name, title=title, **made))
    op.create_table(
        "hiring_jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("price_unit", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("wished_on", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("pictures", postgresql.ARRAY(sa.String(length=2000)), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("offers_total", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.TSVECTOR(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("offers_total >= 0", name=op.f("ck_hiring_jobs_offers_not_negative")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_hiring_jobs_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["kind_id"], ["hiring_kinds.id"], name=op.f("fk_hiring_jobs_kind_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["identity_accounts.id"], name=op.f("fk_hiring_jobs_owner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hiring_jobs")),
    )
    op.create_index("ix_hiring_jobs_document", "hiring_jobs", ["document"], unique=False, postgresql_using="gin")
    op.create_index(op.f("ix_hiring_jobs_kind_id"), "hiring_jobs", ["kind_id"], unique=False)
    op.create_index(
        "ix_hiring_jobs_open", "hiring_jobs", ["id"], unique=False, postgresql_where=sa.text("status = 'open'")
    )
    op.create_index(
        "ix_hiring_jobs_open_price",
        "hiring_jobs",
        ["currency", "price_minor"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(op.f("ix_hiring_jobs_owner_id_id"), "hiring_jobs", ["owner_id", "id"], unique=False)
    op.create_table(
        "hiring_worker_stats",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("no_shows", sa.Integer(), nullable=False),
        sa.Column("stars_0", sa.Integer(), nullable=False),
        sa.Column("stars_1", sa.Integer(), nullable=False),
        sa.Column("stars_2", sa.Integer(), nullable=False),
        sa.Column("stars_3", sa.Integer(), nullable=False),
        sa.Column("stars_4", sa.Integer(), nullable=False),
        sa.Column("stars_5", sa.Integer(), nullable=False),
        sa.Column("professionalism_sum", sa.Integer(), nullable=False),
        sa.Column("professionalism_count", sa.Integer(), nullable=False),
        sa.Column("completeness_sum", sa.Integer(), nullable=False),
        sa.Column("completeness_count", sa.Integer(), nullable=False),
        sa.Column("efficiency_sum", sa.Integer(), nullable=False),
        sa.Column("efficiency_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["identity_accounts.id"], name=op.f("fk_hiring_worker_stats_worker_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("worker_id", name=op.f("pk_hiring_worker_stats")),
    )
    op.create_table(
        "hiring_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("price_unit", sa.String(length=32), nullable=False),
        sa.Column("quarter_hours", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("rejected_for", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "price_unit = 'fixed' OR quarter_hours IS NOT NULL", name=op.f("ck_hiring_offers_hours_named")
        ),
        sa.CheckConstraint("quarter_hours > 0", name=op.f("ck_hiring_offers_hours_positive")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_hiring_offers_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["identity_accounts.id"], name=op.f("fk_hiring_offers_author_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["hiring_jobs.id"], name=op.f("fk_hiring_offers_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hiring_offers")),
        sa.UniqueConstraint("job_id", "author_id", name=op.f("uq_hiring_offers_job_id_author_id")),
    )
    op.create_index(op.f("ix_hiring_offers_author_id_id"), "hiring_offers", ["author_id", "id"], unique=False)
    op.create_index(op.f("ix_hiring_offers_job_id_id"), "hiring_offers", ["job_id", "id"], unique=False)
    op.create_index(
        "uq_hiring_offers_accepted",
        "hiring_offers",
        ["job_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('accepted', 'completed')"),
    )
    op.create_table(
        "hiring_evaluations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("overall", sa.SmallInteger(), nullable=False),
        sa.Column("professionalism", sa.SmallInteger(), nullable=True),
        sa.Column("completeness", sa.SmallInteger(), nullable=True),
        sa.Column("efficiency", sa.SmallInteger(), nullable=True),
        sa.Column("headline", sa.String(length=200), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("no_show", sa.Boolean(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("completeness BETWEEN 0 AND 5", name=op.f("ck_hiring_evaluations_completeness_within")),
        sa.CheckConstraint("efficiency BETWEEN 0 AND 5", name=op.f("ck_hiring_evaluations_efficiency_within")),
        sa.CheckConstraint("overall BETWEEN 0 AND 5", name=op.f("ck_hiring_evaluations_overall_within")),
        sa.CheckConstraint(
            "professionalism BETWEEN 0 AND 5", name=op.f("ck_hiring_evaluations_professionalism_within")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["identity_accounts.id"], name=op.f("fk_hiring_evaluations_author_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["hiring_jobs.id"], name=op.f("fk_hiring_evaluations_job_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["hiring_offers.id"], name=op.f("fk_hiring_evaluations_offer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["identity_accounts.id"], name=op.f("fk_hiring_evaluations_worker_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hiring_evaluations")),
        sa.UniqueConstraint("job_id", name=op.f("uq_hiring_evaluations_job_id")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_hiring_evaluations_offer_id")),
    )
    op.create_index(op.f("ix_hiring_evaluations_worker_id_id"), "hiring_evaluations", ["worker_id", "id"], unique=False)
    op.create_table(
        "hiring_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["identity_accounts.id"], name=op.f("fk_hiring_messages_author_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["hiring_offers.id"], name=op.f("fk_hiring_messages_offer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hiring_messages")),
    )
    op.create_index(op.f("ix_hiring_messages_offer_id_id"), "hiring_messages", ["offer_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_hiring_messages_offer_id_id"), table_name="hiring_messages")
    op.drop_table("hiring_messages")
    op.drop_index(op.f("ix_hiring_evaluations_worker_id_id"), table_name="hiring_evaluations")
    op.drop_table("hiring_evaluations")
    op.drop_index(
        "uq_hiring_offers_accepted",
        table_name="hiring_offers",
        postgresql_where=sa.text("status IN ('accepted', 'completed')"),
    )
    op.drop_index(op.f("ix_hiring_offers_job_id_id"), table_name="hiring_offers")
    op.drop_index(op.f("ix_hiring_offers_author_id_id"), table_name="hiring_offers")
    op.drop_table("hiring_offers")
    op.drop_table("hiring_worker_stats")
    op.drop_index(op.f("ix_hiring_jobs_owner_id_id"), table_name="hiring_jobs")
    op.drop_index("ix_hiring_jobs_open_price", table_name="hiring_jobs", postgresql_where=sa.text("status = 'open'"))
    op.drop_index("ix_hiring_jobs_open", table_name="hiring_jobs", postgresql_where=sa.text("status = 'open'"))
    op.drop_index(op.f("ix_hiring_jobs_kind_id"), table_name="hiring_jobs")
    op.drop_index("ix_hiring_jobs_document", table_name="hiring_jobs", postgresql_using="gin")
    op.drop_table("hiring_jobs")
    op.drop_table("hiring_kinds")
