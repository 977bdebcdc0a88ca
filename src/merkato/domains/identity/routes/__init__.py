"""Accounts, signing in, second factors and passkeys, profiles."""

from merkato.domains.identity.routes import accounts, factors, passkeys, roles, signing_in, staffing

ROUTERS = (accounts.routes, signing_in.routes, factors.routes, passkeys.routes, staffing.routes, roles.routes)
