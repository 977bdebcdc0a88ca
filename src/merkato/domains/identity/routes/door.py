"""What routes hand to flows that open a session, or change by what one is opened."""

from typing import Annotated

from fastapi import Depends, FastAPI, Request

from merkato.domains.identity.flows import Door


def door_of(app: FastAPI) -> Door:
    """The application's own."""
    state = app.state
    return Door(
        database=state.database,
        settings=state.settings,
        secret=state.secret,
        key_ring=state.key_ring,
        throttle=state.throttle,
        after=state.after_log_in,
    )


async def _door(request: Request) -> Door:
    return door_of(request.app)


TheDoor = Annotated[Door, Depends(_door)]
