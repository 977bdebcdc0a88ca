"""How findings are kept, and how what does not fit together is found."""
