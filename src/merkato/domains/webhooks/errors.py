"""What can go wrong with webhooks."""

from merkato.kit.errors import Conflict


class TooManyWebhooks(Conflict):
    """A store tells its events to at most 20 webhooks."""

    code, title = "too-many-webhooks", "There are too many webhooks"
    fix = "Delete one that is no longer used, or let one receiver hand the events on."


class WebhookOff(Conflict):
    """The webhook of this delivery is switched off, by staff or because it failed for days."""

    code, title = "webhook-off", "This webhook is switched off"
    fix = "Switch it on with `PATCH /v1/webhooks/{id}` and `active: true`, then retry the delivery."
