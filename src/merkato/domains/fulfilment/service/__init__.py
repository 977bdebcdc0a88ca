"""What happens to fulfilments, tickets and returns, inside the caller's transaction.

Every verb locks the order first, then what hangs on it, and the stock last.
"""
