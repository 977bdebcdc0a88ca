"""Accounts, signing in, profiles."""

from merkato.domains.identity.routes import accounts, signing_in, staffing

ROUTERS = (accounts.routes, signing_in.routes, staffing.routes)
