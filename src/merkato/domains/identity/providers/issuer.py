"""An issuer beside our own: its access tokens are accepted, checked with the keys that it shows."""

from merkato.domains.identity.errors import IssuerUnavailable
from merkato.domains.identity.providers.key_set import Keys, issuer_said, meant_for, timely
from merkato.domains.identity.schemas import OutsidePerson, person_of
from merkato.kit import clock
from merkato.kit.asking import NoAnswer
from merkato.kit.remembered import PAUSE


class Issuer:
    """One issuer by its name and the URL of its key set; `audience` is what its tokens must be for, `leeway` and `patience` in seconds."""

    def __init__(self, name: str, keys_url: str, *, audience: str, leeway: int, patience: float) -> None:
        self.name = name
        self.keys = Keys(name, keys_url, patience=patience)
        self._audience = audience
        self._leeway = leeway

    async def close(self) -> None:
        await self.keys.close()

    async def person(self, token: str) -> OutsidePerson | None:
        """Whom a valid token names; None for one that is not the issuer's, not for us, or not valid now.

        Raises IssuerUnavailable when that cannot be found out. What only claims to be a token costs no question.
        """
        if issuer_said(token) != self.name:
            return None
        try:
            claims = await self.keys.claims(token)
        except NoAnswer:
            raise IssuerUnavailable(retry_after=PAUSE) from None
        good = (
            claims is not None
            and claims.get("iss") == self.name
            and meant_for(claims, self._audience)
            and timely(claims, clock.now().timestamp(), self._leeway)
        )
        return person_of(claims) if claims is not None and good else None
