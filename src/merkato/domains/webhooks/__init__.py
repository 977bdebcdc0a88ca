"""Webhooks owns to whom outside of the shop its events are told, and each attempt to tell them."""
