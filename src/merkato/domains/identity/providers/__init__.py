"""Issuers beside us: one whose access tokens are accepted, and providers at which customers log in."""

from merkato.domains.identity.providers.issuer import Issuer
from merkato.domains.identity.providers.openid import OpenId
from merkato.settings import Settings

__all__ = ["Issuer", "OpenId", "issuer_of", "openids_of"]


def issuer_of(settings: Settings) -> Issuer | None:
    """The issuer beside our own that the settings name, if any."""
    if settings.token_issuer is None or settings.token_jwks_url is None:
        return None
    return Issuer(
        settings.token_issuer,
        settings.token_jwks_url,
        audience=settings.token_audience,
        leeway=settings.token_leeway,
        patience=settings.issuer_patience,
    )


def openids_of(settings: Settings) -> dict[str, OpenId]:
    """The providers of log-ins, by name, in the order of the settings."""
    leeway, patience = settings.token_leeway, settings.issuer_patience
    return {
        name: OpenId(name, provider, leeway=leeway, patience=patience)
        for name, provider in settings.oidc_providers.items()
    }
