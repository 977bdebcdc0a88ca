"""The stand-in for Stripe beside a demo: a process of its own, so that the server's workers share it; it ends with the demo."""

import asyncio
import multiprocessing
import os
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from pydantic import SecretStr

from merkato.cli.ports import Port, claimed
from merkato.cli.serving import address_of, end_with
from merkato.kit import logs
from merkato.sandbox import stripe
from merkato.settings import Settings

HOST: Final = "127.0.0.1"
PATIENCE: Final = 5.0


@contextmanager
def stand_in_for_stripe(settings: Settings, shop: Port) -> Iterator[Settings]:
    """The settings of a demo that can be paid with `stripe`. Whoever has an account there (a secret key is set) pays there."""
    if settings.stripe_secret_key is not None:
        yield settings
        return
    port, secret = claimed(HOST, 0), f"whsec_{secrets.token_hex(24)}"
    tell = address_of(settings.host, shop.number) + "/v1/payments/webhooks/stripe"
    told = (settings.home / "stripe.json", port.number, tell, secret, settings.log_level)
    process = multiprocessing.Process(target=_stand_in, args=told, name="stripe", daemon=True)
    process.start()
    try:
        yield settings.model_copy(
            update={
                "stripe_secret_key": SecretStr("sk_test_stand_in"),
                "stripe_webhook_secret": SecretStr(secret),
                "stripe_url": f"http://{HOST}:{port.number}",
                "port": shop.number,
            }
        )
    finally:
        process.terminate()
        process.join(PATIENCE)
        port.release()


def _stand_in(memory: Path, port: int, tell: str, secret: str, log_level: str) -> None:
    # A Ctrl-C in the terminal is our parent's to handle.
    os.setpgrp()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=end_with, args=(os.getppid(),), name="parent", daemon=True).start()
    logs.configure(log_level)
    asyncio.run(_serve(memory, port, tell, secret))


async def _serve(memory: Path, port: int, tell: str, secret: str) -> None:
    app = stripe.create(stripe.Memory(memory), tell=tell, secret=secret)
    # Granian warns at each start that its embedded server is young.
    server = Server(
        app, address=HOST, port=port, interface=Interfaces.ASGI, websockets=False, log_level=LogLevels.error
    )
    await server.serve()
