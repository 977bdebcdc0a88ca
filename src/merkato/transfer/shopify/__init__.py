"""Products in Shopify's CSV format: read in one pass, understood, and brought into the catalogue."""
