"""Tools without business words; imports nothing of ours."""
