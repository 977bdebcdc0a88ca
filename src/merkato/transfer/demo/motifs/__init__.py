"""The things that a demo picture can show, one function each, one file per corner of the shop."""
