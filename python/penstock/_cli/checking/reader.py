"""Walks a script in the order of its lines and keeps in mind what its names stand for.

What cannot be told by reading (results of the script's own functions, attributes of its own objects) stands for nothing
known, and nothing is said about it: a finding is certain, their absence is not.
"""

from __future__ import annotations

import ast

from penstock._cli.checking import package, values
from penstock._cli.checking.expressions import Expressions, class_behind
from penstock._cli.checking.findings import Finding, Lack, unknown
from penstock._cli.checking.values import Instance, Known, Subclass, Value


def read(source: bytes, file: str) -> list[Finding]:
    """What the script uses that Penstock lacks, by line. Raises SyntaxError."""
    return found_by(Reader(), source, file)


def found_by(reader: Reader, source: bytes, file: str) -> list[Finding]:
    """What a reader finds in the script, by line."""
    reader.visit(ast.parse(source, file))
    return sorted(reader.findings)


class Reader(Expressions):
    """Statements: imports, assignments, functions, classes."""

    def __init__(self) -> None:
        super().__init__()
        # Within so many `try` that cope with an import that fails.
        self._guarded = 0

    def visit_Import(self, node: ast.Import) -> None:
        for name in node.names:
            top = name.name.partition(".")[0]
            bound = None
            if package.is_own(name.name):
                module = package.load(name.name)
                self._not_imported(package.absent_part(name.name) if module else unknown(name.name), name.lineno)
                bound = module if name.asname else package.load(top)
            self.bind(name.asname or top, Known(bound) if bound else None)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        source = node.module or ""
        ours = not node.level and package.is_own(source)
        module = package.load(source) if ours else None
        if ours and module is None:
            self._not_imported(unknown(source), node.lineno)
        for name in node.names:
            if module is not None and name.name == "*":
                for exported in getattr(module, "__all__", ()):
                    self.bind(exported, values.attribute(Known(module), exported).value)
                continue
            step = values.attribute(Known(module), name.name) if module else values.NOTHING
            self._not_imported(step.lack, name.lineno)
            self.bind(name.asname or name.name, step.value)

    def _not_imported(self, lack: Lack | None, line: int) -> None:
        if not self._guarded:
            self.missing(lack, line)

    def visit_Try(self, node: ast.Try) -> None:
        guard = any(_catches_imports(handler) for handler in node.handlers)
        self._guarded += guard
        for statement in node.body:
            self.visit(statement)
        self._guarded -= guard
        for part in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(part)

    def visit_Assign(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        for target in node.targets:
            self.assign(target, value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        value = self.value(node.value) if node.value else None
        self.assign(node.target, value or self.annotated(node.annotation))

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.value(node.value)
        self.assign(node.target, None)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.value(node.iter)
        self.assign(node.target, None)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    visit_AsyncFor = visit_For

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.value(item.context_expr)
            if item.optional_vars:
                self.assign(item.optional_vars, None)
        for statement in node.body:
            self.visit(statement)

    visit_AsyncWith = visit_With

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.value(decorator)
        self.bind(node.name, None)
        self.function(node.args, node.body, {})

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        bases = [class_behind(self.value(base)) for base in node.bases]
        base = next((base for base in bases if base is not None), None)
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef) and base is not None:
                self.function(statement.args, statement.body, _parameters(statement, base))
            else:
                self._scopes.append({})
                self.visit(statement)
                self._scopes.pop()
        self.bind(node.name, Subclass(base) if base else None)


def _parameters(method: ast.FunctionDef, base: type) -> dict[str, Value]:
    """What the parameters of a method of a script's class stand for: those of the method that it overrides."""
    overridden = getattr(base, method.name, None)
    known: dict[str, Value] = {}
    for position, argument in enumerate(method.args.args):
        cls = package.parameter(overridden, position) if overridden else None
        known[argument.arg] = Instance(cls) if cls else None
    if method.args.args and not method.decorator_list:
        known[method.args.args[0].arg] = Instance(base, more=True)
    return known


def _catches_imports(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    named = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(n, ast.Name) and n.id in ("ImportError", "ModuleNotFoundError", "Exception") for n in named)
