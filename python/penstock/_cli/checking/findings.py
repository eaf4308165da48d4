"""What is found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """Something that Penstock lacks, and the line that uses it."""

    line: int
    text: str


@dataclass(frozen=True)
class Lack:
    """Something of PyFlink that Penstock has under its name only, or not at all."""

    name: str
    words: str

    def called(self) -> str:
        """Words about a call of it."""
        return f"{self.name}(...) {self.words}"

    def used(self) -> str:
        """Words about any other use."""
        return f"{self.name} {self.words}"


def not_yet(name: str, hint: str = "") -> Lack:
    """Something that is to come."""
    return Lack(name, f"is not in Penstock yet: {hint}" if hint else "is not in Penstock yet")


def not_built_in(name: str, use_instead: str) -> Lack:
    """A part of a connector that is not to come."""
    return Lack(name, f"is not built in: {use_instead}")


def unknown(name: str) -> Lack:
    """Something that PyFlink may have, or may not."""
    return Lack(name, "is not in Penstock")


def not_in_flink(name: str, hint: str) -> Lack:
    """Something that Penstock has and PyFlink has not."""
    return Lack(name, f"is not in Apache Flink: {hint}")


def java(name: str) -> Lack:
    """Something that only makes sense with a JVM."""
    return Lack(name, "hands out a Java object, and Penstock has no JVM")
