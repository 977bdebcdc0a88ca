"""The business, one folder each; their order stands in pyproject.toml."""
