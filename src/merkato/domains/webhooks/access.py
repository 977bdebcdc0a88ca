"""Who may manage webhooks: staff with the scope. They are told what happens to every customer."""

from typing import Annotated, Final

from fastapi import Depends

from merkato.domains.identity.access import having
from merkato.domains.identity.models import Actor

_SCOPE: Final = "webhooks:write"

WebhookStaff = Annotated[Actor, Depends(having(_SCOPE))]
WebhookFlowStaff = Annotated[Actor, Depends(having(_SCOPE, flow=True))]
"""The same for a route that starts a flow."""
