"""Signing in, and what is proven before factors, passwords and addresses change: hashing happens outside any transaction."""

from merkato.domains.identity.flows.elsewhere import Elsewhere, begin_elsewhere, link, log_in_elsewhere
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
    issue,
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
    "Elsewhere",
    "ask_for_email",
    "ask_for_passkey",
    "begin_app",
    "begin_elsewhere",
    "change_me",
    "confirm_app",
    "issue",
    "let_in",
    "link",
    "log_in",
    "log_in_by_code",
    "log_in_by_passkey",
    "log_in_elsewhere",
    "refresh",
    "relying_party",
    "remove_app",
    "remove_passkey",
    "renew_recovery_codes",
    "reset_password",
]
