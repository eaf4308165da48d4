"""Names that PyFlink scripts import for objects of the JVM."""

from __future__ import annotations

from typing import Any, NoReturn


class JavaObjectWrapper:
    """Something that stands for a Java object in PyFlink; here it stands for itself."""

    def __init__(self, j_object: Any) -> None:
        self._object = j_object

    def get_java_object(self) -> NoReturn:
        """Not in Penstock, which has no JVM: raises NoJavaError."""
        from penstock.util.exceptions import NoJavaError

        raise NoJavaError(f"{type(self).__name__}.get_java_object")
