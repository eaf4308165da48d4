"""What a `.proto` file says."""

from __future__ import annotations

from dataclasses import dataclass, field

SCALARS = frozenset(
    {
        "double",
        "float",
        "int32",
        "int64",
        "uint32",
        "uint64",
        "sint32",
        "sint64",
        "fixed32",
        "fixed64",
        "sfixed32",
        "sfixed64",
        "bool",
        "string",
        "bytes",
    }
)
PACKABLE = SCALARS - {"string", "bytes"}


class ProtobufError(ValueError):
    """A schema that is none, or bytes or a value that are not of their schema."""


@dataclass(eq=False)
class Enumeration:
    """Names of numbers."""

    name: str
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def names(self) -> dict[int, str]:
        """The first name of each number."""
        return {number: name for name, number in reversed(self.numbers.items())}


@dataclass(eq=False)
class Field:
    """A field of a message. `type` is a scalar's name until it is resolved to what has the name."""

    name: str
    number: int
    type: str
    repeated: bool = False
    packed: bool = False
    has_presence: bool = False
    """Whether a value that is the default differs from none."""
    message: Message | None = None
    enumeration: Enumeration | None = None
    oneof: str | None = None


@dataclass(eq=False)
class Message:
    """A message type; `is_map_entry` is that of a `map` field, whose fields are key and value."""

    name: str
    fields: list[Field] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    enumerations: list[Enumeration] = field(default_factory=list)
    is_map_entry: bool = False


@dataclass(eq=False)
class File:
    """A file: its messages in order, and what it knows by full names, with those of imported files."""

    package: str
    messages: list[Message] = field(default_factory=list)
    known: dict[str, Message | Enumeration] = field(default_factory=dict)
