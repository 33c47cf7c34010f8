"""Mutants: a module with one small fault in it, as a program that nobody tested might have.

Faults: another comparison, `and` for `or`, a condition turned round, `+` for `-`, another number,
True for False, None returned, and a call, a `raise` or a `case` left out. Texts and annotations
stay: a message in other words is no fault.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
}  # fmt: skip


@dataclass(frozen=True, order=True)
class Mutant:
    """The `number`-th fault of a file, and what it is."""

    path: Path
    number: int
    line: int = 0
    fault: str = ""

    def source(self) -> str:
        """The file's text with the fault in it."""
        return ast.unparse(_Faults(self.number).visit(ast.parse(self.path.read_text())))


def mutants(path: Path) -> list[Mutant]:
    """Every mutant of a file, in the order of its text."""
    faults = _Faults(wanted=-1)
    faults.visit(ast.parse(path.read_text()))
    return [Mutant(path, number, *found) for number, found in enumerate(faults.found)]


class _Faults(ast.NodeTransformer):
    """Counts the faults that could be made, and makes the one that is wanted."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self.found: list[tuple[int, str]] = []

    def visit(self, node: ast.AST) -> Any:
        """The node with the faults inside it; the one to take its place when it is the wanted."""
        before = _first_line(node)
        visited = super().visit(node)
        for other in _others(visited):
            if self._is_wanted(node, f"{before} -> {_first_line(other)}"):
                return ast.copy_location(other, node)
        return visited

    def _is_wanted(self, node: ast.AST, fault: str) -> bool:
        self.found.append((getattr(node, "lineno", 0), fault))
        return len(self.found) - 1 == self._wanted

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = [self.visit(statement) for statement in node.body]
        node.args.defaults = [self.visit(default) for default in node.args.defaults]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [self.visit(statement) for statement in node.body]
        return node

    def visit_Match(self, node: ast.Match) -> ast.AST:
        reachable = [case for case in node.cases if not _is_unreachable(case.body[0])]
        for case in reachable:
            fault = f"without case {ast.unparse(case.pattern)}"
            if len(node.cases) > 1 and self._is_wanted(case.pattern, fault):
                node.cases.remove(case)
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node


def _first_line(node: ast.AST) -> str:
    return ast.unparse(node).partition("\n")[0]


def _others(node: ast.AST) -> Iterator[ast.AST]:
    """What could stand in a node's place."""
    match node:
        case ast.Compare(ops=[op]):
            yield ast.Compare(node.left, [_COMPARISONS[type(op)]()], node.comparators)
        case ast.BoolOp(op=op):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp(op=op) if type(op) in _ARITHMETIC:
            yield ast.BinOp(node.left, _ARITHMETIC[type(op)](), node.right)
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield ast.Constant(value + 1)
        case ast.If(test=ast.Name() | ast.Call() | ast.Attribute() as test):
            yield ast.If(ast.UnaryOp(ast.Not(), test), node.body, node.orelse)
        case ast.IfExp(test=ast.Name() | ast.Call() | ast.Attribute() as test):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), node.body, node.orelse)
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Raise() | ast.Expr(value=ast.Call()) if not _is_unreachable(node):
            yield ast.Pass()


def _is_unreachable(statement: ast.stmt) -> bool:
    """Whether the type checker proves that it never runs, so that no test can."""
    return ast.unparse(statement).startswith("assert_never(")
