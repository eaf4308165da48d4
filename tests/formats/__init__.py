"""Formats of files: jobs that read and write them, against other libraries."""
