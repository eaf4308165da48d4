"""Whole jobs as users run them, in processes of their own that are killed, on real services."""
