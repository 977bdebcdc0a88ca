"""Identity owns accounts, their public profiles, sessions and tokens, and what each role may do."""
