"""Pricing owns what each variant costs in each currency; a variant is said and offered with its price."""
