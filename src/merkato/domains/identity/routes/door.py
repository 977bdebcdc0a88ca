"""What routes hand to flows that open a session, or change by what one is opened."""

from typing import Annotated

from fastapi import Depends, Request

from merkato.domains.identity.flows import Door


async def _door(request: Request) -> Door:
    state = request.app.state
    return Door(
        database=state.database,
        settings=state.settings,
        secret=state.secret,
        key_ring=state.key_ring,
        throttle=state.throttle,
        after=state.after_log_in,
    )


TheDoor = Annotated[Door, Depends(_door)]
