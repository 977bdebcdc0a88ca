"""Orders owns what was bought, at which price and by whom, and the history of each order."""
