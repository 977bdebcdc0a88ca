"""A stand-in for Stripe's API, as far as we use it, which remembers what it was asked and behaves as Stripe documents it."""

from merkato.sandbox.stripe.api import create
from merkato.sandbox.stripe.memory import Memory

__all__ = ["Memory", "create"]
