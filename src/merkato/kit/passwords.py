"""Passwords: Argon2id in threads of its own, because inline it would stop the event loop for as long as it hashes."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

# OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane.
_hash: Final = PasswordHash((Argon2Hasher(memory_cost=19_456, time_cost=2, parallelism=1),))
LOCKED: Final = "locked"
"""Stored in a hash's place, so that no password is right."""
_executor: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
_of_nobody: Final = _hash.hash("the password of nobody")


async def hashed(password: str) -> str:
    """The hash to store, with its parameters and salt in it."""
    return await asyncio.get_running_loop().run_in_executor(_executor, _hash.hash, password)


async def verified(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether the password is right, and a new hash to store if the parameters have changed since.

    Without a stored hash it takes the same time and is wrong, so that nobody learns by the clock who has an account.
    """
    return await asyncio.get_running_loop().run_in_executor(_executor, _verify, password, stored)


def _verify(password: str, stored: str | None) -> tuple[bool, str | None]:
    if stored is None or stored == LOCKED:
        _hash.verify(password, _of_nobody)
        return False, None
    try:
        return _hash.verify_and_update(password, stored)
    except UnknownHashError:
        return False, None
