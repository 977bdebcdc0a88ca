"""the money of work for hire: agreements, what workers have earned, and payouts"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hiring_balances",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("earned_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_out_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "paid_out_minor BETWEEN 0 AND earned_minor", name=op.f("ck_hiring_balances_paid_out_within")
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["identity_accounts.id"], name=op.f("fk_hiring_balances_worker_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("worker_id", "currency", name=op.f("pk_hiring_balances")),
    )
    op.create_table(
        "hiring_payouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("noted_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_hiring_payouts_amount_positive")),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["identity_accounts.id"], name=op.f("fk_hiring_payouts_worker_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hiring_payouts")),
    )
    op.create_index(op.f("ix_hiring_payouts_worker_id_id"), "hiring_payouts", ["worker_id", "id"], unique=False)
    op.create_table(
        "hiring_agreements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("late_minor", sa.BigInteger(), nullable=False),
        sa.Column("earned_minor", sa.BigInteger(), nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pay_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sweep_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "earned_minor + returned_minor <= amount_minor", name=op.f("ck_hiring_agreements_parts_within")
        ),
        sa.CheckConstraint(
            "earned_minor >= 0 AND returned_minor >= 0", name=op.f("ck_hiring_agreements_parts_not_negative")
        ),
        sa.CheckConstraint("fee_minor BETWEEN 0 AND amount_minor", name=op.f("ck_hiring_agreements_fee_within")),
        sa.CheckConstraint("late_minor BETWEEN 0 AND amount_minor", name=op.f("ck_hiring_agreements_late_within")),
        sa.ForeignKeyConstraint(
            ["id"], ["hiring_offers.id"], name=op.f("fk_hiring_agreements_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["hiring_jobs.id"], name=op.f("fk_hiring_agreements_job_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["identity_accounts.id"], name=op.f("fk_hiring_agreements_owner_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["identity_accounts.id"], name=op.f("fk_hiring_agreements_worker_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hiring_agreements")),
    )
    op.create_index(
        "ix_hiring_agreements_earned",
        "hiring_agreements",
        ["worker_id", "ended_at", "id"],
        unique=False,
        postgresql_where=sa.text("earned_minor > 0"),
    )
    op.create_index(
        op.f("ix_hiring_agreements_job_id_created_at"), "hiring_agreements", ["job_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_hiring_agreements_swept",
        "hiring_agreements",
        ["sweep_at"],
        unique=False,
        postgresql_where=sa.text("sweep_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_hiring_agreements_swept", table_name="hiring_agreements", postgresql_where=sa.text("sweep_at IS NOT NULL")
    )
    op.drop_index(op.f("ix_hiring_agreements_job_id_created_at"), table_name="hiring_agreements")
    op.drop_index(
        "ix_hiring_agreements_earned", table_name="hiring_agreements", postgresql_where=sa.text("earned_minor > 0")
    )
    op.drop_table("hiring_agreements")
    op.drop_index(op.f("ix_hiring_payouts_worker_id_id"), table_name="hiring_payouts")
    op.drop_table("hiring_payouts")
    op.drop_table("hiring_balances")
