"""What can go wrong with accounts and signing in."""

from merkato.kit.errors import (
    BadRequest,
    Conflict,
    FieldError,
    Invalid,
    NotAllowed,
    NotAuthenticated,
    TooMany,
    Unavailable,
)


class EmailTaken(Conflict):
    """There is an account with this e-mail address."""

    code, title = "email-taken", "This e-mail address has an account"
    fix = "Sign in, or register with another address."
    constraints = ("uq_identity_accounts_email_key",)


class HandleTaken(Conflict):
    """Somebody else has this handle."""

    code, title = "handle-taken", "This handle is taken"
    fix = "Choose another handle, or leave it out to have one made from the name."
    constraints = ("uq_identity_profiles_handle",)


class LastAdmin(Conflict):
    """The change would leave the store without an active admin."""

    code, title = "last-admin", "A store needs an admin"
    fix = "Make another account an admin first."


class ScopesExceeded(NotAllowed):
    """The change would give somebody, or a key, more than the one who makes it may do."""

    code, title = "scopes-exceeded", "Nobody gives more than they have"
    fix = "Leave out the scopes that `detail` names, or ask somebody who has them."


class TooManyApiKeys(Conflict):
    """An account may have fifty API keys."""

    code, title = "too-many-api-keys", "There are enough API keys"
    fix = "Delete one that is no longer used; `last_used_at` says which."


class InvalidGrant(NotAuthenticated):
    """The e-mail address and password do not fit, the code or passkey is not the account's, was used before or came too late, the refresh token is
    unknown, expired, revoked or was used before, or the log-in at a provider was not begun by this browser, took too long or has been ended.
    """

    code, title = "invalid-grant", "These credentials are not valid"
    fix = "Check the address and the password, wait for the app's next code, or sign in again from the start."

    def __init__(self) -> None:
        super().__init__(error="invalid_grant")


class MfaRequired(NotAuthenticated):
    """The password is right, and the account has a second factor that is to be proven too. `mfa_token` is good for five minutes."""

    code, title = "mfa-required", "The second factor is needed too"
    fix = "Send a form with `grant_type=mfa_otp`, the `mfa_token`, and as `otp` the app's code or a recovery code."

    def __init__(self, mfa_token: str) -> None:
        super().__init__(error="mfa_required", mfa_token=mfa_token)
        self.headers["Cache-Control"] = "no-store"


class SecondFactorNeeded(NotAllowed):
    """This store demands a second factor of staff. What your roles allow is withheld in a session that was opened by password alone, and from the
    API keys of an account that has neither an app nor a passkey.
    """

    code, title = "second-factor-needed", "Staff need a second factor here"
    fix = (
        "Switch one on at `POST /v1/me/factors/totp` or `POST /v1/me/passkeys/options`; if you have one, sign in with it. "
        "An admin can take a lost one away."
    )


class SecondFactorOn(Conflict):
    """An account has one authenticator app, and this one has it already."""

    code, title = "second-factor-on", "The second factor is on"
    fix = "To change the app, switch it off at `DELETE /v1/me/factors/totp` first."


class NothingToConfirm(Conflict):
    """No authenticator app waits to be confirmed: none was asked for, it is on already, or an hour has passed."""

    code, title = "nothing-to-confirm", "No authenticator app waits to be confirmed"
    fix = "Begin at `POST /v1/me/factors/totp`, unless `GET /v1/me/factors` says that it is on."


class WrongCode(NotAllowed):
    """This is neither the code that the app shows now nor an unused recovery code, or it was used before. Ten an hour may be tried."""

    code, title = "wrong-code", "This is not the code"
    fix = "Wait for the app's next code, and see that the clock of its device is right; or send a recovery code."

    def __init__(self) -> None:
        super().__init__(errors=[FieldError("/otp", self.code, "is no code of this account, or was used before")])


class PasskeyRefused(Invalid):
    """The passkey's answer does not fit what was asked: it is malformed, for another account, address or challenge, was used before, came after five
    minutes, or the device has not verified its user.
    """

    code, title = "passkey-refused", "This passkey cannot be taken"
    fix = "Ask for new options at `POST /v1/me/passkeys/options`, and send what the browser makes of them unchanged, once."


class PasskeyKnown(Conflict):
    """This passkey was added before."""

    code, title = "passkey-known", "This passkey is known"
    fix = "Sign in with it, or make another one."
    constraints = ("uq_identity_passkeys_credential_id",)


class TooManyPasskeys(Conflict):
    """An account may have twenty passkeys."""

    code, title = "too-many-passkeys", "There are enough passkeys"
    fix = "Delete one that is no longer used; `last_used_at` says which."


class WrongPassword(NotAllowed):
    """Who changes a password or an e-mail address says the present password too, and this was another one. It counts as a failed log-in."""

    code, title = "wrong-password", "This is not the password"
    fix = "Send the present password of the account, or ask for a new one at `POST /v1/auth/password-resets`."

    def __init__(self, pointer: str) -> None:
        super().__init__(errors=[FieldError(pointer, self.code, "is not the password of this account")])


class WeakPassword(Invalid):
    """Guessing begins with this password: it is a very common one, a row of keys or one character again and again, or one's own address."""

    code, title = "weak-password", "This password is too easy to guess"
    fix = "Choose a longer one: a few words that nobody would put together, or what a password manager makes."


class UnsupportedGrant(BadRequest):
    """The token endpoint takes the grants `password`, `mfa_otp`, `passkey`, `authorization_code` and `refresh_token`, each with its form fields."""

    code, title = "unsupported-grant", "This way of signing in is not offered"
    fix = (
        "Send a form with `grant_type=password, username, password`, `grant_type=mfa_otp, mfa_token, otp`, `grant_type=passkey, credential`, "
        "`grant_type=authorization_code, code, state, secret` or `grant_type=refresh_token, refresh_token`."
    )


class InvalidToken(Invalid):
    """The token from the mail is not ours, was used before, has expired, or a newer one was sent since."""

    code, title = "invalid-token", "This token is not valid"
    fix = "Ask for another mail, and use the token of the newest one."


class TooManyMails(TooMany):
    """An account may ask for five verification mails in an hour."""

    code, title = "too-many-mails", "Enough mail was sent"
    fix = "Look into the spam folder, or wait as long as `Retry-After` says."


class IssuerUnavailable(Unavailable):
    """The token is of the outside issuer, and the keys to check it with cannot be fetched: they never came, or this one is new."""

    code, title = "issuer-unavailable", "The issuer of this token does not answer"
    fix = "Wait as long as `Retry-After` says and send the same request again; the token may be good."


class ProviderUnavailable(Unavailable):
    """The provider of the log-in does not answer, or says what cannot be believed: nobody was signed in."""

    code, title = "provider-unavailable", "The provider of this log-in does not answer as it should"
    fix = "Begin the log-in anew in a while, or sign in with the password."


class NotLinked(Conflict):
    """The address that the provider vouches for has an account here that was never verified, or that is of staff: it is not handed over."""

    code, title = "not-linked", "This address has an account of its own"
    fix = (
        "Sign in to it with its password (`POST /v1/auth/password-resets` sets a new one), verify its address, and log in at the provider again; "
        "staff link it at `POST /v1/me/identities`."
    )


class AddressNotVerified(Conflict):
    """An account whose address was never verified is not linked to an outside log-in: whose it is has not been shown."""

    code, title = "address-not-verified", "Verify the address first"
    fix = "Ask for the mail at `POST /v1/auth/verifications/send` and send its token to `POST /v1/auth/verifications`."


class IdentityTaken(Conflict):
    """This outside identity opens another account."""

    code, title = "identity-taken", "This identity opens another account"
    fix = "Log in by it, and remove it there at `DELETE /v1/me/identities/{id}`."


class TooManyIdentities(Conflict):
    """An account may be opened by ten outside identities."""

    code, title = "too-many-identities", "There are enough identities"
    fix = "Remove one at `DELETE /v1/me/identities/{id}`."


class LastWayIn(Conflict):
    """The account has neither a password nor a passkey, and this is the last outside identity that opens it."""

    code, title = "last-way-in", "Nothing else opens this account"
    fix = "Set a password first (`POST /v1/auth/password-resets`), or link another identity."


class RoleTaken(Conflict):
    """There is a role of this name; the built-in ones have theirs for good."""

    code, title = "role-taken", "There is a role of this name"
    fix = "Choose another name, or change the role that has it."
    constraints = ("uq_identity_roles_name",)


class RoleInUse(Conflict):
    """Somebody has this role."""

    code, title = "role-in-use", "Somebody has this role"
    fix = "`GET /v1/accounts?role=` lists who; take it from them first."


class BuiltInRole(Conflict):
    """The roles `customer`, `staff` and `admin` stay as they are."""

    code, title = "built-in-role", "This role comes with the program"
    fix = "Define a role of your own, with the scopes that it is to grant."


class TooManyRoles(Conflict):
    """A store may define a hundred roles."""

    code, title = "too-many-roles", "There are enough roles"
    fix = "Delete one that nobody has."
