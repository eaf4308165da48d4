"""What the expressions of a script stand for, and what Penstock lacks of them."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from penstock._cli.checking import values
from penstock._cli.checking.findings import Finding, Lack
from penstock._cli.checking.values import Instance, Known, Subclass, Value


class Expressions(ast.NodeVisitor):
    """Evaluates expressions as far as names, attributes and calls tell. Scopes are those of functions."""

    def __init__(self) -> None:
        self.findings: set[Finding] = set()
        self._scopes: list[dict[str, Value]] = [{}]

    def visit_Expr(self, node: ast.Expr) -> None:
        """An expression as a statement."""
        self.value(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        """A name alone: nothing to say."""

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """An attribute somewhere in an expression."""
        self.value(node)

    def visit_Call(self, node: ast.Call) -> None:
        """A call somewhere in an expression."""
        self.value(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        """`name := value`."""
        self.value(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """A function without a name."""
        self.function(node.args, [ast.Expr(node.body)], {})

    def visit_comprehension_of(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        """A comprehension: its variables are its own."""
        self._scopes.append({})
        for part in node.generators:
            self.value(part.iter)
            self.assign(part.target, None)
            for condition in part.ifs:
                self.value(condition)
        for made in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.value(made)
        self._scopes.pop()

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_comprehension_of

    def value(self, node: ast.expr) -> Value:
        """What an expression stands for, after looking into all its parts."""
        if isinstance(node, ast.Name):
            return self.named(node.id)
        if isinstance(node, ast.Attribute):
            owner = self.value(node.value)
            self.looked_up(owner, node)
            step = values.attribute(owner, node.attr)
            # In a chain over several lines, the line with the attribute's name.
            self.missing(step.lack, node.end_lineno)
            return step.value
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.NamedExpr):
            value = self.value(node.value)
            self.assign(node.target, value)
            return value
        visit = getattr(self, f"visit_{type(node).__name__}", self.generic_visit)
        visit(node)
        return None

    def _call(self, node: ast.Call) -> Value:
        step = values.called(self.value(node.func))
        if step.lack is not None:
            self.missing(step.lack, node.func.end_lineno, called=True)
        for part in (*node.args, *(keyword.value for keyword in node.keywords)):
            self.value(part)
        return step.value

    def annotated(self, annotation: ast.expr | None) -> Value:
        """What an annotated name stands for."""
        if annotation is None:
            return None
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            return _instance_of(self.named(annotation.value))
        return _instance_of(self.value(annotation))

    def assign(self, target: ast.expr, value: Value) -> None:
        """Let a target stand for a value; the parts of a tuple stand for nothing known."""
        if isinstance(target, ast.Name):
            self.bind(target.id, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for part in target.elts:
                self.assign(part, None)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, None)
        elif isinstance(target, (ast.Attribute, ast.Subscript)):
            self.value(target.value)

    def bind(self, name: str, value: Value) -> None:
        """Let a name stand for a value from here on."""
        self._scopes[-1][name] = value

    def named(self, name: str) -> Value:
        """What a name stands for."""
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return None

    def function(self, arguments: ast.arguments, body: Iterable[ast.stmt], known: dict[str, Value]) -> None:
        """A function's body; `known` are parameters that stand for something without being annotated."""
        for default in (*arguments.defaults, *(d for d in arguments.kw_defaults if d)):
            self.value(default)
        scope: dict[str, Value] = {}
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            scope[argument.arg] = self.annotated(argument.annotation) or known.get(argument.arg)
        self._scopes.append(scope)
        for statement in body:
            self.visit(statement)
        self._scopes.pop()

    def looked_up(self, owner: Value, node: ast.Attribute) -> None:
        """An attribute of something is asked for, known or not."""

    def missing(self, lack: Lack | None, line: int | None, *, called: bool = False) -> None:
        """Note what is missing, if something is."""
        if lack is not None:
            self.findings.add(Finding(line or 1, lack.called() if called else lack.used()))


def class_behind(value: Value) -> type | None:
    """The class of the package that a class stands for or is below of."""
    if isinstance(value, Known) and isinstance(value.value, type):
        return value.value
    return value.base if isinstance(value, Subclass) else None


def _instance_of(value: Value) -> Value:
    cls = class_behind(value)
    return Instance(cls, more=isinstance(value, Subclass)) if cls is not None else None
