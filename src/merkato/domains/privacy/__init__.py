"""Privacy owns what a person may ask of the shop about themselves: all that is stored on them, and that it be erased."""
