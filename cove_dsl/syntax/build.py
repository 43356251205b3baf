"""Lark's tree of one piece becomes the surface tree. One method per grammar rule; nothing is decided here.

The methods stand as the grammar's sections do: `build_world`, `build_policy`, `build_expressions`, and statements here.
"""

from typing import Any

from lark import Tree

from . import ast
from .build_expressions import Expressions
from .build_policy import Policy
from .build_world import World


class Builder(World, Policy, Expressions):
    """Builds the nodes of one piece."""

    def build(self, tree: Tree[Any]) -> Any:
        """The node of a tree: its parts first, then the method named like its rule."""
        parts = [self.build(c) if isinstance(c, Tree) else c for c in tree.children]
        return getattr(self, tree.data)(tree.meta, parts)

    def start(self, meta: Any, c: list[Any]) -> list[ast.Declaration]:
        return c

    # --- statements

    def block(self, meta: Any, c: list[Any]) -> tuple[ast.Stmt, ...]:
        return tuple(c)

    def let(self, meta: Any, c: list[Any]) -> ast.LetStmt:
        return ast.LetStmt(self.word(c[0]), c[1], c[2] if len(c) > 2 else None, self.span(meta))

    def gather(self, meta: Any, c: list[Any]) -> ast.GatherStmt:
        return ast.GatherStmt(self.word(c[0]), c[1], c[2], c[3], self.span(meta))

    def require(self, meta: Any, c: list[Any]) -> ast.RequireStmt:
        if c[0] is not None:
            self.plain(c[0].text, c[0].span)
        return ast.RequireStmt(c[0], c[1], c[2], c[3] if len(c) > 3 else None, self.span(meta))

    def label(self, meta: Any, c: list[Any]) -> ast.Word:
        return self.wire_word(c[0])  # type: ignore[no-any-return]

    def because(self, meta: Any, c: list[Any]) -> str:
        return self.doc(c[0]) or ""

    def when(self, meta: Any, c: list[Any]) -> ast.WhenStmt:
        return ast.WhenStmt(c[0], self.span(meta))

    def otherwise(self, meta: Any, c: list[Any]) -> ast.Leave:
        return c[0]  # type: ignore[no-any-return]

    def fail(self, meta: Any, c: list[Any]) -> ast.Leave:
        return ast.Leave("fail", c[0], self.span(meta))

    def skip(self, meta: Any, c: list[Any]) -> ast.Leave:
        return ast.Leave("skip", None, self.span(meta))

    def unknown(self, meta: Any, c: list[Any]) -> ast.Leave:
        return ast.Leave("unknown", None, self.span(meta))

    def yield_(self, meta: Any, c: list[Any]) -> ast.Leave:
        return ast.Leave("yield", c[0], self.span(meta))

    def return_(self, meta: Any, c: list[Any]) -> ast.Leave:
        return ast.Leave("return", c[0], self.span(meta))

    def if_statement(self, meta: Any, c: list[Any]) -> ast.IfStmt:
        other = c[2] if c[2] is None or isinstance(c[2], tuple) else (c[2],)
        return ast.IfStmt(c[0], c[1], other or (), self.span(meta))

    def for_statement(self, meta: Any, c: list[Any]) -> ast.ForStmt:
        return ast.ForStmt(c[0], c[1], c[2], self.span(meta))

    def names(self, meta: Any, c: list[Any]) -> tuple[ast.Word, ...]:
        return tuple(self.word(t) for t in c)

    def set(self, meta: Any, c: list[Any]) -> ast.SetStmt:
        return ast.SetStmt(c[0], c[1], self.span(meta))

    def change(self, meta: Any, c: list[Any]) -> ast.ChangeStmt:
        return ast.ChangeStmt(c[0], c[1], c[2], self.span(meta))

    def insert(self, meta: Any, c: list[Any]) -> ast.InsertStmt:
        return ast.InsertStmt(c[0], c[1], False, self.span(meta))

    def insert_all(self, meta: Any, c: list[Any]) -> ast.InsertStmt:
        return ast.InsertStmt(c[0], c[1], True, self.span(meta))

    def remove(self, meta: Any, c: list[Any]) -> ast.RemoveStmt:
        return ast.RemoveStmt(c[0], self.span(meta))

    def do(self, meta: Any, c: list[Any]) -> ast.DoStmt:
        return ast.DoStmt(self.word(c[0]), c[1], self.span(meta))

    # --- words: a rule of one keyword gives that keyword as plain text

    def _word(self, meta: Any, c: list[Any]) -> str:
        return " ".join(str(token) for token in c)

    role = status = event_kind = moment = window = direction = extremum = quantifier = disclose = tool_kind = _word
    owner = severity = descending = some_part = as_list = nothing_word = gathering = _word


for _name in ("return", "yield"):
    setattr(Builder, _name, getattr(Builder, _name + "_"))
