"""the ledger, and orders to be paid later"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from merkato.kit import ids

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.alter_column("orders", "version", server_default=None)
    op.add_column("orders_lines", sa.Column("quantity_refunded", sa.Integer(), server_default="0", nullable=False))
    op.alter_column("orders_lines", "quantity_refunded", server_default=None)
    op.create_check_constraint(
        op.f("ck_orders_lines_refunded_within"), "orders_lines", "quantity_refunded BETWEEN 0 AND quantity"
    )
    op.add_column("orders", sa.Column("sweep_at", sa.DateTime(timezone=True)))
    op.create_index("ix_orders_swept", "orders", ["sweep_at"], postgresql_where=sa.text("sweep_at IS NOT NULL"))
    op.add_column("payments_attempts", sa.Column("capturing_minor", sa.BigInteger(), nullable=True))
    op.create_table(
        "ledger_transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("debit", sa.String(length=32), nullable=False),
        sa.Column("credit", sa.String(length=32), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_ledger_transfers_amount_positive")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_ledger_transfers_two_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transfers")),
        sa.UniqueConstraint("cause_id", "kind", name=op.f("uq_ledger_transfers_cause_id_kind")),
    )
    op.create_index(op.f("ix_ledger_transfers_subject_id_id"), "ledger_transfers", ["subject_id", "id"], unique=False)
    open_books()


# The books of a store that has sold already: what its orders would have written, had there been a ledger.

SIDES = {
    "sale": ("receivable", "sales"),
    "shipping": ("receivable", "shipping"),
    "tax": ("receivable", "tax_payable"),
    "discount": ("discounts", "receivable"),
    "capture": ("provider_clearing", "receivable"),
    "refund": ("receivable", "provider_clearing"),
}
orders = sa.table(
    "orders",
    *(sa.column(name) for name in ("id", "currency", "placed_at", "cancelled_at")),
    sa.column("totals", JSONB),
    sa.column("taxes", JSONB),
)
lines = sa.table(
    "orders_lines",
    *(sa.column(name) for name in ("order_id", "unit_price_minor", "quantity", "discount_minor", "tax_minor")),
)
attempts = sa.table(
    "payments_attempts",
    *(sa.column(name) for name in ("id", "payable_id", "currency", "state", "captured_minor", "updated_at")),
)
reversals = sa.table(
    "payments_reversals",
    *(sa.column(name) for name in ("id", "attempt_id", "kind", "state", "amount_minor", "updated_at")),
)
transfers = sa.table(
    "ledger_transfers",
    sa.column("id", sa.Uuid),
    *(sa.column(name) for name in ("kind", "debit", "credit", "amount_minor", "currency")),
    sa.column("cause_id", sa.Uuid),
    sa.column("subject_id", sa.Uuid),
    sa.column("created_at", sa.DateTime(timezone=True)),
)


def open_books() -> None:
    bind = op.get_bind()
    rows = [row for row in (*sold(bind), *moved(bind)) if row["amount_minor"]]
    for start in range(0, len(rows), 1000):
        bind.execute(transfers.insert(), rows[start : start + 1000])


def transfer(kind: str, amount: int, *about: object, back: bool = False) -> dict[str, Any]:
    """`about` is the currency, the cause, the subject and the time."""
    debit, credit = SIDES[kind][::-1] if back else SIDES[kind]
    named = {"id": ids.new(), "kind": f"{kind}_credited" if back else kind, "debit": debit, "credit": credit}
    described = zip(("currency", "cause_id", "subject_id", "created_at"), about, strict=True)
    return named | {"amount_minor": amount} | dict(described)


def sold(bind: sa.Connection) -> Iterator[dict[str, Any]]:
    sums = [
        sa.func.sum(each)
        for each in (lines.c.unit_price_minor * lines.c.quantity, lines.c.discount_minor, lines.c.tax_minor)
    ]
    found = (
        sa.select(orders, *sums)
        .join(lines, lines.c.order_id == orders.c.id)
        .where(orders.c.placed_at.is_not(None))
        .group_by(*orders.c)
    )
    for order_id, currency, placed_at, cancelled_at, entries, taxes, *figures in bind.execute(found):
        subtotal, discount, line_tax = map(int, figures)
        shipping = sum(entry["amount"] for entry in entries if entry["type"] == "fulfillment")
        tax = sum(each["amount"] for each in taxes)
        if all(each["included"] for each in taxes):
            subtotal, shipping = subtotal - line_tax, shipping - (tax - line_tax)
        for kind, amount in (("sale", subtotal), ("shipping", shipping), ("tax", tax), ("discount", discount)):
            yield transfer(kind, amount, currency, order_id, order_id, placed_at)
            if cancelled_at is not None:
                yield transfer(kind, amount, currency, order_id, order_id, cancelled_at, back=True)


def moved(bind: sa.Connection) -> Iterator[dict[str, Any]]:
    taken = sa.select(attempts).where(attempts.c.state == "captured")
    for attempt in bind.execute(taken):
        amount, at = attempt.captured_minor, attempt.updated_at
        yield transfer("capture", amount, attempt.currency, attempt.id, attempt.payable_id, at)
    given = sa.select(reversals, attempts.c.payable_id, attempts.c.currency).join(
        attempts, attempts.c.id == reversals.c.attempt_id
    )
    for back in bind.execute(given.where(reversals.c.kind == "refund", reversals.c.state == "succeeded")):
        yield transfer("refund", back.amount_minor, back.currency, back.id, back.payable_id, back.updated_at)


def downgrade() -> None:
    op.drop_index(op.f("ix_ledger_transfers_subject_id_id"), table_name="ledger_transfers")
    op.drop_table("ledger_transfers")
    op.drop_index("ix_orders_swept", table_name="orders")
    op.drop_column("orders", "sweep_at")
    op.drop_column("payments_attempts", "capturing_minor")
    op.drop_column("orders_lines", "quantity_refunded")
    op.drop_column("orders", "version")
