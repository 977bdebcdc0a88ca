"""What happens to checkouts, inside the caller's transaction: quoted, filled in, completed."""
