"""Ledger owns the books: transfers between accounts, which are only ever added."""
