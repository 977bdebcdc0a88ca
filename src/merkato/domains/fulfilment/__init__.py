"""Fulfilment owns how ordered goods leave and come back: fulfilments, kitchen tickets and returns."""
