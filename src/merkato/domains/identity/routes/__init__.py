"""Accounts, signing in, second factors, passkeys and identities elsewhere, profiles."""

from merkato.domains.identity.routes import accounts, factors, outside, passkeys, roles, signing_in, staffing

ROUTERS = (
    accounts.routes,
    signing_in.routes,
    factors.routes,
    passkeys.routes,
    outside.routes,
    staffing.routes,
    roles.routes,
)
