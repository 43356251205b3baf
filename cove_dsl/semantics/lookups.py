"""Written tables: what is found by one parameter, down the rows, or by two, down the rows and along the columns.

In: a table as it is written, its first row the head. Out: a definition that looks its cells up; what no cell says is
unknown. What is wrong with a cell, a row or the whole is reported.
"""

from collections.abc import Iterator
from typing import Any

from ..core.nodes import Apply, Const, Expr, Lookup, Param, Var
from ..core.spec import Define
from ..core.types import ANY, DATE, AnyType, EnumType, MapType, Type, is_text, optional
from ..source import Diagnostic, Label, Span
from ..syntax import ast
from . import misnamed
from .environment import params_of
from .scope import Scope
from .statements import Statements

Row = tuple[ast.Word, ...]
Table = dict[str, Any]


def check_lookup(node: ast.LookupDecl, checker: Statements) -> Define:
    """A lookup as a definition. Over values of enums, every combination must be there."""
    params = params_of(checker.env, node.params)
    returns = checker.env.resolve_type(node.returns)
    rows = [tuple(row) for row in node.rows if not all(set(word.text) <= set("-: ") for word in row)]
    cells = tuple(tuple(word.text for word in row) for row in rows)
    body: Expr = Const(None, returns, node.span)
    if len(params) not in (1, 2):
        said = "a lookup has one parameter, for the rows, or two: for the rows and for the columns"
        checker.report(_bad(said, node.name.span))
    elif rows:
        reader = _Reader(checker, params, returns, node.name.span)
        body = _found(reader.table(*rows), params, returns, node.span)
    return Define(node.name.text, params, returns, node.doc or "", body, "lookup", 0, cells, (), node.span)


def _found(table: Table, params: tuple[Param, ...], returns: Type, span: Span) -> Expr:
    """The cell of the parameters; unknown where there is none."""
    kind = returns
    for param in reversed(params):
        kind = MapType(param.type, kind)
    found: Expr = Const(table, kind, span)
    for param in params:
        assert isinstance(kind, MapType)
        kind = kind.value
        found = Lookup(found, Var(param.name, param.type), optional(kind), span)
    return Apply("or_unknown", (found,), returns, span)


class _Reader:
    """Reads the cells of one table. `name`: where the lookup's name stands."""

    def __init__(self, checker: Statements, params: tuple[Param, ...], returns: Type, name: Span) -> None:
        self.checker, self.params, self.returns, self.name = checker, params, returns, name

    def table(self, head: Row, *lines: Row) -> Table:
        """The cells by the values of their row, and of their column if there are columns."""
        before = len(self.checker.problems)
        along = self.params[1].type if len(self.params) == 2 else None
        wide = len(head) if along is not None else 2
        columns = [str(self.cell(h, along)) for h in head[1:]] if along is not None else []
        table: Table = {}
        for line in lines if len(head) == wide else (head, *lines):
            if len(line) != wide:
                what = f"the first one {wide}" if along is not None else "it should have 2: a value, and what is found"
                self.report(f"this row has {len(line)} cells, {what}", line[0].span)
                continue
            key = str(self.cell(line[0], self.params[0].type))
            if key in table:
                self.report(f"there are two rows for `{line[0].text}`", line[0].span)
            found = [self.cell(c, self.returns) for c in line[1:]]
            table[key] = dict(zip(columns, found, strict=True)) if along is not None else found[0]
        for param in self.params:
            if not (isinstance(param.type, EnumType | AnyType) or is_text(param.type) or param.type == DATE):
                said = f"rows and columns are found by texts, dates or values of an enum, not by `{param.type}`"
                problem = _bad(said, self.name, f"`{param.name}` is of type `{param.type}`")
                self.checker.report(problem)
        if len(self.checker.problems) == before:
            self.whole(table, head)
        return table

    def whole(self, table: Table, head: Row) -> None:
        """Reports what a table of enums leaves out."""
        missing = list(self.missing(table))
        if missing:
            said = f"the table says nothing about {', '.join(missing[:3])}"
            headless = len(self.params) == 1 and head[0].text in missing
            help = f"the first row is the head: `| {self.params[0].name} | … |`" if headless else ""
            self.checker.report(_bad(said, self.name, help=help))

    def missing(self, table: Table) -> Iterator[str]:
        enums = [self.checker.env.enums[p.type.name].values for p in self.params if isinstance(p.type, EnumType)]
        if len(enums) < len(self.params):
            return
        for name, row in enums[0].items():
            if len(enums) == 1:
                yield from () if row in table else (name,)
            else:
                yield from (f"{row} × {c}" for c in enums[1].values() if c not in table.get(row, {}))

    def cell(self, cell: ast.Word, kind: Type) -> Any:
        """A cell's value, read as its type asks."""
        from ..syntax import parse_expr

        if isinstance(kind, EnumType):
            values = self.checker.env.enums[kind.name].values
            if cell.text not in values:
                self.checker.report(misnamed.unknown_value(kind.name, cell.text, cell.span, values))
            return values.get(cell.text)
        try:
            read = parse_expr(cell.text, cell.span.piece, cell.span.start)
            found = self.checker.want(read, Scope("define"), kind, "this cell")
        except ValueError:
            found = Const(None, ANY)
            self.report(f"`{cell.text}` cannot be read as `{kind}`", cell.span)
        return found.value if isinstance(found, Const) else None

    def report(self, said: str, span: Span) -> None:
        self.checker.report(_bad(said, span))


def _bad(said: str, span: Span, label: str = "", help: str = "") -> Diagnostic:
    return Diagnostic("bad-table", said, (Label(span, label),), help=(help,) if help else ())


__all__ = ["check_lookup"]
