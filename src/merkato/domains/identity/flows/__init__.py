"""Signing in, and what is proven before factors, passwords and addresses change: hashing happens outside any transaction."""

from merkato.domains.identity.flows.factors import (
    ask_for_passkey,
    begin_app,
    confirm_app,
    remove_app,
    remove_passkey,
    renew_recovery_codes,
)
from merkato.domains.identity.flows.relying import relying_party
from merkato.domains.identity.flows.signing_in import (
    AfterLogIn,
    Door,
    ask_for_email,
    change_me,
    let_in,
    log_in,
    log_in_by_code,
    log_in_by_passkey,
    refresh,
    reset_password,
)

__all__ = [
    "AfterLogIn",
    "Door",
    "ask_for_email",
    "ask_for_passkey",
    "begin_app",
    "change_me",
    "confirm_app",
    "let_in",
    "log_in",
    "log_in_by_code",
    "log_in_by_passkey",
    "refresh",
    "relying_party",
    "remove_app",
    "remove_passkey",
    "renew_recovery_codes",
    "reset_password",
]
