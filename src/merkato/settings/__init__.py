"""Every setting, with its meaning and default. They come from `MERKATO_*` variables or a `.env` file."""

import json
import re
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from fastapi import Depends
from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from starlette.requests import HTTPConnection

from merkato.settings.openid import URL, OpenIdProvider, ProviderName

OWN_ISSUER: Final = "merkato"
"""The `iss` of our own access tokens."""


class Settings(BaseSettings):
    """The settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix="MERKATO_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=False,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    home: Path = Field(Path("./.merkato"), description="Folder of the embedded database, of keys and of files.")
    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("MERKATO_DATABASE_URL", "DATABASE_URL"),
        description="PostgreSQL 15 or newer, `postgresql://user:password@host/name`. Unset: an embedded one is started.",
    )
    database_replica_url: SecretStr | None = Field(
        None, description="A replica for what visitors read without signing in; it may lag behind."
    )
    database_direct_url: SecretStr | None = Field(
        None,
        description="The same database without a connection pooler in between, for LISTEN, tasks, migrations and backups; "
        "needed beside PgBouncer in transaction mode.",
    )
    database_schema: str = Field(
        "public", pattern=r"^[a-z_][a-z0-9_]{0,56}$", description="The schema that holds this store's tables."
    )
    database_pool: int = Field(
        10, ge=1, le=200, description="Connections a process keeps for changes, and again for reads."
    )
    database_wait: float = Field(
        60, ge=0, description="Seconds that a start waits for an external database before it gives up."
    )
    host: str = Field("127.0.0.1", description="Address to serve on; `0.0.0.0` for every interface.")
    port: int = Field(
        8000, ge=0, le=65535, validation_alias=AliasChoices("MERKATO_PORT", "PORT"), description="Port to serve on."
    )
    secret_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="Signs cursors and seals kept answers. Made and kept in HOME beside the embedded database; "
        "required with an external one. `merkato keys new` prints a fresh one.",
    )
    signing_keys: SecretStr | None = Field(
        None,
        description="The private keys that sign access tokens, as a JSON Web Key Set: the first signs, all are accepted. "
        "Made and kept in HOME beside the embedded database; required with an external one.",
    )
    token_issuer: str | None = Field(
        None,
        min_length=1,
        max_length=500,
        description="The `iss` of an issuer beside our own, whose access tokens are accepted too. Needs its key set.",
    )
    token_jwks_url: str | None = Field(
        None,
        pattern=URL,
        description="Where that issuer shows its public keys (a JSON Web Key Set). Unset: there is none.",
    )
    token_audience: str = Field(
        "merkato",
        min_length=1,
        max_length=500,
        description="The `aud` that an access token must name, ours and the issuer's.",
    )
    token_leeway: int = Field(
        30, ge=0, le=300, description="Seconds by which the clocks of other issuers may differ from ours."
    )
    issuer_patience: float = Field(5, gt=0, le=30, description="Seconds that another issuer has for one answer.")
    oidc_providers: Annotated[dict[ProviderName, OpenIdProvider], NoDecode] = Field(
        {},
        max_length=20,
        description="Where customers may log in by OpenID Connect, as JSON: `{name: {issuer, client_id, client_secret?, redirect_uris, "
        "scopes?, title?}}`. Empty: nowhere else.",
    )
    access_token_lifetime: int = Field(900, ge=30, le=86_400, description="Seconds that an access token is valid.")
    refresh_token_lifetime: int = Field(
        2_592_000, ge=300, description="Seconds after which a session ends if it was not used."
    )
    staff_mfa: bool = Field(
        False,
        description="Whether staff need a second factor: what their roles allow is withheld in sessions that were opened by password alone.",
    )
    passkey_domain: str | None = Field(
        None,
        max_length=253,
        pattern=r"^[a-z0-9.-]+$",
        description="The domain that passkeys are bound to; its subdomains may use them too, another domain never. Unset: the host of the "
        "public URL, else `localhost`.",
    )
    passkey_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Origins of the pages, and apps (`android:apk-key-hash:...`), that may ask for passkeys, separated by commas. "
        "Empty: that of the public URL, else `http://localhost` with the port of this server.",
    )
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$", description="The store's own currency (ISO 4217).")
    prices_include_tax: bool = Field(True, description="Whether prices are shown and stored with the tax in them.")
    tax_rate: Decimal = Field(Decimal(0), ge=0, lt=1, description="The tax rate as a fraction: `0.19`.")
    tax_name: str = Field("VAT", max_length=64, description="What the tax is called on an order.")
    shipping_rate: int = Field(0, ge=0, le=10**9, description="Flat price of shipping an order, in minor units.")
    capture: Literal["automatic", "manual"] = Field(
        "automatic",
        description="Whether an authorised payment is captured when its order is placed, or by staff later.",
    )
    hold_minutes: int = Field(15, ge=1, le=1440, description="Minutes that stock is held while a payment is under way.")
    pay_minutes: int = Field(
        30, ge=1, le=43_200, description="Minutes that an order to be paid later keeps its stock (`pay_by`)."
    )
    unpaid_orders_max: int = Field(
        5, ge=1, le=1000, description="How many orders to be paid later an account may have open at once."
    )
    checkout_hours: int = Field(72, ge=1, le=8760, description="Hours after which an unfinished checkout is closed.")
    hiring_payments: bool = Field(
        True, description="Whether jobs are paid through the shop. Off: it only brings people together."
    )
    platform_fee: Decimal = Field(
        Decimal("0.10"),
        ge=0,
        le=1,
        description="What the shop keeps of the money for a job, as a fraction; frozen when the offer is accepted.",
    )
    hiring_pay_hours: int = Field(
        48, ge=1, le=8760, description="Hours after which an accepted offer that nobody paid for lapses."
    )
    hiring_cancel_hours: int = Field(
        24,
        ge=0,
        le=8760,
        description="Hours before the first wished day (UTC) until which the owner of a paid job cancels for nothing.",
    )
    hiring_late_share: Decimal = Field(
        Decimal("0.50"), ge=0, le=1, description="What of the money the worker gets when the owner cancels later."
    )
    hiring_release_days: int = Field(
        7,
        ge=1,
        le=365,
        description="Days after the first wished day, or after the payment if that is later, when the money goes to the worker by itself.",
    )
    hourly_posts_max: int = Field(
        200, ge=1, le=100_000, description="How many posts an account may write within an hour."
    )
    hourly_comments_max: int = Field(
        600, ge=1, le=100_000, description="How many comments an account may write within an hour."
    )
    abandoned_days: int = Field(
        90, ge=1, le=3650, description="Days after which guests' carts and closed checkouts are forgotten."
    )
    feed_days: int = Field(90, ge=1, le=3650, description="Days after which the feed of jobs forgets an event.")
    heartbeat_seconds: int = Field(
        15,
        ge=1,
        le=300,
        description="How often a stream of events shows that it lives, and looks whether its follower is still signed in.",
    )
    followers_max: int = Field(
        1_000, ge=1, le=100_000, description="How many may follow streams of events in one process at once."
    )
    followers_each_max: int = Field(
        5, ge=1, le=1_000, description="How many of these may be of one account, in one process."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins whose pages may call the API from a browser, separated by commas. Empty: none."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses or networks of the reverse proxies in front of the server, separated by commas: only they are "
        "believed whom a request comes from (`X-Forwarded-For`). Empty: none.",
    )
    rate_limit_address: int = Field(
        1_200,
        ge=0,
        description="How many requests to `/v1` a network address may send in a minute without a token that is good; 0: no limit.",
    )
    rate_limit_account: int = Field(
        2_400, ge=0, description="How many requests an account that is signed in may send in a minute; 0: no limit."
    )
    rate_limit_key: int = Field(
        6_000,
        ge=0,
        description="How many requests an API key, or the address of a payment provider, may send in a minute; 0: no limit.",
    )
    docs_path: str = Field("/docs", pattern=r"^(/[\w/-]+)?$", description="Where Swagger UI is; empty: off.")
    redoc_path: str = Field("/redoc", pattern=r"^(/[\w/-]+)?$", description="Where ReDoc is; empty: off.")
    openapi_path: str = Field(
        "/openapi.json",
        pattern=r"^(/[\w/.-]+)?$",
        description="Where the OpenAPI document is; empty: off, and the pages too.",
    )
    body_max: int = Field(
        1_048_576, ge=1024, description="The largest request body in bytes; uploads have their own limit."
    )
    upload_max: int = Field(8_388_608, ge=1024, description="The largest uploaded picture in bytes.")
    worker: Literal["inline", "off"] = Field(
        "inline", description="Whether the server process runs the background loops too."
    )
    tasks_at_once: int = Field(10, ge=1, le=500, description="How many background tasks a worker does at once.")
    tasks_lease: int = Field(
        20, ge=3, le=600, description="Seconds without a sign of life after which a worker's tasks are taken over."
    )
    sweep_seconds: int = Field(
        15, ge=1, le=3600, description="How often expired holds and unfinished payments are looked after."
    )
    shop_name: str = Field("Merkato", min_length=1, max_length=100, description="What the shop is called in its mail.")
    public_url: str | None = Field(
        None, pattern=URL, description="Where customers find the shop, for the links in its mail."
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="The mail server, `smtp://user:password@host:587` (STARTTLS) or `smtps://`. Unset: mail is kept as files "
        "in HOME.",
    )
    mail_from: str = Field(
        "shop@localhost",
        max_length=254,
        pattern=r"^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$",
        description="The sender of the shop's mail.",
    )
    payment_service_url: str | None = Field(
        None,
        pattern=URL,
        description="An external payment service: the provider `http`. Unset: there is none.",
    )
    payment_service_contract: Literal["basic", "extended"] = Field(
        "basic",
        description="What the payment service can: `basic` is `POST /payments` alone, `extended` is the whole of "
        "`deploy/mocks/payments.yaml`.",
    )
    payment_service_webhook_secret: SecretStr | None = Field(
        None,
        description="Signs the events of an extended payment service (Standard Webhooks, `whsec_...`). Unset: it sends none.",
    )
    payment_patience: float = Field(
        10, gt=0, le=30, description="Seconds that a payment provider has for one answer; then it is asked again later."
    )
    kitchen_url: str | None = Field(
        None,
        pattern=URL,
        description="An external kitchen service. Unset: the kitchen is simulated.",
    )
    stripe_secret_key: SecretStr | None = Field(
        None, description="Stripe's secret key: the provider `stripe`. Unset: there is none."
    )
    stripe_webhook_secret: SecretStr | None = Field(
        None, description="The signing secret of the Stripe webhook endpoint `/v1/payments/webhooks/stripe`."
    )
    stripe_url: str = Field(
        "https://api.stripe.com", pattern=URL, description="Stripe's API, or a stand-in for trying."
    )
    private_webhooks: bool = Field(
        False, description="Whether webhooks may be sent to private and loopback addresses, and over plain HTTP."
    )
    metrics: bool = Field(
        False, description="Whether `/metrics` tells figures to Prometheus; keep it from the public, by proxy or token."
    )
    metrics_token: SecretStr | None = Field(
        None, min_length=16, description="The bearer token that `/metrics` asks for. Unset: it asks for none."
    )
    traces: bool = Field(
        False,
        description="Whether traces are sent, as OpenTelemetry's own variables say (`OTEL_EXPORTER_OTLP_ENDPOINT`). Needs the extra `traces`.",
    )
    redis_url: SecretStr | None = Field(
        None,
        description="A Redis in which several servers count log-ins and requests together, `redis://:password@host:6379/0`. Unset: each "
        "process counts its own.",
    )
    demo: bool = Field(False, description="Whether this is a demo, with `/dev/mail`. `merkato demo` sets it.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="What is worth a line in the log."
    )

    @field_validator("oidc_providers", mode="before")
    @classmethod
    def _parsed(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            parsed: Any = json.loads(value or "{}")
        except ValueError:
            raise ValueError("must be JSON") from None
        return parsed

    @model_validator(mode="after")
    def _tells_issuers_apart(self) -> Self:
        if (self.token_issuer is None) != (self.token_jwks_url is None):
            raise ValueError("MERKATO_TOKEN_ISSUER and MERKATO_TOKEN_JWKS_URL go together")
        if self.token_issuer == OWN_ISSUER:
            raise ValueError(f"MERKATO_TOKEN_ISSUER must not be {OWN_ISSUER}, which is the name of our own")
        return self

    @field_validator("trusted_proxies")
    @classmethod
    def _addressed(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            ip_network(each)
        return value

    @field_validator("cors_origins", "passkey_origins", "trusted_proxies", mode="before")
    @classmethod
    def _separated(cls, value: object) -> object:
        return (
            tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("*", mode="before")
    @classmethod
    def _unset(cls, value: object, info: ValidationInfo) -> object:
        """What need not be set is not set by an empty variable."""
        optional = info.field_name is not None and cls.model_fields[info.field_name].default is None
        return None if optional and value == "" else value

    @field_validator("payment_service_webhook_secret")
    @classmethod
    def _signs(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"whsec_[A-Za-z0-9+/]{32,}={0,2}", value.get_secret_value()):
            raise ValueError("must be whsec_ and at least 24 bytes in Base64")
        return value

    @property
    def mail_folder(self) -> Path:
        """Where mail is kept that no mail server takes."""
        return self.home / "mail"

    @property
    def embedded(self) -> bool:
        """Whether the database is our own, embedded one."""
        return self.database_url is None


def variables(name: str) -> tuple[str, ...]:
    """The environment variables that a setting is read from, its own first."""
    alias = Settings.model_fields[name].validation_alias
    if isinstance(alias, AliasChoices):
        return tuple(str(choice) for choice in alias.choices)
    return (f"{Settings.model_config['env_prefix']}{name}".upper(),)


async def _of(connection: HTTPConnection) -> Settings:
    settings: Settings = connection.app.state.settings
    return settings


TheSettings = Annotated[Settings, Depends(_of)]
"""The settings, as a route asks for them."""
