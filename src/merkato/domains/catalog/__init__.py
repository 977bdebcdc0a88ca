"""Catalog owns the category tree, products with their variants and pictures, and the projection that lists and pages are read from."""
