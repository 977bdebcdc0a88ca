"""Logging in at a provider: what is begun, what comes back, and whom the provider is then asked about, outside any transaction."""

from collections.abc import Mapping
from dataclasses import dataclass

from merkato.domains.identity import queries, service
from merkato.domains.identity.access import FAILURES_OF_AN_ADDRESS, LOG_INS_ELSEWHERE
from merkato.domains.identity.errors import InvalidGrant, MfaRequired
from merkato.domains.identity.flows.signing_in import Door, let_in, prove_if_any
from merkato.domains.identity.models import Actor, Method, OutsideIdentity
from merkato.domains.identity.providers import OpenId
from merkato.domains.identity.schemas import AuthorizationView, IdentityDraft, OutsidePerson, Tokens
from merkato.kit import audit
from merkato.kit.errors import Invalid

Providers = Mapping[str, OpenId]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What ends a log-in at a provider: what came back with the browser, and what that browser has kept."""

    code: str
    state: str
    secret: str
    issuer: str | None = None


async def begin_elsewhere(door: Door, guest: Actor, provider: OpenId, redirect_uri: str) -> AuthorizationView:
    """Begin a log-in at a provider. Raises Invalid for an address that was not registered, ProviderUnavailable, TooMany."""
    if redirect_uri not in provider.redirect_uris:
        raise Invalid.field("/redirect_uri", "unknown", "is none of those that the settings name for this provider")
    await door.throttle.spend(LOG_INS_ELSEWHERE, guest.address)
    begun, state, kept = await door.database.run(service.begin_log_in, provider.name, redirect_uri)
    url = await provider.authorization_url(
        redirect_uri,
        state=state,
        nonce=service.derived(door.secret, "nonce", begun),
        verifier=service.derived(door.secret, "verifier", begun),
    )
    seconds = int((begun.expires_at - begun.created_at).total_seconds())
    return AuthorizationView(authorization_url=url, state=state, secret=kept, expires_in=seconds)


async def log_in_elsewhere(door: Door, guest: Actor, said: Elsewhere, providers: Providers) -> Tokens:
    """A new session for somebody whom a provider vouches for, which is one factor as a password is.

    Raises InvalidGrant, NotLinked, ProviderUnavailable, TooMany, and MfaRequired where a code is to follow.
    """
    async with door.throttle.counting(FAILURES_OF_AN_ADDRESS, guest.address, InvalidGrant):
        person = await _vouched(door, said, providers)
        account_id = await door.database.run(service.admit, person, logging_in=True)
        if account_id is None:
            raise InvalidGrant
        async with door.database.reading() as session:
            row = await queries.entrance(session, account_id)
        if row is None or not row.active:
            raise InvalidGrant
    if row.protecting:
        raise MfaRequired(service.ask_for_code(door.secret, account_id, row.password_hash))
    return await door.database.run(let_in, door, guest, account_id, Method.PASSWORD)


async def link(door: Door, actor: Actor, draft: IdentityDraft, providers: Providers) -> OutsideIdentity:
    """Let an identity elsewhere open the caller's account from now on: as lasting as a password, hence the present one is needed, if there is one.

    Raises WrongPassword and TooMany as a log-in would, SecondFactorNeeded, AddressNotVerified, IdentityTaken, TooManyIdentities, ProviderUnavailable.
    """
    password = draft.password.get_secret_value() if "password" in draft.model_fields_set else None
    proven = await prove_if_any(door.database, actor, password, throttle=door.throttle)
    said = Elsewhere(
        draft.code.get_secret_value(), draft.state.get_secret_value(), draft.secret.get_secret_value(), draft.iss
    )
    async with door.throttle.counting(FAILURES_OF_AN_ADDRESS, actor.address, InvalidGrant):
        person = await _vouched(door, said, providers)
    return await door.database.run(service.link, actor, person, proven_hash=proven)


async def _vouched(door: Door, said: Elsewhere, providers: Providers) -> OutsidePerson:
    """Whom the provider vouches for at the end of a log-in, which is over by this, whatever comes of it. Raises InvalidGrant."""
    # Until it is known who comes back, nobody has done anything.
    with audit.unattended():
        begun = await door.database.run(service.end_log_in, said.state, said.secret)
    provider = None if begun is None else providers.get(begun.provider)
    if begun is None or provider is None:
        raise InvalidGrant
    return await provider.person(
        said.code,
        begun.redirect_uri,
        nonce=service.derived(door.secret, "nonce", begun),
        verifier=service.derived(door.secret, "verifier", begun),
        issuer=said.issuer,
    )
