"""What a script uses that Penstock has and Apache Flink has not."""

from __future__ import annotations

import ast

from penstock._cli.checking.findings import Finding, Lack, not_in_flink
from penstock._cli.checking.reader import Reader, found_by
from penstock._cli.checking.values import Instance, Value

# Methods of streams that PyFlink lacks, and what to do instead. Some are Java's only.
_BATCHES = "penstock.extensions.{0}(stream, ...) does the same and runs there as well"
_JOINS = "PyFlink has joins in its Table API alone"
_METHODS = {
    "map_batches": _BATCHES,
    "filter_batches": _BATCHES,
    "flat_map_batches": _BATCHES,
    "join": _JOINS,
    "co_group": _JOINS,
    "interval_join": _JOINS,
}
# Pure Python, which runs wherever the package is installed.
_RUNS_THERE = "penstock.extensions"


def read_for_flink(source: bytes, file: str) -> list[Finding]:
    """What the script uses that Apache Flink lacks, by line. Raises SyntaxError."""
    return found_by(_FlinkReader(), source, file)


class _FlinkReader(Reader):
    """Reads a script as Penstock understands it; what Penstock lacks is no concern of Flink's."""

    def visit_Import(self, node: ast.Import) -> None:
        for name in node.names:
            self._imported(name.name, name.lineno)
        super().visit_Import(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module == "penstock":
            for name in node.names:
                self._imported(f"penstock.{name.name}", name.lineno)
        elif node.module and not node.level:
            self._imported(node.module, node.lineno)
        super().visit_ImportFrom(node)

    def looked_up(self, owner: Value, node: ast.Attribute) -> None:
        hint = _METHODS.get(node.attr)
        if hint is not None and isinstance(owner, Instance) and _is_stream(owner.cls):
            lack = not_in_flink(f"{owner.cls.__qualname__}.{node.attr}", hint.format(node.attr))
            self._lacking(lack, node.end_lineno, called=True)

    def missing(self, lack: Lack | None, line: int | None, *, called: bool = False) -> None:
        """Penstock lacks it: nothing to say."""

    def _imported(self, module: str, line: int) -> None:
        ours = module.partition(".")[0] == "penstock"
        if ours and not self._guarded and not f"{module}.".startswith(f"{_RUNS_THERE}."):
            self._lacking(not_in_flink(module, "only penstock.extensions runs there"), line)

    def _lacking(self, lack: Lack, line: int | None, *, called: bool = False) -> None:
        super().missing(lack, line, called=called)


def _is_stream(cls: type) -> bool:
    return any(base.__name__ == "DataStream" for base in cls.__mro__)
