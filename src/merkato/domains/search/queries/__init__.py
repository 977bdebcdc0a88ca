"""How products are listed, suggested and counted, on the projection."""
