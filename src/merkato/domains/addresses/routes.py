"""The address book under `/v1/me/addresses`."""

from typing import Any

from fastapi import Response

from merkato.domains.addresses import queries, service
from merkato.domains.addresses.access import OwnAddress, owned_by
from merkato.domains.addresses.errors import AddressBookFull
from merkato.domains.addresses.models import Address
from merkato.domains.addresses.schemas import AddressChange, AddressDraft, AddressView
from merkato.domains.identity.access import SignedIn
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Asked, Page

routes = router("Addresses")


@routes.get("/v1/me/addresses", response_model=Page[AddressView], responses=responses(401, 422))
async def list_addresses(session: RequestSession, caller: SignedIn, asked: Asked) -> dict[str, Any]:
    """One's addresses, oldest first."""
    data, cursor = await queries.addresses(session, owned_by(caller), asked)
    return {"data": data, "next": cursor}


@routes.post(
    "/v1/me/addresses", status_code=201, response_model=AddressView, responses=responses(401, AddressBookFull, 422)
)
async def add_address(session: RequestSession, caller: SignedIn, draft: AddressDraft, response: Response) -> Address:
    """Add an address. The first becomes the default for shipping and billing. The country decides which fields are needed."""
    address = await service.add(session, caller.id, draft)
    response.headers["Location"] = f"/v1/me/addresses/{address.id}"
    return address


@routes.get("/v1/me/addresses/{address_id}", response_model=AddressView, responses=responses(401, 404, 422))
async def read_address(address: OwnAddress) -> Address:
    """One of one's addresses."""
    return address


@routes.put("/v1/me/addresses/{address_id}", response_model=AddressView, responses=responses(401, 404, 422))
async def replace_address(session: RequestSession, address: OwnAddress, draft: AddressDraft) -> Address:
    """Replace all of an address."""
    return await service.replace(session, address, draft)


@routes.patch("/v1/me/addresses/{address_id}", response_model=AddressView, responses=responses(401, 404, 422))
async def change_address(session: RequestSession, address: OwnAddress, change: AddressChange) -> Address:
    """Change some of an address; the whole must still fit its country."""
    return await service.change(session, address, change)


@routes.delete("/v1/me/addresses/{address_id}", status_code=204, responses=responses(401, 404, 422))
async def remove_address(session: RequestSession, address: OwnAddress) -> None:
    """Delete an address. Orders keep their copies."""
    await service.remove(session, address)
