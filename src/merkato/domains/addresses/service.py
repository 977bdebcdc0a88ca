"""What happens to the address book, inside the caller's transaction."""

from typing import Final
from uuid import UUID

from pydantic import ValidationError

from merkato.domains.addresses import queries
from merkato.domains.addresses.errors import AddressBookFull
from merkato.domains.addresses.models import Address
from merkato.domains.addresses.schemas import AddressChange, AddressDraft
from merkato.domains.identity import service as identity
from merkato.kit.database import Session
from merkato.kit.errors import FieldError, Invalid

ADDRESSES_MAX: Final = 50


async def add(session: Session, account_id: UUID, draft: AddressDraft) -> Address:
    """A new address; an account's first one becomes the default. Raises AddressBookFull."""
    await identity.lock(session, account_id)
    have = await queries.count(session, account_id)
    if have >= ADDRESSES_MAX:
        raise AddressBookFull
    address = Address(account_id=account_id)
    await _write(session, address, draft)
    if have == 0:
        address.is_default_shipping = address.is_default_billing = True
    session.add(address)
    await session.flush()
    return address


async def replace(session: Session, address: Address, draft: AddressDraft) -> Address:
    """All of an address, as a PUT says it."""
    await _write(session, address, draft)
    await session.flush()
    return address


async def change(session: Session, address: Address, said: AddressChange) -> Address:
    """Some of an address. Raises Invalid if the whole no longer fits its country."""
    present = {name: getattr(address, name) for name in AddressDraft.model_fields}
    try:
        draft = said.applied(present)
    except ValidationError as error:
        places = [
            FieldError("/" + "/".join(map(str, each["loc"])), each["type"], each["msg"]) for each in error.errors()
        ]
        raise Invalid("The address is not valid.", errors=places) from None
    return await replace(session, address, draft)


async def remove(session: Session, address: Address) -> None:
    """Delete an address; if it was a default, the newest of the others takes its place."""
    shipping, billing = address.is_default_shipping, address.is_default_billing
    await session.delete(address)
    await session.flush()
    heir = await queries.newest(session, address.account_id) if shipping or billing else None
    if heir is not None:
        heir.is_default_shipping |= shipping
        heir.is_default_billing |= billing


async def forget(session: Session, account_id: UUID) -> None:
    """Delete the address book of somebody who is erased."""
    await queries.delete_of(session, account_id)


async def _write(session: Session, address: Address, draft: AddressDraft) -> None:
    with session.no_autoflush:
        await queries.clear_defaults(
            session, address.account_id, shipping=draft.is_default_shipping, billing=draft.is_default_billing
        )
    for name, value in draft.model_dump().items():
        setattr(address, name, value)
