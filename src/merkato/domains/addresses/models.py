"""The address book, with at most one default of each kind per account."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import Name, Word
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated


class Address(Row):
    """One address of an account. Orders keep copies, so that changing it changes no order."""

    __tablename__ = "addresses"
    privacy: ClassVar[Privacy] = says(personal="name company line1 line2 city region postal_code country phone")

    id: Mapped[Key]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"))
    name: Mapped[Name]
    company: Mapped[Name | None]
    line1: Mapped[Name]
    line2: Mapped[Name | None]
    city: Mapped[Name]
    region: Mapped[Name | None]
    postal_code: Mapped[Word]
    country: Mapped[str] = mapped_column(String(2))
    phone: Mapped[Word | None]
    is_default_shipping: Mapped[bool] = mapped_column(default=False)
    is_default_billing: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    __table_args__ = (
        Index(None, "account_id", "id"),
        Index("uq_addresses_default_shipping", "account_id", unique=True, postgresql_where=text("is_default_shipping")),
        Index("uq_addresses_default_billing", "account_id", unique=True, postgresql_where=text("is_default_billing")),
    )
