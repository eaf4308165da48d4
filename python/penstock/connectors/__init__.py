"""Connectors that PyFlink has no names for. `penstock.connectors.python`: sources and sinks of your own."""
