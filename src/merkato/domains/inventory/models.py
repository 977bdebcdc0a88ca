"""Stock, its movements, holds that run out, and allocations that last."""

from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import Note
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated

ON_HAND_MAX: Final = 1_000_000_000


class Stock(Row):
    """How many of a tracked variant there are; `reserved` of them are held or allocated. Overselling breaks a constraint."""

    __tablename__ = "inventory_stock"

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("catalog_variants.id", ondelete="RESTRICT"), primary_key=True)
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[Updated]

    __table_args__ = (
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("reserved <= on_hand", name="covered"),
    )

    @property
    def available(self) -> int:
        """How many can still be bought."""
        return self.on_hand - self.reserved


class Movement(Row):
    """One change of what is on hand, by whom and why. Never changed, never deleted."""

    __tablename__ = "inventory_movements"
    privacy: ClassVar[Privacy] = says(nothing="reason")

    id: Mapped[Key]
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("catalog_variants.id", ondelete="RESTRICT"))
    delta: Mapped[int]
    on_hand: Mapped[int]
    reason: Mapped[Note]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity_accounts.id", ondelete="RESTRICT"))
    created_at: Mapped[Created]

    __table_args__ = (Index(None, "variant_id", "created_at", "id"),)


class Hold(Row):
    """Stock kept for somebody for a moment, usually while a payment is under way."""

    __tablename__ = "inventory_holds"

    holder_id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(
        ForeignKey("catalog_variants.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    quantity: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)


class Allocation(Row):
    """Stock promised to an order until it is dispatched or cancelled."""

    __tablename__ = "inventory_allocations"

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(
        ForeignKey("catalog_variants.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    quantity: Mapped[int]
    created_at: Mapped[Created]

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)
