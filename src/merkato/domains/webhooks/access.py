"""Who may manage webhooks: staff with the scope. They are told what happens to every customer."""

from typing import Annotated

from fastapi import Depends

from merkato.domains.identity.access import DEMANDED, FlowCaller, having
from merkato.domains.identity.models import Actor

SCOPE = "webhooks:write"


async def _for_flows(caller: FlowCaller) -> Actor:
    caller.must(SCOPE)
    return caller


DEMANDED[_for_flows] = SCOPE

WebhookStaff = Annotated[Actor, Depends(having(SCOPE))]
WebhookFlowStaff = Annotated[Actor, Depends(_for_flows)]
"""The same for a route that starts a flow."""
