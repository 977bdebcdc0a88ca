"""The address book: one's own, and nobody else's."""

import httpx

from doors import SignIn

BERLIN = {"name": "Anna Example", "line1": "Torstrasse 1", "city": "Berlin", "postal_code": "10119", "country": "DE"}


async def add(client: httpx.AsyncClient, **changes: object) -> dict[str, object]:
    answer = await client.post("/v1/me/addresses", json=BERLIN | changes)
    assert answer.status_code == 201, answer.text
    address: dict[str, object] = answer.json()
    return address


async def test_first_address_becomes_the_default(sign_in: SignIn) -> None:
    anna = await sign_in()
    first, second = await add(anna), await add(anna, line1="Torstrasse 2")
    assert (first["is_default_shipping"], first["is_default_billing"]) == (True, True)
    assert (second["is_default_shipping"], second["is_default_billing"]) == (False, False)


async def test_a_new_default_takes_the_place_of_the_old(sign_in: SignIn) -> None:
    anna = await sign_in()
    first, second = await add(anna), await add(anna, is_default_shipping=True)
    listed = (await anna.get("/v1/me/addresses")).json()["data"]
    assert [address["is_default_shipping"] for address in listed] == [False, True]
    assert [address["id"] for address in listed] == [first["id"], second["id"]]


async def test_a_deleted_default_is_inherited(sign_in: SignIn) -> None:
    anna = await sign_in()
    first, second = await add(anna), await add(anna)
    assert (await anna.delete(f"/v1/me/addresses/{first['id']}")).status_code == 204
    heir = (await anna.get(f"/v1/me/addresses/{second['id']}")).json()
    assert (heir["is_default_shipping"], heir["is_default_billing"]) == (True, True)


async def test_a_change_names_what_it_changes(sign_in: SignIn) -> None:
    anna = await sign_in()
    address = await add(anna, company="Example GmbH")
    url = f"/v1/me/addresses/{address['id']}"
    changed = (await anna.patch(url, json={"company": None, "city": "Potsdam"})).json()
    assert (changed["company"], changed["city"], changed["line1"]) == (None, "Potsdam", "Torstrasse 1")
    refused = await anna.patch(url, json={"country": "US"})
    assert refused.status_code == 422
    assert {error["pointer"] for error in refused.json()["errors"]} >= {"/region"}
    assert (await anna.get(url)).json()["country"] == "DE"


async def test_the_country_decides_what_is_needed(sign_in: SignIn) -> None:
    anna = await sign_in()
    answer = await anna.post("/v1/me/addresses", json=BERLIN | {"postal_code": "1", "city": ""})
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/city"}
    answer = await anna.post("/v1/me/addresses", json=BERLIN | {"postal_code": "1"})
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/postal_code"}


async def test_anothers_address_does_not_exist(sign_in: SignIn) -> None:
    anna, bert = await sign_in("Anna"), await sign_in("Bert")
    url = f"/v1/me/addresses/{(await add(anna))['id']}"
    for answer in (
        await bert.get(url),
        await bert.put(url, json=BERLIN),
        await bert.patch(url, json={"city": "Hamburg"}),
        await bert.delete(url),
    ):
        assert answer.status_code == 404
    assert (await anna.get(url)).json()["city"] == "Berlin"
    assert (await bert.get("/v1/me/addresses")).json() == {"data": [], "next": None}


async def test_pages_follow_the_cursor(sign_in: SignIn) -> None:
    anna = await sign_in()
    made = [(await add(anna, line1=f"Torstrasse {number}"))["id"] for number in range(5)]
    seen, url = [], "/v1/me/addresses?limit=2"
    while url:
        answer = await anna.get(url)
        seen += [address["id"] for address in answer.json()["data"]]
        url = answer.links["next"]["url"] if "next" in answer.links else ""
    assert seen == made
    cursor = (await anna.get("/v1/me/addresses?limit=2")).json()["next"]
    assert (await anna.get(f"/v1/me/addresses?cursor={cursor[:-2]}AA")).status_code == 422
    assert (await anna.get("/v1/me/addresses?limit=0")).status_code == 422
    assert (await anna.get("/v1/me/addresses?colour=red")).status_code == 422


async def test_repeating_a_post_with_its_key_adds_once(sign_in: SignIn) -> None:
    anna = await sign_in()
    headers = {"Idempotency-Key": "once"}
    first = await anna.post("/v1/me/addresses", json=BERLIN, headers=headers)
    again = await anna.post("/v1/me/addresses", json=BERLIN, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    other = await anna.post("/v1/me/addresses", json=BERLIN | {"city": "Potsdam"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert len((await anna.get("/v1/me/addresses")).json()["data"]) == 1
