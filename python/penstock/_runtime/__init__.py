"""What runs beside user functions, called by the engine."""

from penstock._runtime.loading import load
from penstock._runtime.records import layouts

__all__ = ["layouts", "load"]
