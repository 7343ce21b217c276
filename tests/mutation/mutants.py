"""The mutants of a module: one small change of its syntax tree each.

A comparison is turned around, `not` is dropped, `and` and `or` are swapped, a constant moves by
one, a statement or a returned value is taken away, a `raise` is left out.
"""

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
REMOVABLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.Assert, ast.Continue, ast.Break)


@dataclass(frozen=True, slots=True)
class Mutant:
    """`name` says what was done at which line; it stays the same while the line does."""

    line: int
    name: str
    source: str


def of(source: str) -> list[Mutant]:
    """All mutants of a module, in the order of its lines, without those of equal source."""
    tree = ast.parse(source)
    plain = ast.unparse(tree)
    listed: dict[str, Mutant] = {}
    for place, node in enumerate(ast.walk(tree)):
        for name, edit in _edits(node):
            copy = deepcopy(tree)
            edited = next(n for index, n in enumerate(ast.walk(copy)) if index == place)
            edit(edited)
            text = ast.unparse(ast.fix_missing_locations(copy))
            if text != plain and text not in listed:
                listed[text] = Mutant(getattr(node, "lineno", 0), name, text)
    return sorted(listed.values(), key=lambda mutant: (mutant.line, mutant.name))


Edit = Callable[[ast.AST], None]


def _edits(node: ast.AST) -> Iterator[tuple[str, Edit]]:
    """None of what is only for the reader: `__all__`, the words of `@dataclass(frozen=True)`."""
    if getattr(node, "is_for_readers", False):
        return
    for decorator in getattr(node, "decorator_list", []):
        for part in ast.walk(decorator):
            part.is_for_readers = True  # type: ignore[attr-defined]
    yield from _expressions(node)
    for field in ("body", "orelse", "finalbody"):
        statements = getattr(node, field, None)
        if isinstance(statements, list):
            yield from _statements(field, statements)


def _expressions(node: ast.AST) -> Iterator[tuple[str, Edit]]:
    match node:
        case ast.Compare():
            for index, operator in enumerate(node.ops):
                if type(operator) in COMPARISONS:
                    yield f"turn around `{ast.unparse(node)}`", _turned(index)
        case ast.UnaryOp(op=ast.Not()):
            yield f"drop `not` of `{ast.unparse(node)}`", _affirmed
        case ast.BoolOp():
            yield f"swap and/or in `{ast.unparse(node)}`", _swapped
        case ast.BinOp() if type(node.op) in ARITHMETIC:
            yield f"swap +/- in `{ast.unparse(node)}`", _reckoned
        case _:
            yield from _values(node)


def _values(node: ast.AST) -> Iterator[tuple[str, Edit]]:
    match node:
        case ast.Constant(value=bool()):
            yield f"{node.value} -> {not node.value}", _constant(not node.value)
        case ast.Constant(value=int()):
            yield f"{node.value} -> {node.value + 1}", _constant(node.value + 1)
        case ast.IfExp():
            yield f"always `{ast.unparse(node.body)}`", _condition(True)
            yield f"always `{ast.unparse(node.orelse)}`", _condition(False)
        case ast.Return(value=ast.expr() as value):
            yield f"return None for `{ast.unparse(value)}`", _returned


def _statements(field: str, statements: list[ast.stmt]) -> Iterator[tuple[str, Edit]]:
    for index, statement in enumerate(statements):
        is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        text = ast.unparse(statement).split("\n")[0]
        if isinstance(statement, REMOVABLE) and not is_docstring and "__all__" not in text:
            yield f"take away `{text}` ({statement.lineno})", _removed(field, index)


def _turned(index: int) -> Edit:
    def edit(node: ast.AST) -> None:
        assert isinstance(node, ast.Compare)
        node.ops[index] = COMPARISONS[type(node.ops[index])]()

    return edit


def _affirmed(node: ast.AST) -> None:
    assert isinstance(node, ast.UnaryOp)
    node.op = ast.UAdd()
    node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])


def _swapped(node: ast.AST) -> None:
    assert isinstance(node, ast.BoolOp)
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()


def _reckoned(node: ast.AST) -> None:
    assert isinstance(node, ast.BinOp)
    node.op = ARITHMETIC[type(node.op)]()


def _constant(value: int) -> Edit:
    def edit(node: ast.AST) -> None:
        assert isinstance(node, ast.Constant)
        node.value = value

    return edit


def _condition(value: bool) -> Edit:
    def edit(node: ast.AST) -> None:
        assert isinstance(node, ast.IfExp)
        node.test = ast.Constant(value)

    return edit


def _returned(node: ast.AST) -> None:
    assert isinstance(node, ast.Return)
    node.value = ast.Constant(None)


def _removed(field: str, index: int) -> Edit:
    def edit(node: ast.AST) -> None:
        getattr(node, field)[index] = ast.Pass()

    return edit
