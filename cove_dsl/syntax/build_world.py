"""Headers, types, tables, functions and tools: what a desk is, from Lark's tree."""

import re
from datetime import datetime
from typing import Any

from ..source import Span
from . import ast
from .build_words import Words, kept


class World(Words):
    """One method per grammar rule."""

    # --- headers and types

    def domain(self, meta: Any, c: list[Any]) -> ast.Domain:
        return ast.Domain(self.word(c[0]), self.doc(c[1]), self.span(meta))

    def clock(self, meta: Any, c: list[Any]) -> ast.Clock:
        return ast.Clock(self.moment_of(c[0], datetime.fromisoformat, "moment"), self.span(meta))

    def module(self, meta: Any, c: list[Any]) -> ast.Module:
        return ast.Module(self.word(c[0]), c[1] or (), self.doc(c[2]), self.span(meta))

    def use(self, meta: Any, c: list[Any]) -> ast.Use:
        return ast.Use(self.word(c[0]), kept(c[1:]), self.span(meta))

    def labelled(self, meta: Any, c: list[Any]) -> tuple[ast.Word, ast.Expr]:
        return self.word(c[0]), c[1]

    def toolset(self, meta: Any, c: list[Any]) -> ast.ToolsDecl:
        return ast.ToolsDecl(self.word(c[0]), c[1], self.span(meta))

    def enum(self, meta: Any, c: list[Any]) -> ast.EnumDecl:
        return ast.EnumDecl(self.word(c[0]), tuple(c[1:]), self.span(meta))

    def enum_value(self, meta: Any, c: list[Any]) -> tuple[ast.Word, str | None]:
        return self.word(c[0]), self.quoted(c[1])

    def record(self, meta: Any, c: list[Any]) -> ast.RecordDecl:
        return ast.RecordDecl(self.word(c[0]), self.doc(c[1]), c[2], self.span(meta))

    def fields(self, meta: Any, c: list[Any]) -> tuple[ast.FieldDecl, ...]:
        return kept(c)

    def field(self, meta: Any, c: list[Any]) -> ast.FieldDecl:
        return ast.FieldDecl(self.wire_word(c[0]), c[1], self.doc(c[2]), c[3], self.span(meta))

    def variant(self, meta: Any, c: list[Any]) -> ast.VariantDecl:
        return ast.VariantDecl(self.word(c[0]), self.wire_word(c[1]), self.doc(c[2]), tuple(c[3:]), self.span(meta))

    def case(self, meta: Any, c: list[Any]) -> ast.CaseDecl:
        return ast.CaseDecl(self.word(c[0]), self.quoted(c[1]), c[2], self.span(meta))

    def table(self, meta: Any, c: list[Any]) -> ast.TableDecl:
        return ast.TableDecl(
            self.word(c[0]), self.word(c[1]), self.wire_word(c[2]), c[3] is not None, c[4] or (), self.span(meta)
        )

    def state(self, meta: Any, c: list[Any]) -> ast.StateDecl:
        return ast.StateDecl(self.word(c[1]), c[2], c[0] is not None, c[3] or (), self.span(meta))

    def stored(self, meta: Any, c: list[Any]) -> tuple[ast.Word, ...]:
        return self.words(c)

    def describe(self, meta: Any, c: list[Any]) -> ast.DescribeDecl:
        return ast.DescribeDecl(c[0], self.word(c[1]), tuple(c[2:]), self.span(meta))

    def row_place(self, meta: Any, c: list[Any]) -> tuple[ast.Word, ...]:
        return self.words(c)

    def description(self, meta: Any, c: list[Any]) -> tuple[ast.PathPart, ...]:
        return tuple(c)

    def path_part(self, meta: Any, c: list[Any]) -> ast.PathPart:
        return ast.PathPart(self.words(c[1:]), c[0] is not None, self.span(meta))

    def invariant(self, meta: Any, c: list[Any]) -> ast.InvariantDecl:
        return ast.InvariantDecl(self.word(c[0]), self.doc(c[1]), c[2], self.span(meta))

    def named_type(self, meta: Any, c: list[Any]) -> ast.NamedType:
        return ast.NamedType(self.word(c[0]), self.span(meta))

    def list_type(self, meta: Any, c: list[Any]) -> ast.ListOf:
        return ast.ListOf(c[0], self.span(meta))

    def map_type(self, meta: Any, c: list[Any]) -> ast.MapOf:
        return ast.MapOf(c[0], c[1], self.span(meta))

    def ref_type(self, meta: Any, c: list[Any]) -> ast.RefTo:
        return ast.RefTo(self.words(c), self.span(meta))

    def optional_type(self, meta: Any, c: list[Any]) -> ast.OptionalOf:
        return ast.OptionalOf(c[0], self.span(meta))

    def tuple_type(self, meta: Any, c: list[Any]) -> ast.TupleOf:
        return ast.TupleOf(kept(c), self.span(meta))

    # --- functions

    def params(self, meta: Any, c: list[Any]) -> tuple[ast.ParamDecl, ...]:
        return kept(c)

    def param(self, meta: Any, c: list[Any]) -> ast.ParamDecl:
        return ast.ParamDecl(self.wire_word(c[0]), c[1], self.doc(c[2]), self.span(meta))

    def define(self, meta: Any, c: list[Any]) -> ast.DefineDecl:
        return ast.DefineDecl(self.word(c[0]), c[1] or (), c[2], self.doc(c[3]), c[4], self.span(meta))

    def assertion(self, meta: Any, c: list[Any]) -> ast.AssertionDecl:
        truth = ast.NamedType(ast.Word("bool", self.token_span(c[0])), self.token_span(c[0]))
        return ast.AssertionDecl(self.word(c[0]), c[1] or (), truth, self.doc(c[2]), c[3], self.span(meta))

    def lookup(self, meta: Any, c: list[Any]) -> ast.LookupDecl:
        return ast.LookupDecl(self.word(c[0]), c[1], c[2], self.doc(c[3]), tuple(c[4:]), self.span(meta))

    def table_row(self, meta: Any, c: list[Any]) -> tuple[ast.Word, ...]:
        raw, at = str(c[0]), self.base + meta.start_pos
        cells = [(m[1].strip(), at + m.start(1)) for m in re.finditer(r"\|([^|]*)(?=\|)", raw)]
        return tuple(ast.Word(text, Span(self.piece, start, start + len(text))) for text, start in cells)

    def recogniser(self, meta: Any, c: list[Any]) -> ast.RecogniserDecl:
        name, params, returns, doc, version, *rows, otherwise = c
        return ast.RecogniserDecl(
            self.word(name), params, returns, self.doc(doc), version or 1, tuple(rows), otherwise, self.span(meta)
        )

    def fact(self, meta: Any, c: list[Any]) -> ast.FactDecl:
        name, kind, doc, role, version, *rows, otherwise = c
        return ast.FactDecl(
            self.word(name), kind, self.doc(doc), role, version or 1, tuple(rows), otherwise, self.span(meta)
        )

    def version(self, meta: Any, c: list[Any]) -> int:
        return int(self.digits(c[0]))

    def case_row(self, meta: Any, c: list[Any]) -> tuple[ast.Expr, ast.Expr]:
        return c[0], c[1]

    def otherwise_row(self, meta: Any, c: list[Any]) -> ast.Expr:
        return c[0]  # type: ignore[no-any-return]

    def effect(self, meta: Any, c: list[Any]) -> ast.EffectDecl:
        return ast.EffectDecl(self.word(c[0]), c[1], self.doc(c[2]), c[3], self.span(meta))

    # --- tools

    def tool(self, meta: Any, c: list[Any]) -> ast.ToolDecl:
        owner, kind, name, params, returns, doc, last = c
        body, touched = (None, last[1:]) if last and last[0] == "touches" else (last, ())
        return ast.ToolDecl(
            self.wire_word(name),
            kind or "generic",
            owner is not None,
            params,
            returns,
            self.doc(doc),
            body,
            touched,
            self.span(meta),
        )

    def touches(self, meta: Any, c: list[Any]) -> tuple[Any, ...]:
        return ("touches", *(part for part in c if isinstance(part, ast.PathPart)))

    def sync(self, meta: Any, c: list[Any]) -> ast.BlockDecl:
        return ast.BlockDecl("sync", None, self.doc(c[0]), c[1], self.span(meta))

    def generate(self, meta: Any, c: list[Any]) -> ast.BlockDecl:
        return ast.BlockDecl("generate", None, self.doc(c[0]), c[1], self.span(meta))

    def fixture(self, meta: Any, c: list[Any]) -> ast.BlockDecl:
        return ast.BlockDecl("fixture", self.word(c[0]), self.doc(c[1]), c[2], self.span(meta))
