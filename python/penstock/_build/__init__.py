"""Turns what a script has built into the stream graph that the engine takes. Only this package talks to the engine."""
