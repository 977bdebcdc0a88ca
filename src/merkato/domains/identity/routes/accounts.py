"""One's own account and profile, and the profiles of others."""

from fastapi import Response

from merkato.domains.identity import flows, service
from merkato.domains.identity.access import (
    PROBES,
    Caller,
    FlowSignedIn,
    SignedIn,
    TheThrottle,
)
from merkato.domains.identity.errors import (
    EmailTaken,
    HandleTaken,
    TooManyMails,
    WeakPassword,
    WrongPassword,
)
from merkato.domains.identity.models import Account, Profile
from merkato.domains.identity.schemas import (
    AccountDraft,
    AccountView,
    EmailWish,
    MeChange,
    ProfileChange,
    ProfileDraft,
    ProfileView,
)
from merkato.kit.fields import Reference
from merkato.kit.http import RequestSession, TheDatabase, responses, router
from merkato.settings import TheSettings

routes = router("Identity")


@routes.post(
    "/v1/accounts",
    status_code=201,
    response_model=AccountView,
    responses=responses(401, EmailTaken, HandleTaken, 422, WeakPassword, 429),
)
async def register(
    session: RequestSession,
    caller: Caller,
    settings: TheSettings,
    throttle: TheThrottle,
    draft: AccountDraft,
    response: Response,
) -> Account:
    """Register. The account and its public profile are made together; a handle is made from the name if none is sent.

    Passwords that guessing begins with are refused.
    """
    async with throttle.counting(PROBES, caller.address, EmailTaken, HandleTaken):
        account = await service.register(session, draft, shop=settings.shop_name)
    response.headers["Location"] = "/v1/me"
    return account


@routes.get("/v1/me", response_model=AccountView, responses=responses(401))
async def read_me(session: RequestSession, caller: SignedIn) -> Account:
    """The account that is signed in."""
    return await service.own_account(session, caller.id)


@routes.patch("/v1/me", response_model=AccountView, responses=responses(401, WrongPassword, 422, WeakPassword, 429))
async def change_me(
    database: TheDatabase, caller: FlowSignedIn, settings: TheSettings, throttle: TheThrottle, change: MeChange
) -> Account:
    """Change one's own account. A new `password` needs the `current_password`, and ends every session but the one that asks."""
    return await flows.change_me(database, caller, change, throttle=throttle, shop=settings.shop_name)


@routes.post(
    "/v1/me/email",
    status_code=202,
    response_class=Response,
    responses=responses(401, WrongPassword, 422, 429, TooManyMails),
)
async def ask_for_email(
    database: TheDatabase, caller: FlowSignedIn, throttle: TheThrottle, wish: EmailWish
) -> Response:
    """Ask for another e-mail address. It counts once it has been confirmed with the token that is sent to it.

    The answer is the same whether the address has an account or not; one that has gets no mail. The `password` is needed, unless the account has
    none and no address yet.
    """
    await flows.ask_for_email(database, caller, wish, throttle=throttle)
    return Response(status_code=202)


@routes.put("/v1/me/profile", response_model=ProfileView, responses=responses(401, HandleTaken, 422))
async def replace_profile(session: RequestSession, caller: SignedIn, draft: ProfileDraft) -> Profile:
    """Write one's whole public profile; what is left out is cleared."""
    return await service.write_profile(session, caller, draft)


@routes.patch("/v1/me/profile", response_model=ProfileView, responses=responses(401, HandleTaken, 422))
async def change_profile(session: RequestSession, caller: SignedIn, change: ProfileChange) -> Profile:
    """Change some of one's public profile."""
    return await service.write_profile(session, caller, change)


@routes.get("/v1/profiles/{handle}", response_model=ProfileView, responses=responses(404, 422))
async def read_profile(session: RequestSession, handle: Reference) -> Profile:
    """What everybody may see of somebody."""
    return await service.profile_of(session, handle)
