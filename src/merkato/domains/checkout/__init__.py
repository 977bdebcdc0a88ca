"""Checkout owns the way from a cart to an order: addresses, shipping, the hold of stock and the payment."""
