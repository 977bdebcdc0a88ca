"""Accounts, profiles, sessions with their refresh tokens, and the one who calls."""

from merkato.domains.identity.models.accounts import EMAIL_MAX, Account, Profile, email_key, reachable
from merkato.domains.identity.models.actors import GRANTS, ROLE_NAME_MAX, SCOPES, Actor, Role, granted
from merkato.domains.identity.models.challenges import Challenge, Purpose
from merkato.domains.identity.models.factors import Authenticator, Passkey, RecoveryCode, Spent
from merkato.domains.identity.models.keys import ApiKey
from merkato.domains.identity.models.outside import Authorization, EndedIdentity, OutsideIdentity, ended_hash
from merkato.domains.identity.models.roles import DefinedRole
from merkato.domains.identity.models.sessions import AccountSession, Method, RefreshToken

__all__ = [
    "EMAIL_MAX",
    "GRANTS",
    "ROLE_NAME_MAX",
    "SCOPES",
    "Account",
    "AccountSession",
    "Actor",
    "ApiKey",
    "Authenticator",
    "Authorization",
    "Challenge",
    "DefinedRole",
    "EndedIdentity",
    "Method",
    "OutsideIdentity",
    "Passkey",
    "Profile",
    "Purpose",
    "RecoveryCode",
    "RefreshToken",
    "Role",
    "Spent",
    "email_key",
    "ended_hash",
    "granted",
    "reachable",
]
