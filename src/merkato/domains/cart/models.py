"""Carts and their lines, and wishlists."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.money import Currency
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated


class Cart(Row):
    """The cart of an account, or of whoever holds its token. A guest's cart that was merged keeps its row, empty."""

    __tablename__ = "carts"
    privacy: ClassVar[Privacy] = says(sealed="token_hash")

    id: Mapped[Key]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"), unique=True)
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    currency: Mapped[Currency]
    merged_into: Mapped[UUID | None]
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    __table_args__ = (
        CheckConstraint("(account_id IS NULL) <> (token_hash IS NULL)", name="one_owner"),
        Index(None, "updated_at"),
    )


class CartLine(Row):
    """So many of one variant; `unit_price_minor` is the price that was shown when it was put in."""

    __tablename__ = "carts_lines"

    id: Mapped[Key]
    cart_id: Mapped[UUID] = mapped_column(ForeignKey("carts.id", ondelete="CASCADE"))
    variant_id: Mapped[UUID]
    quantity: Mapped[int] = mapped_column(Integer)
    unit_price_minor: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("quantity BETWEEN 1 AND 10000", name="quantity_within"),
        UniqueConstraint("cart_id", "variant_id"),
    )


class Wish(Row):
    """A product that an account may want one day."""

    __tablename__ = "carts_wishes"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("catalog_products.id", ondelete="RESTRICT"), primary_key=True)
    added_at: Mapped[Created]

    __table_args__ = (Index(None, "account_id", "added_at", "product_id"),)
