"""Expressions and literals, from Lark's tree."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from . import ast
from .build_words import Words, kept

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}


class Expressions(Words):
    """One method per grammar rule."""

    def if_expr(self, meta: Any, c: list[Any]) -> ast.IfThen:
        return ast.IfThen(c[0], c[1], c[2], self.span(meta))

    def fallback(self, meta: Any, c: list[Any]) -> ast.Fallback:
        return ast.Fallback(c[0], c[1], self.span(meta))

    def where(self, meta: Any, c: list[Any]) -> ast.Suffix:
        return ast.Suffix("where", c[0], c[1], self.span(meta))

    def preferring(self, meta: Any, c: list[Any]) -> ast.Suffix:
        return ast.Suffix("preferring", c[0], c[1], self.span(meta))

    def extreme(self, meta: Any, c: list[Any]) -> ast.Suffix:
        return ast.Suffix(c[1], c[0], c[2], self.span(meta))

    def ordered(self, meta: Any, c: list[Any]) -> ast.Suffix:
        return ast.Suffix("descending" if c[2] else "ordered", c[0], c[1], self.span(meta))

    def or_expr(self, meta: Any, c: list[Any]) -> ast.Chain:
        return ast.Chain("or", tuple(c), self.span(meta))

    def and_expr(self, meta: Any, c: list[Any]) -> ast.Chain:
        return ast.Chain("and", tuple(c), self.span(meta))

    def negation(self, meta: Any, c: list[Any]) -> ast.Not:
        return ast.Not(c[0], self.span(meta))

    def quantified(self, meta: Any, c: list[Any]) -> ast.Quantified:
        return ast.Quantified(c[0], c[1], self.span(meta))

    def compare(self, meta: Any, c: list[Any]) -> ast.Compare:
        return ast.Compare(str(c[1]), c[0], c[2], self.span(meta))  # type: ignore[arg-type]

    def member(self, meta: Any, c: list[Any]) -> ast.Member:
        return ast.Member(c[0], c[1], False, self.span(meta))

    def not_member(self, meta: Any, c: list[Any]) -> ast.Member:
        return ast.Member(c[0], c[1], True, self.span(meta))

    def is_case(self, meta: Any, c: list[Any]) -> ast.IsTest:
        return ast.IsTest(c[0], self.word(c[1]), False, self.span(meta))

    def is_not_case(self, meta: Any, c: list[Any]) -> ast.IsTest:
        return ast.IsTest(c[0], self.word(c[1]), True, self.span(meta))

    def span_range(self, meta: Any, c: list[Any]) -> ast.RangeOf:
        return ast.RangeOf(c[0], c[1], self.span(meta))

    def binary(self, meta: Any, c: list[Any]) -> ast.Arith:
        return ast.Arith(str(c[1]), c[0], c[2], self.span(meta))  # type: ignore[arg-type]

    def minus(self, meta: Any, c: list[Any]) -> ast.Arith:
        return ast.Arith("-", c[0], c[1], self.span(meta))

    def negative(self, meta: Any, c: list[Any]) -> ast.Negative:
        return ast.Negative(c[0], self.span(meta))

    def field_of(self, meta: Any, c: list[Any]) -> ast.FieldOf:
        return ast.FieldOf(c[0], self.wire_word(c[1]), False, self.span(meta))

    def safe_field_of(self, meta: Any, c: list[Any]) -> ast.FieldOf:
        return ast.FieldOf(c[0], self.wire_word(c[1]), True, self.span(meta))

    def index(self, meta: Any, c: list[Any]) -> ast.IndexOf:
        return ast.IndexOf(c[0], c[1], self.span(meta))

    def name(self, meta: Any, c: list[Any]) -> ast.Name:
        return ast.Name(str(c[0]), self.span(meta))

    def call(self, meta: Any, c: list[Any]) -> ast.CallOf:
        return ast.CallOf(self.wire_word(c[0]), c[1], self.span(meta))

    def it(self, meta: Any, c: list[Any]) -> ast.It:
        return ast.It(self.span(meta))

    def it_field(self, meta: Any, c: list[Any]) -> ast.FieldOf:
        return ast.FieldOf(ast.It(self.span(meta)), self.wire_word(c[0]), False, self.span(meta))

    def group(self, meta: Any, c: list[Any]) -> ast.Expr:
        return c[0]  # type: ignore[no-any-return]

    def list_expr(self, meta: Any, c: list[Any]) -> ast.ListExpr:
        return ast.ListExpr(kept(c), False, self.span(meta))

    def tuple_expr(self, meta: Any, c: list[Any]) -> ast.TupleExpr:
        return ast.TupleExpr(kept(c), self.span(meta))

    def set_of(self, meta: Any, c: list[Any]) -> ast.ListExpr:
        return ast.ListExpr(kept(c), True, self.span(meta))

    def map_of(self, meta: Any, c: list[Any]) -> ast.MapExpr:
        return ast.MapExpr(tuple(c), self.span(meta))

    def pair(self, meta: Any, c: list[Any]) -> tuple[ast.Expr, ast.Expr]:
        return c[0], c[1]

    def comprehension(self, meta: Any, c: list[Any]) -> ast.Comprehension:
        return ast.Comprehension(c[0], tuple(c[1:]), self.span(meta))

    def clause_for(self, meta: Any, c: list[Any]) -> ast.ForClause:
        return ast.ForClause(c[0], c[1], self.span(meta))

    def clause_let(self, meta: Any, c: list[Any]) -> ast.LetClause:
        return ast.LetClause(self.word(c[0]), c[1], self.span(meta))

    def clause_where(self, meta: Any, c: list[Any]) -> ast.WhereClause:
        return ast.WhereClause(c[0], self.span(meta))

    def labelled_of(self, meta: Any, c: list[Any]) -> ast.LabelledOf:
        return ast.LabelledOf(c[0], tuple(c[1:]), self.span(meta))

    def alternative(self, meta: Any, c: list[Any]) -> tuple[ast.Word, ast.Expr]:
        return self.word(c[0]), c[1]

    def earlier(self, meta: Any, c: list[Any]) -> ast.Earlier:
        windows = dict(c[1:])
        return ast.Earlier(c[0], windows.get("before"), windows.get("after"), self.span(meta))

    def event_window(self, meta: Any, c: list[Any]) -> tuple[str, ast.Word]:
        return c[0], self.word(c[1])

    def arguments(self, meta: Any, c: list[Any]) -> tuple[ast.Argument, ...]:
        return kept(c)

    def generator(self, meta: Any, c: list[Any]) -> tuple[ast.Argument, ...]:
        return (ast.Argument(None, ast.Comprehension(c[0], tuple(c[1:]), self.span(meta)), self.span(meta)),)

    def argument(self, meta: Any, c: list[Any]) -> ast.Argument:
        return ast.Argument(c[0], c[1], self.span(meta))

    def int_literal(self, meta: Any, c: list[Any]) -> ast.Literal_:
        return ast.Literal_("int", int(self.digits(c[0])), self.span(meta))

    def decimal_literal(self, meta: Any, c: list[Any]) -> ast.Literal_:
        return ast.Literal_("decimal", Decimal(self.digits(c[0])), self.span(meta))

    def money_literal(self, meta: Any, c: list[Any]) -> ast.Literal_:
        return ast.Literal_("money", Decimal(self.digits(c[0])[1:]), self.span(meta))

    def duration_literal(self, meta: Any, c: list[Any]) -> ast.Literal_:
        amount, unit = self.digits(c[0]).split()
        seconds = Decimal(amount) * SECONDS[unit.rstrip("s")]
        return ast.Literal_("duration", int(seconds) if seconds == int(seconds) else seconds, self.span(meta))

    def datetime_literal(self, meta: Any, c: list[Any]) -> ast.Literal_:
        return ast.Literal_("datetime", self.moment_of(c[0], datetime.fromisoformat, "moment"), self.span(meta))

    def date_literal(self, meta: Any, c: list[Any]) -> ast.Literal_:
        return ast.Literal_("date", self.moment_of(c[0], date.fromisoformat, "day"), self.span(meta))

    def time_literal(self, meta: Any, c: list[Any]) -> ast.Literal_:
        return ast.Literal_("time", self.moment_of(c[0], time.fromisoformat, "time of day"), self.span(meta))

    def text_literal(self, meta: Any, c: list[Any]) -> ast.Text:
        return self.text(c[0])
