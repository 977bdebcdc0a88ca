"""The stand-in's events: signed as Stripe signs them, sent in the background, and tried again for a while."""

import asyncio
import json
from contextlib import suppress
from typing import Any, Final

import stripe

from merkato.kit import ids
from merkato.kit.asking import NoAnswer, ask

PATIENCE: Final = 10.0
PAUSES: Final = (1, 2, 5, 10, 30)
"""Seconds before each repeat of an event that was not received."""


class Sender:
    """Sends events to one URL; without a URL it sends none."""

    def __init__(self, url: str | None, secret: str) -> None:
        self._url = url
        self._secret = secret
        self._under_way: set[asyncio.Task[None]] = set()

    def send(self, kind: str, about: dict[str, Any]) -> None:
        """Send an event soon. What it says of the object is how it stands now."""
        if self._url is None:
            return
        event = {"id": f"evt_{ids.new().hex}", "object": "event", "type": kind, "data": {"object": about}}
        task = asyncio.create_task(self._deliver(self._url, json.dumps(event)))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _deliver(self, url: str, body: str) -> None:
        for pause in (*PAUSES, 0):
            signature = stripe.WebhookSignature.generate_signature_header(body, self._secret)
            headers = {"stripe-signature": signature, "content-type": "application/json"}
            with suppress(NoAnswer):
                answer = await ask("POST", url, patience=PATIENCE, headers=headers, content=body)
                if answer.status < 300:
                    return
            await asyncio.sleep(pause)
