"""Imports owns how far long imports have come, what they refused, and what each file last said of a product."""
