"""The questions that reconciliation asks, one statement for each kind of contradiction."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Select

from merkato.domains.reconciliation.models import FindingKind
from merkato.domains.reconciliation.queries import kitchen, money
from merkato.domains.reconciliation.schemas import Look

CHECKS: Final[dict[FindingKind, Callable[[Look], Select[*tuple[Any, ...]]]]] = {
    FindingKind.MONEY_WITHOUT_ORDER: money.money_without_order,
    FindingKind.PAID_NOT_PLACED: money.paid_not_placed,
    FindingKind.ORDER_WITHOUT_MONEY: money.order_without_money,
    FindingKind.PAID_TOO_MUCH: money.paid_too_much,
    FindingKind.REFUND_FAILED: money.refund_failed,
    FindingKind.REVERSAL_STUCK: money.reversal_stuck,
    FindingKind.CAPTURE_STUCK: money.capture_stuck,
    FindingKind.PAYMENT_STUCK: money.payment_stuck,
    FindingKind.KITCHEN_CANCELLED: kitchen.kitchen_cancelled,
    FindingKind.KITCHEN_DUPLICATE: kitchen.kitchen_duplicate,
    FindingKind.KITCHEN_STUCK: kitchen.kitchen_stuck,
}
"""All but the books, which are proved as a whole and not as often."""
