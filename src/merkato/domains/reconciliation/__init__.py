"""Reconciliation owns what does not fit together: money without an order, orders without money, and what is stuck between us and others."""
