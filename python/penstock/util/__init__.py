"""Errors and other things that scripts catch or decorate with."""
