"""Hiring owns jobs that people post, the offers to do them, what is said about an offer, and the evaluations of who did them."""
