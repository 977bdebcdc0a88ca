"""Community owns what people write to each other: posts with their tags and votes, comments, and reports of what should not be there."""
