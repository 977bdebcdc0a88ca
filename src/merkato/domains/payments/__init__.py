"""Payments owns the attempts to get money from a provider, and what was taken and given back."""
