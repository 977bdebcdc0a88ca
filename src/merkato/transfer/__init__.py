"""Import, export and demo data: one file per format."""
