"""Search owns how products are listed, filtered, ordered and suggested, all read from the catalogue's projection."""
