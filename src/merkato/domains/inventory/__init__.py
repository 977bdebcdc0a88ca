"""Inventory owns the stock of each tracked variant: what is on hand, held for a moment, and promised to orders."""
