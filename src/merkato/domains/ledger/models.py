"""Accounts, the kinds of transfer between them, and the transfers."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import State
from merkato.kit.money import Currency
from merkato.kit.rows import Created, Key, Row


class Account(StrEnum):
    """Where money is, or what it was for. A balance is what was debited less what was credited."""

    RECEIVABLE = "receivable"
    """What customers owe us; a negative balance is what we owe them."""
    PROVIDER_CLEARING = "provider_clearing"
    """Money that payment providers have taken for us and will pay out."""
    SALES = "sales"
    """Goods sold, without the tax, before discounts."""
    DISCOUNTS = "discounts"
    """What was taken off the prices."""
    SHIPPING = "shipping"
    """Shipping sold, without the tax."""
    TAX_PAYABLE = "tax_payable"
    """Tax that customers pay and the tax office gets."""
    PROVIDER_FEES = "provider_fees"
    """What payment providers keep for their work."""
    GIFT_CARDS = "gift_cards"
    """What is still to be had for gift cards that were sold."""
    STORE_CREDIT = "store_credit"
    """What customers have been credited and may spend."""
    HELD_FOR_WORKERS = "held_for_workers"
    """Money for work that was paid for and is not released yet."""
    WORKERS_PAYABLE = "workers_payable"
    """What workers have earned and were not paid out yet."""
    PLATFORM_FEES = "platform_fees"
    """What the marketplace keeps of work that it has brought about."""
    BANK = "bank"
    """Our own account: what left it for workers."""
    ROUNDING = "rounding"
    """What is left when amounts of others do not sum to theirs."""


class TransferKind(StrEnum):
    """What a transfer is. `SIDES` says between which accounts it moves money."""

    SALE = "sale"
    SHIPPING = "shipping"
    TAX = "tax"
    DISCOUNT = "discount"
    SALE_CREDITED = "sale_credited"
    SHIPPING_CREDITED = "shipping_credited"
    TAX_CREDITED = "tax_credited"
    DISCOUNT_CREDITED = "discount_credited"
    CAPTURE = "capture"
    REFUND = "refund"
    FEE = "fee"
    WORK_HELD = "work_held"
    WORK_RELEASED = "work_released"
    WORK_FEE = "work_fee"
    WORK_RETURNED = "work_returned"
    PAYOUT = "payout"


SIDES: Final[dict[TransferKind, tuple[Account, Account]]] = {
    # An order is placed: the customer owes its total.
    TransferKind.SALE: (Account.RECEIVABLE, Account.SALES),
    TransferKind.SHIPPING: (Account.RECEIVABLE, Account.SHIPPING),
    TransferKind.TAX: (Account.RECEIVABLE, Account.TAX_PAYABLE),
    TransferKind.DISCOUNT: (Account.DISCOUNTS, Account.RECEIVABLE),
    # A credit note: the customer no longer owes it, because the order was cancelled or a refund was decided.
    TransferKind.SALE_CREDITED: (Account.SALES, Account.RECEIVABLE),
    TransferKind.SHIPPING_CREDITED: (Account.SHIPPING, Account.RECEIVABLE),
    TransferKind.TAX_CREDITED: (Account.TAX_PAYABLE, Account.RECEIVABLE),
    TransferKind.DISCOUNT_CREDITED: (Account.RECEIVABLE, Account.DISCOUNTS),
    # Money moves. An authorisation moves none.
    TransferKind.CAPTURE: (Account.PROVIDER_CLEARING, Account.RECEIVABLE),
    TransferKind.REFUND: (Account.RECEIVABLE, Account.PROVIDER_CLEARING),
    TransferKind.FEE: (Account.PROVIDER_FEES, Account.PROVIDER_CLEARING),
    # Work for hire: what was paid is held, and divided in the end. A payout leaves by our own bank.
    TransferKind.WORK_HELD: (Account.RECEIVABLE, Account.HELD_FOR_WORKERS),
    TransferKind.WORK_RELEASED: (Account.HELD_FOR_WORKERS, Account.WORKERS_PAYABLE),
    TransferKind.WORK_FEE: (Account.HELD_FOR_WORKERS, Account.PLATFORM_FEES),
    TransferKind.WORK_RETURNED: (Account.HELD_FOR_WORKERS, Account.RECEIVABLE),
    TransferKind.PAYOUT: (Account.WORKERS_PAYABLE, Account.BANK),
}
"""The account that is debited, and the one that is credited."""


class Transfer(Row):
    """An amount from one account to another. A row is never changed and never deleted: what was wrong is booked back."""

    __tablename__ = "ledger_transfers"

    id: Mapped[Key]
    kind: Mapped[State]
    debit: Mapped[State]
    credit: Mapped[State]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[Currency]
    cause_id: Mapped[UUID]
    """What has made it: an order (placed or cancelled), a payment attempt (captured), a reversal (decided or done), an agreement on work
    (paid or ended), a payout."""
    subject_id: Mapped[UUID]
    """What it is about: an order, or the checkout that became one when the money came before the order; an agreement; a payout."""
    created_at: Mapped[Created]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("debit <> credit", name="two_accounts"),
        UniqueConstraint("cause_id", "kind"),
        Index(None, "subject_id", "id"),
        Index(None, "created_at"),
    )
