"""Merkato: a commerce and marketplace server that starts with one command."""

__version__ = "0.1.0"
