"""Notifications owns the mail that the shop writes to its customers, and that each is sent once."""
