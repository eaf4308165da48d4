"""Reads `.proto` files: messages, enums, oneofs and maps. Options, services and extensions are passed over."""

from __future__ import annotations

import re
from collections.abc import Mapping

from penstock._runtime.protobuf.schema import PACKABLE, SCALARS, Enumeration, Field, File, Message, ProtobufError
from penstock._runtime.protobuf.well_known import WELL_KNOWN

_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|(?P<token>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[\w.]+|[-+]?\d[\w.+-]*|[{}\[\]()<>=;,:/-])|\s+""",
    re.DOTALL,
)
_DEPTH = 50


def parse(text: str, imported: Mapping[str, str] | None = None) -> File:
    """A file from its text; `imported` has the texts of files that it imports, by the names under which it does.

    Raises ProtobufError saying what is wrong.
    """
    return _File(imported or {}).read(text, 0)


class _File:
    def __init__(self, imported: Mapping[str, str]) -> None:
        self._imported = {**WELL_KNOWN, **imported}

    def read(self, text: str, depth: int) -> File:
        if depth > _DEPTH:
            raise ProtobufError("Protobuf files import each other too deep")
        words = _Words(text)
        file, proto3 = File(""), False
        unresolved: list[tuple[Field, str]] = []
        while (word := words.next()) is not None:
            if word == "syntax":
                words.expect("=")
                proto3 = words.text() == "proto3"
                words.expect(";")
            elif word == "package":
                file.package = words.name()
                words.expect(";")
            elif word == "import":
                self._import(words, file, depth)
            elif word == "message":
                body = _Body(words, file, proto3, unresolved)
                file.messages.append(body.message(file.package, 0))
            elif word == "enum":
                body = _Body(words, file, proto3, unresolved)
                body.enumeration(file.package)
            elif word != ";":
                words.skip_statement()
        for field, scope in unresolved:
            _resolve(field, scope, file, proto3)
        return file

    def _import(self, words: _Words, file: File, depth: int) -> None:
        word = words.need()
        if word in ("public", "weak"):
            word = words.need()
        name = word[1:-1]
        words.expect(";")
        text = self._imported.get(name)
        if text is None:
            raise ProtobufError(f"the Protobuf schema imports {name!r}, which it has no reference to")
        file.known.update(self.read(text, depth + 1).known)


class _Words:
    """The tokens of a text."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise ProtobufError(f"no Protobuf schema: {text[at : at + 40]!r} is not understood")
            if found["token"] is not None:
                self._tokens.append(found["token"])
            at = found.end()
        self._at = 0

    def next(self) -> str | None:
        if self._at == len(self._tokens):
            return None
        self._at += 1
        return self._tokens[self._at - 1]

    def peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def need(self) -> str:
        word = self.next()
        if word is None:
            raise ProtobufError("the Protobuf schema ends in the middle of a statement")
        return word

    def expect(self, wanted: str) -> None:
        word = self.need()
        if word != wanted:
            raise ProtobufError(f"the Protobuf schema has {word!r} where {wanted!r} was expected")

    def name(self) -> str:
        word = self.need()
        if not re.fullmatch(r"\.?[A-Za-z_][\w.]*", word):
            raise ProtobufError(f"the Protobuf schema has {word!r} where a name was expected")
        return word

    def text(self) -> str:
        return self.need()[1:-1]

    def number(self) -> int:
        word = self.need()
        if word == "-":
            return -self.number()
        try:
            return int(word, 8 if re.fullmatch("0[0-7]+", word) else 0)
        except ValueError:
            raise ProtobufError(f"the Protobuf schema has {word!r} where a number was expected") from None

    def skip_statement(self) -> None:
        """To behind the next `;`, or behind a block."""
        depth = 0
        while True:
            word = self.need()
            depth += (word in "{[(") - (word in "}])") if len(word) == 1 else 0
            if depth == 0 and word in (";", "}"):
                return

    def options(self) -> dict[str, str]:
        """What stands in brackets behind a field."""
        found: dict[str, str] = {}
        if self.peek() != "[":
            return found
        depth, words = 0, []
        while True:
            word = self.need()
            depth += (word in "{[(") - (word in "}])") if len(word) == 1 else 0
            if depth == 0:
                break
            words.append(word)
        for place, word in enumerate(words[:-2]):
            if word in ("packed", "default") and words[place + 1] == "=":
                found[word] = words[place + 2]
        return found


class _Body:
    """Reads what stands within messages."""

    def __init__(self, words: _Words, file: File, proto3: bool, unresolved: list[tuple[Field, str]]) -> None:
        self._words, self._file, self._proto3, self._unresolved = words, file, proto3, unresolved

    def message(self, scope: str, depth: int) -> Message:
        if depth > _DEPTH:
            raise ProtobufError("messages in a Protobuf schema are nested too deep")
        words = self._words
        message = Message(_within(scope, words.name()))
        self._file.known[message.name] = message
        words.expect("{")
        while (word := words.need()) != "}":
            if word == "message":
                message.messages.append(self.message(message.name, depth + 1))
            elif word == "enum":
                message.enumerations.append(self.enumeration(message.name))
            elif word == "oneof":
                self._oneof(message)
            elif word in ("option", "reserved", "extensions", "extend"):
                words.skip_statement()
            elif word == "map" and words.peek() == "<":
                self._map(message)
            elif word != ";":
                self._field(message, word, None)
        return message

    def enumeration(self, scope: str) -> Enumeration:
        words = self._words
        enumeration = Enumeration(_within(scope, words.name()))
        self._file.known[enumeration.name] = enumeration
        words.expect("{")
        while (word := words.need()) != "}":
            if word in ("option", "reserved"):
                words.skip_statement()
            elif word != ";":
                words.expect("=")
                enumeration.numbers[word] = words.number()
                words.options()
                words.expect(";")
        return enumeration

    def _oneof(self, message: Message) -> None:
        words = self._words
        name = words.name()
        words.expect("{")
        while (word := words.need()) != "}":
            if word == "option":
                words.skip_statement()
            elif word != ";":
                self._field(message, word, name)

    def _field(self, message: Message, word: str, oneof: str | None) -> None:
        words = self._words
        label = word if word in ("optional", "required", "repeated") else None
        kind = words.need() if label is not None else word
        if kind == "group":
            raise ProtobufError(f"{message.name} has a group, which Protobuf has given up and Penstock does not read")
        field = Field(words.name(), 0, kind, repeated=label == "repeated", oneof=oneof)
        words.expect("=")
        field.number = words.number()
        packed = words.options().get("packed")
        words.expect(";")
        field.packed = field.repeated and (packed == "true" or (packed is None and self._proto3))
        field.has_presence = oneof is not None or label in ("optional", "required") or not self._proto3
        message.fields.append(field)
        self._unresolved.append((field, message.name))

    def _map(self, message: Message) -> None:
        words = self._words
        words.expect("<")
        key = words.name()
        words.expect(",")
        value = words.name()
        words.expect(">")
        name = words.name()
        words.expect("=")
        number = words.number()
        words.options()
        words.expect(";")
        entry = Message(_within(message.name, f"{name}.entry"), is_map_entry=True)
        entry.fields = [Field("key", 1, key), Field("value", 2, value)]
        message.fields.append(Field(name, number, entry.name, repeated=True, message=entry))
        self._unresolved.extend((field, message.name) for field in entry.fields)


def _within(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _resolve(field: Field, scope: str, file: File, proto3: bool) -> None:
    """Finds what a type's name means: from the innermost scope outwards."""
    if field.type in SCALARS:
        field.packed = field.packed and field.type in PACKABLE
        return
    name = field.type
    candidates = [name[1:]] if name.startswith(".") else [*(f"{s}.{name}" for s in _scopes(scope)), name]
    found = next((file.known[one] for one in candidates if one in file.known), None)
    if found is None:
        raise ProtobufError(f"the Protobuf schema uses the type {name!r} in {scope}, which nothing defines")
    if isinstance(found, Message):
        field.message, field.packed, field.has_presence = found, False, True
    else:
        field.enumeration = found


def _scopes(scope: str) -> list[str]:
    parts = scope.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
