"""Addresses owns the address book of each account."""
