"""What connectors and formats of PyFlink share."""

from __future__ import annotations

from typing import Any, NoReturn

from penstock.common.typeinfo import TypeInformation
from penstock.util.exceptions import NoJavaError


def create_hadoop_configuration(properties: dict[str, str]) -> NoReturn:
    """Not in Penstock, which has no JVM: raises NoJavaError."""
    raise NoJavaError("create_hadoop_configuration")


def create_java_properties(properties: dict[str, str]) -> NoReturn:
    """Not in Penstock, which has no JVM: raises NoJavaError."""
    raise NoJavaError("create_java_properties")


def pickled_bytes_to_python_obj(data: Any, type_info: TypeInformation) -> NoReturn:
    """Not in Penstock, which has no JVM: raises NoJavaError."""
    raise NoJavaError("pickled_bytes_to_python_obj")


def convert_to_python_obj(data: Any, type_info: TypeInformation) -> NoReturn:
    """Not in Penstock, which has no JVM: raises NoJavaError."""
    raise NoJavaError("convert_to_python_obj")


class ResultTypeQueryable:
    """Something that knows the type of what it makes."""

    def get_produced_type(self) -> TypeInformation:
        """The type."""
        raise NotImplementedError(f"{type(self).__name__} does not say what type it makes")
