"""Erasures: who is to be forgotten, and what that still waits for."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.rows import Created, Row, Updated

SETTLED: Final = timedelta(hours=1)
"""Requests that were under way when an account ended may have written a moment later: an erasure looks again after this."""
PATIENCE: Final = timedelta(days=90)
"""So long an erasure waits for parcels to arrive, for returns and refunds, and for work that is agreed.

For what is still to be sent it waits until it is.
"""
LOOKED: Final = timedelta(minutes=10)
"""How long an erasure that waits is left alone."""
ORDERS_AT_ONCE: Final = 200
"""How many orders one transaction forgets."""


class Erasure(Row):
    """Somebody whose account has ended. `waiting` is how many orders and jobs still need to know whose they are."""

    __tablename__ = "privacy_erasures"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"), primary_key=True)
    asked_by: Mapped[UUID]
    """Whose account has asked: their own, or an admin's."""
    waiting: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[Created]
    looked_at: Mapped[Updated]
    finished_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_privacy_erasures_open", "looked_at", postgresql_where=text("finished_at IS NULL")),)
