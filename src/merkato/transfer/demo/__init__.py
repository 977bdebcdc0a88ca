"""The demo shop: its catalogue, its pictures and its people."""
