"""What tests and benchmarks of jobs need."""

from penstock.testing.discarding_sink import DiscardingSink

__all__ = ["DiscardingSink"]
