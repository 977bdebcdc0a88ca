"""Who asks for passkeys, by the settings."""

from urllib.parse import urlsplit

from merkato.domains.identity.service import RelyingParty
from merkato.settings import Settings


def relying_party(settings: Settings) -> RelyingParty:
    """The shop, at its public address; without one, this machine as its own browser sees it."""
    shop = urlsplit(settings.public_url or f"http://localhost:{settings.port}")
    return RelyingParty(
        id=settings.passkey_domain or shop.hostname or "localhost",
        name=settings.shop_name,
        origins=settings.passkey_origins or (f"{shop.scheme}://{shop.netloc}".lower(),),
    )
