"""The roots of connectors that are given to `env.add_source` and `stream.add_sink`."""

from __future__ import annotations

from typing import Any, NoReturn


class JavaFunctionWrapper:
    """Something that stands for a Java object in PyFlink; here it stands for itself.

    Raises NoJavaError for the name of a Java class.
    """

    def __init__(self, j_function: Any) -> None:
        if isinstance(j_function, str):
            from penstock.util.exceptions import NoJavaError

            raise NoJavaError(f"{type(self).__name__}({j_function!r})")
        self._function = j_function

    def get_java_function(self) -> NoReturn:
        """Not in Penstock, which has no JVM: raises NoJavaError."""
        from penstock.util.exceptions import NoJavaError

        raise NoJavaError(f"{type(self).__name__}.get_java_function")


class SourceFunction(JavaFunctionWrapper):
    """What `env.add_source` takes."""

    def __init__(self, source_func: Any) -> None:
        super().__init__(source_func)


class SinkFunction(JavaFunctionWrapper):
    """What `stream.add_sink` takes."""

    def __init__(self, sink_func: Any) -> None:
        super().__init__(sink_func)
