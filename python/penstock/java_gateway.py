"""PyFlink's connection to the JVM. Its names can be imported; using one raises NotInPenstockError."""

from penstock._build.absent import absent_names

_NAMES = [
    "PythonFunctionFactory",
    "Watchdog",
    "get_gateway",
    "import_flink_view",
    "is_launch_gateway_disabled",
    "launch_gateway",
]

__all__ = list(_NAMES)

__getattr__ = absent_names(__name__, _NAMES, "Penstock has no JVM.")
