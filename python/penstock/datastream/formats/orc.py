"""ORC: not in Penstock yet. The names can be imported; using one raises NotInPenstockError."""

from penstock._build.absent import absent_names

_NAMES = ["OrcBulkWriters"]

__all__ = list(_NAMES)

__getattr__ = absent_names(__name__, _NAMES)
