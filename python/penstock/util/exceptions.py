"""The errors that Penstock raises beside Python's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])


class JavaException(Exception):
    """The root of the errors that PyFlink takes from Flink, so that `except JavaException` goes on working."""

    def __init__(self, stack_trace: str) -> None:
        super().__init__(stack_trace)
        self.stack_trace = stack_trace

    def __str__(self) -> str:
        return self.stack_trace


class JobExecutionException(JavaException):
    """The job failed. The message is the user's traceback, then operator, subtask and record."""


class JobCancelledException(JavaException):
    """The job was cancelled while somebody waited for its result."""


class NotInPenstockError(NotImplementedError):
    """A part of PyFlink's API that Penstock does not have yet. `name` is what was called."""

    def __init__(self, name: str, hint: str = "") -> None:
        from penstock._build.call_site import call_site

        self.name = name
        site = call_site()
        called = f" (called at {site})" if site else ""
        super().__init__(f"{name} is not in Penstock yet{called}." + (f" {hint}" if hint else ""))


class NotBuiltInError(NotInPenstockError):
    """A connector of PyFlink that Penstock does not bring along. The message ends with what to use in its place."""

    def __init__(self, name: str, use_instead: str) -> None:
        from penstock._build.call_site import call_site

        self.name = name
        site = call_site()
        called = f" (called at {site})" if site else ""
        NotImplementedError.__init__(self, f"{name} is not built in{called}. {use_instead}")


class NoJavaError(RuntimeError):
    """Something that only makes sense with a JVM behind it, which Penstock does not have."""

    def __init__(self, name: str) -> None:
        from penstock._build.call_site import call_site

        site = call_site()
        called = f" (called at {site})" if site else ""
        super().__init__(f"{name} hands out a Java object, and Penstock has no JVM{called}.")


class StreamCallError(Exception):
    """A stream was asked for something that it cannot do where it stands in the graph."""


class TableException(JavaException):
    """A table program is wrong."""


class CatalogException(JavaException):
    """A catalog is wrong or cannot be reached."""


class DatabaseAlreadyExistException(JavaException):
    """A database of the name exists."""


class DatabaseNotEmptyException(JavaException):
    """A database to be dropped has tables."""


class DatabaseNotExistException(JavaException):
    """There is no database of the name."""


class FunctionAlreadyExistException(JavaException):
    """A function of the name exists."""


class FunctionNotExistException(JavaException):
    """There is no function of the name."""


class ModelAlreadyExistException(JavaException):
    """A model of the name exists."""


class ModelNotExistException(JavaException):
    """There is no model of the name."""


class PartitionAlreadyExistsException(JavaException):
    """The partition exists."""


class PartitionNotExistException(JavaException):
    """The partition does not exist."""


class PartitionSpecInvalidException(JavaException):
    """The partition's description is wrong."""


class TableAlreadyExistException(JavaException):
    """A table of the name exists."""


class TableNotExistException(JavaException):
    """There is no table of the name."""


class TableNotPartitionedException(JavaException):
    """The table has no partitions."""


def capture_java_exception(f: F) -> F:
    """The function itself: there are no Java exceptions to translate."""
    return f


def install_exception_handler() -> None:
    """Nothing to install: there are no Java exceptions to translate."""


def install_py4j_hooks() -> None:
    """Nothing to install: there is no py4j."""
