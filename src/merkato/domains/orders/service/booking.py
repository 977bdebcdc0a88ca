"""What an order writes into the books: its placement, and credit notes for what of it is no longer owed."""

from collections.abc import Mapping
from uuid import UUID

from merkato.domains.ledger import queries as ledger_queries
from merkato.domains.ledger import service as ledger
from merkato.domains.ledger.models import Account, TransferKind
from merkato.domains.orders import queries
from merkato.domains.orders.models import Order
from merkato.domains.orders.totals import Parts
from merkato.domains.payments import service as payments
from merkato.kit.database import Session


async def book_placement(session: Session, order_id: UUID) -> None:
    """The customer owes the order's total."""
    currency, parts = await queries.sale(session, order_id)
    amounts = {
        TransferKind.SALE: parts.sales,
        TransferKind.SHIPPING: parts.shipping,
        TransferKind.TAX: parts.tax,
        TransferKind.DISCOUNT: parts.discounts,
    }
    await ledger.book(session, order_id, order_id, currency, amounts)


async def credit_rest(session: Session, order: Order) -> None:
    """A cancelled order is owed no longer: what of it was not credited before is credited now."""
    await _credit(session, order, order.id, _owed_for(await ledger_queries.sums(session, order.payables)))


async def credit_refund(session: Session, order: Order, cause_id: UUID, amount: int, pieces: Parts | None) -> None:
    """What is given back is owed no longer: the credit note of a refund that was decided a moment ago, and counts as pending.

    For `pieces` it is what these came to. For a bare amount it is a proportional part of all that is left, except for what the customer
    is owed anyway: of a cancelled order, paid twice, or credited with a refund that the provider then refused.
    """
    sums = await ledger_queries.sums(session, order.payables)
    left = _owed_for(sums)
    if pieces is not None and left.holds(pieces):
        await _credit(session, order, cause_id, pieces)
        return
    if pieces is None:
        receivable = ledger_queries.balances(sums)[Account.RECEIVABLE]
        before = await payments.pending(session, order.payables) - amount
        amount -= min(max(-receivable - before, 0), amount)
    await _credit(session, order, cause_id, left.portion(min(amount, left.total)))


def _owed_for(sums: Mapping[TransferKind, int]) -> Parts:
    """What was sold and not credited since."""
    return Parts(
        sums[TransferKind.SALE] - sums[TransferKind.SALE_CREDITED],
        sums[TransferKind.SHIPPING] - sums[TransferKind.SHIPPING_CREDITED],
        sums[TransferKind.TAX] - sums[TransferKind.TAX_CREDITED],
        sums[TransferKind.DISCOUNT] - sums[TransferKind.DISCOUNT_CREDITED],
    )


async def _credit(session: Session, order: Order, cause_id: UUID, parts: Parts) -> None:
    amounts = {
        TransferKind.SALE_CREDITED: parts.sales,
        TransferKind.SHIPPING_CREDITED: parts.shipping,
        TransferKind.TAX_CREDITED: parts.tax,
        TransferKind.DISCOUNT_CREDITED: parts.discounts,
    }
    await ledger.book(session, cause_id, order.id, order.currency, amounts)
