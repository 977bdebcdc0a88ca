"""Second factors and passkeys of people who are signed in."""

import json
from typing import Any

import httpx
import pyotp

from make.accounts import PASSWORD
from merkato.kit import clock
from services.authenticator import Authenticator

STEP = 30


def code_of(secret: str, steps: int = 0) -> str:
    """What an app with this secret shows now, or so many steps of 30 seconds later."""
    return pyotp.TOTP(secret).at(clock.now().timestamp() + steps * STEP)


async def begin(client: httpx.AsyncClient) -> str:
    """The secret of a new app that waits to be confirmed."""
    answer = await client.post("/v1/me/factors/totp", json={"password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["secret"])


async def switch_on(client: httpx.AsyncClient) -> tuple[str, list[str]]:
    """The secret of an app that is on, and the recovery codes. The code of one step ago was used for it."""
    secret = await begin(client)
    answer = await client.post("/v1/me/factors/totp/confirm", json={"otp": code_of(secret, -1)})
    assert answer.status_code == 200, answer.text
    return secret, answer.json()["recovery_codes"]


async def ask_by_password(client: httpx.AsyncClient, email: str, password: str = PASSWORD) -> str:
    """The `mfa_token` of a log-in whose password was right."""
    answer = await client.post(
        "/v1/auth/tokens", data={"grant_type": "password", "username": email, "password": password}
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "mfa-required"), answer.text
    return str(answer.json()["mfa_token"])


async def answer_by_code(client: httpx.AsyncClient, mfa_token: str, otp: str) -> httpx.Response:
    return await client.post("/v1/auth/tokens", data={"grant_type": "mfa_otp", "mfa_token": mfa_token, "otp": otp})


async def passkey_options(client: httpx.AsyncClient) -> dict[str, Any]:
    """What the browser of somebody who is signed in is asked with, to make a passkey."""
    answer = await client.post("/v1/me/passkeys/options", json={"password": PASSWORD})
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()["options"]
    return options


async def add_passkey(client: httpx.AsyncClient, device: Authenticator, name: str = "My phone") -> str:
    """The id of a passkey that the device has made."""
    said = {"credential": device.make(await passkey_options(client)), "name": name}
    answer = await client.post("/v1/me/passkeys", json=said)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def log_in_options(client: httpx.AsyncClient) -> dict[str, Any]:
    """What anybody's browser is asked with, to use a passkey."""
    answer = await client.post("/v1/auth/passkeys/options")
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()["options"]
    return options


async def log_in_by_passkey(client: httpx.AsyncClient, credential: object) -> httpx.Response:
    return await client.post("/v1/auth/tokens", data={"grant_type": "passkey", "credential": json.dumps(credential)})


def bear(client: httpx.AsyncClient, answer: httpx.Response) -> None:
    """Let the client send the token that it was given."""
    assert answer.status_code == 200, answer.text
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
