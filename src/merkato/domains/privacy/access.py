"""How often somebody may ask for their data."""

from typing import Annotated, Final

from fastapi import Depends, Request

from merkato.kit.security import Secret
from merkato.kit.throttle import Limit

EXPORTS: Final = Limit("exports", 5, 3_600)
"""Exports of one account: each reads all that there is."""


async def _secret(request: Request) -> Secret:
    secret: Secret = request.app.state.secret
    return secret


TheSecret = Annotated[Secret, Depends(_secret)]
"""The store's own, by which the callers of kept answers are known."""
