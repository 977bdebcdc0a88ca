"""Who may tell us of payments. What a provider's signature opens is tested beside the domain."""

from house.access.matrix import everyone

ROWS = (everyone("POST /v1/payments/webhooks/{provider}", 404, at="/v1/payments/webhooks/simulated", body={}),)
