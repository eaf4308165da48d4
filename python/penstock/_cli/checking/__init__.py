"""Finds what a script uses that Penstock lacks, by reading it, without running it.

`package` answers what the package has; `values` are what names in a script can stand for; `reader` walks a script.
"""
