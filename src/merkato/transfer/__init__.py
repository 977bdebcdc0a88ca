"""Import, backup and demo data: one file per format."""
