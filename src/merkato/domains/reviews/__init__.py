"""Reviews owns what customers say about products, its moderation, and the rating that comes of it."""
