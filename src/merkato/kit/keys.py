"""The keys of a store: one secret, and the key ring that signs tokens. Several signing keys at once, so that they can be rotated."""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

ALGORITHM: Final = "Ed25519"
_ACCEPTED: Final = ["Ed25519", "EdDSA"]


class KeyRing:
    """Private keys for signing tokens (RFC 7519, RFC 8037): the first signs, all of them are accepted."""

    def __init__(self, key_set: str) -> None:
        """Read a JSON Web Key Set with private Ed25519 keys, each with a `kid`. Raises ValueError for anything else."""
        try:
            keys = [OKPKey.import_key(key) for key in json.loads(key_set)["keys"]]
            private = all(key.is_private and key.kid for key in keys)
        except (ValueError, KeyError, TypeError, JoseError) as error:
            raise ValueError("The signing keys are not a JSON Web Key Set of Ed25519 keys.") from error
        if not keys or not private:
            raise ValueError("The signing keys need at least one private key, and a `kid` for each.")
        self._first = keys[0]
        self._all = KeySet([*keys])
        self.public: dict[str, Any] = {
            "keys": [{**key.as_dict(private=False), "use": "sig", "alg": ALGORITHM} for key in keys],
        }
        """What `/.well-known/jwks.json` shows."""

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A signed token (JWS compact form)."""
        header = {"alg": ALGORITHM, "typ": "JWT", "kid": self._first.kid}
        return jwt.encode(header, dict(claims), self._first, algorithms=[ALGORITHM])

    def read(self, token: str, *, issuer: str, audience: str, now: int) -> dict[str, Any] | None:
        """The claims of a token that we signed for this audience and that is valid now (seconds since 1970), else None."""
        try:
            claims = jwt.decode(token, self._all, algorithms=_ACCEPTED).claims
        except (JoseError, ValueError):
            return None
        meant = claims.get("aud")
        good = (
            claims.get("iss") == issuer
            and (meant == audience or (isinstance(meant, list) and audience in meant))
            and isinstance(claims.get("exp"), int)
            and claims["exp"] > now
        )
        return claims if good else None


def fresh_secret() -> str:
    """A new secret key."""
    return secrets.token_urlsafe(48)


def fresh_signing_key() -> dict[str, Any]:
    """A new private signing key as a JSON Web Key."""
    key = OKPKey.generate_key("Ed25519", {"kid": secrets.token_hex(8)})
    return {**key.as_dict(private=True)}


def kept_secret(home: Path) -> str:
    """The secret key in HOME; made at the first time."""
    return kept(home / "keys" / "secret", fresh_secret)


def kept_signing_keys(home: Path) -> str:
    """The signing keys in HOME; made at the first time."""
    return kept(home / "keys" / "signing.json", lambda: json.dumps({"keys": [fresh_signing_key()]}))


def rotate(home: Path) -> str:
    """Put a fresh signing key before the others in HOME, keep the two before it, and return its `kid`."""
    path = home / "keys" / "signing.json"
    keys = json.loads(kept_signing_keys(home))["keys"]
    fresh = fresh_signing_key()
    _write(path.with_suffix(".new"), json.dumps({"keys": [fresh, *keys[:2]]}))
    path.with_suffix(".new").replace(path)
    return str(fresh["kid"])


def kept(path: Path, make: Callable[[], str]) -> str:
    """Read a private file, or write it first. When two processes start at once, the first one's file wins."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mine = path.with_name(f"{path.name}.{os.getpid()}")
        _write(mine, make())
        with suppress(FileExistsError):
            path.hardlink_to(mine)
        mine.unlink()
    return path.read_text()


def _write(path: Path, content: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
