"""What runs beside user functions, called by the engine."""

from penstock._runtime.loading import load

__all__ = ["load"]
