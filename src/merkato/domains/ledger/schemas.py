"""What is said about the books."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from merkato.domains.ledger.models import Account, TransferKind
from merkato.kit.fields import View


class TransferView(View):
    """An amount that was booked: debited to one account and credited to another."""

    id: UUID
    kind: TransferKind
    debit: Account
    credit: Account
    amount: Annotated[int, Field(validation_alias="amount_minor")]
    currency: str
    cause_id: UUID = Field(description="The order, payment or refund that has made it.")
    created_at: datetime
