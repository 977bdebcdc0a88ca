"""The public keys of an issuer, and what they have signed: RS256 and ES256 and nothing else, whatever a token says of itself."""

import binascii
import json
from collections.abc import Mapping
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64decode
from pydantic import BaseModel, Field

from merkato.kit.asking import NoAnswer, ask
from merkato.kit.remembered import Remembered, freshness

TOKEN_MAX: Final = 16_384
"""The longest token that is looked at."""
RSA_BITS_MIN: Final = 2_048
_KEYS_MAX: Final = 100
_END_OF_TIME: Final = 1e15

Key = RSAKey | ECKey


class _KeySet(BaseModel):
    keys: list[dict[str, Any]] = Field(max_length=_KEYS_MAX)


class Keys:
    """A JSON Web Key Set at a URL. Keys of other kinds, too short ones and those for encryption are passed over."""

    def __init__(self, name: str, url: str, *, patience: float) -> None:
        self._url = url
        self.patience = patience
        self._set = Remembered(f"keys of {name}", self._fetch)

    async def close(self) -> None:
        await self._set.close()

    async def claims(self, token: str) -> dict[str, Any] | None:
        """What a key of this set has signed, else None. Raises NoAnswer when the key cannot be fetched."""
        header = _part(token, 0)
        if header is None or header.get("alg") not in _KINDS:
            return None
        algorithm, kid = header["alg"], header.get("kid")
        key = _chosen(await self._set.present(), algorithm, kid) or _chosen(await self._set.renewed(), algorithm, kid)
        if key is None:
            return None
        try:
            return jwt.decode(token, key, algorithms=[algorithm]).claims
        except (JoseError, ValueError):
            return None

    async def _fetch(self) -> tuple[list[tuple[str, Key]], int]:
        answer = await ask("GET", self._url, patience=self.patience, headers={"accept": "application/json"})
        if answer.status != 200:
            raise NoAnswer(str(answer.status))
        usable = [found for each in answer.read(_KeySet).keys if (found := _usable(each)) is not None]
        if not usable:
            raise NoAnswer("no key that is used here")
        return usable, freshness(answer.headers)


_KINDS: Final[dict[str, type[Key]]] = {"RS256": RSAKey, "ES256": ECKey}


def _usable(said: dict[str, Any]) -> tuple[str, Key] | None:
    """A key for signatures with its algorithm, else None."""
    algorithm = next((name for name, kind in _KINDS.items() if kind.key_type == said.get("kty")), None)
    if algorithm is None or said.get("use", "sig") != "sig" or said.get("alg", algorithm) != algorithm:
        return None
    try:
        if algorithm == "RS256" and len(urlsafe_b64decode(str(said["n"]).encode())) * 8 < RSA_BITS_MIN:
            return None
        key = _KINDS[algorithm].import_key(said)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return (algorithm, key) if isinstance(key, RSAKey) or key.curve_name == "P-256" else None


def _chosen(known: list[tuple[str, Key]], algorithm: str, kid: object) -> Key | None:
    """The key that a token names; one that names none is checked with the only key there is for it."""
    fitting = [key for each, key in known if each == algorithm]
    if kid is None:
        return fitting[0] if len(fitting) == 1 else None
    return next((key for key in fitting if key.kid == kid), None)


def issuer_said(token: str) -> object:
    """Whom a token names as its issuer, before anybody has looked whether that is true; None for what is no token."""
    claims = _part(token, 1)
    return None if claims is None else claims.get("iss")


def _part(token: str, number: int) -> dict[str, Any] | None:
    parts = token.split(".")
    if len(token) > TOKEN_MAX or len(parts) != 3:
        return None
    try:
        read = json.loads(urlsafe_b64decode(parts[number].encode()))
    except (ValueError, binascii.Error, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def meant_for(claims: Mapping[str, Any], audience: str) -> bool:
    """Whether the audience is among those that the token is for."""
    meant = claims.get("aud")
    return meant == audience or (isinstance(meant, list) and audience in meant)


def timely(claims: Mapping[str, Any], now: float, leeway: int) -> bool:
    """Whether a token is valid now: it has an end that is not over, and does not come from the future."""
    end, begins = _time(claims.get("exp")), (claims.get("nbf"), claims.get("iat"))
    if end is None or now >= end + leeway:
        return False
    return all(each is None or ((at := _time(each)) is not None and at <= now + leeway) for each in begins)


def _time(value: object) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _END_OF_TIME
    return float(value) if number else None  # type: ignore[arg-type]
