"""Small factories, one file per domain: what a test needs, through the real doors."""
