"""Outside companies that a test asks for by name."""

from collections.abc import AsyncIterator

import pytest

from services.issuer import Provider


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """An OpenID provider and issuer of tokens, at which nobody has logged in yet."""
    provider = Provider()
    async with provider.server:
        yield provider
