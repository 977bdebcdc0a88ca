"""Secrets of the process: one key for signatures and seals, and the hashes under which tokens are stored."""

import base64
import hashlib
import hmac
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SIGNATURE_BYTES: Final = 16


def token_hash(token: str) -> bytes:
    """Under what a random token is stored. It has 256 bits of its own, so that a plain hash cannot be turned round."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class Secret:
    """The store's secret key, from which a separate key is derived for each purpose."""

    def __init__(self, value: str) -> None:
        self._value = value.encode()

    def _key(self, purpose: str) -> bytes:
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(self._value)

    def sign(self, purpose: str, message: bytes) -> bytes:
        """A signature (HMAC-SHA256) that only this store can make."""
        return hmac.digest(self._key(purpose), message, "sha256")

    def signed(self, purpose: str, message: bytes, signature: bytes) -> bool:
        """Whether the (possibly shortened) signature is ours; compared in constant time."""
        expected = self.sign(purpose, message)[: len(signature)]
        return len(signature) >= SIGNATURE_BYTES and hmac.compare_digest(expected, signature)

    def seal(self, purpose: str, message: bytes) -> bytes:
        """Encrypt what must be given back later but may not be read in the database."""
        return self._fernet(purpose).encrypt(message)

    def unseal(self, purpose: str, sealed: bytes) -> bytes | None:
        """What was sealed; None when the key has changed since."""
        try:
            return self._fernet(purpose).decrypt(sealed)
        except InvalidToken:
            return None

    def _fernet(self, purpose: str) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self._key(purpose)))
