"""Lark's tree of one piece becomes the surface tree. One method per grammar rule; nothing is decided here."""

import re
import textwrap
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from itertools import takewhile
from typing import Any

from lark import Token, Tree

from ..source import Span
from . import ast

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "{": "{", "}": "}"}
HOLE = "\0"


LONGEST_NUMBER = 40
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class BadText(Exception):
    """A slip inside one literal; carries the piece-relative offsets, what is wrong, and the code it goes by."""

    def __init__(self, start: int, end: int, message: str, code: str = "bad-text") -> None:
        super().__init__(message)
        self.start, self.end, self.message, self.code = start, end, message, code


def unquote(raw: str) -> str:
    """A string token's value: quotes off, escapes resolved, a triple-quoted one dedented."""
    if raw.startswith('"""'):
        return unescape(laid_out(raw[3:-3]))
    return unescape(raw[1:-1])


def laid_out(body: str) -> str:
    """The body of a triple-quoted text without the margin that its lines share."""
    return textwrap.dedent(body.replace("\r\n", "\n")).strip("\n")


def unescape(raw: str) -> str:
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), raw, flags=re.DOTALL) if "\\" in raw else raw


def kept(children: list[Any]) -> tuple[Any, ...]:
    """The children that are there: optional parts that were left out come as None."""
    return tuple(c for c in children if c is not None)


class Builder:
    """Builds the nodes of one piece. `base` is the piece-relative offset of the text being parsed."""

    def __init__(self, piece: str, base: int, parse_hole: Callable[[str, int], ast.Expr]) -> None:
        self.piece, self.base, self.parse_hole = piece, base, parse_hole

    def build(self, tree: Tree[Any]) -> Any:
        """The node of a tree: its parts first, then the method named like its rule."""
        parts = [self.build(c) if isinstance(c, Tree) else c for c in tree.children]
        return getattr(self, tree.data)(tree.meta, parts)

    def span(self, meta: Any) -> Span:
        return (
            Span(self.piece, self.base + meta.start_pos, self.base + meta.end_pos)
            if not meta.empty
            else Span(self.piece, 0, 0)
        )

    def token_span(self, token: Token) -> Span:
        return Span(self.piece, self.base + (token.start_pos or 0), self.base + (token.end_pos or 0))

    def word(self, token: Token | None) -> Any:
        """A name that the specification gives to something of its own: letters, digits and `_`."""
        if token is not None:
            self.plain(token, self.token_span(token))
        return self.wire_word(token)

    def plain(self, name: str, span: Span) -> None:
        if not PLAIN.fullmatch(name):
            message = f"`{name}` can only be the name of a tool, an argument or a field"
            raise BadText(span.start, span.end, message, "odd-name")

    def wire_word(self, token: Token | None) -> Any:
        """A name that others gave to a tool, an argument or a field, or a use of one: whatever they chose."""
        return None if token is None else ast.Word(str(token), self.token_span(token))

    def doc(self, token: Token | None) -> str | None:
        if token is None or token.startswith('"""'):
            return self.quoted(token)  # type: ignore[no-any-return]
        return " ".join(self.quoted(token).split())

    def words(self, tokens: list[Token | None]) -> tuple[ast.Word, ...]:
        return tuple(self.wire_word(t) for t in tokens if t is not None)

    def quoted(self, token: Token | None) -> Any:
        """The value of a text without holes."""
        if token is None:
            return None
        self.check_escapes(token)
        return unquote(token)

    def check_escapes(self, token: Token) -> None:
        for match in re.finditer(r"\\(.)", token, re.DOTALL):
            if match[1] not in ESCAPES:
                at = self.token_span(token).start + match.start()
                raise BadText(at, at + 2, f"there is no escape `{match[0]}`; write `\\\\` for the sign itself")

    def text(self, token: Token) -> ast.Text:
        """A text literal with its holes parsed."""
        self.check_escapes(token)
        quote = 3 if token.startswith('"""') else 1
        body, start = str(token)[quote:-quote].replace(HOLE, " "), self.token_span(token).start + quote
        found = holes(body, start)
        exprs = [self.parse_hole(body[a + 1 : b], start + a + 1) for a, b in found]
        for opening, closing in reversed(found):
            body = f"{body[:opening]}{HOLE}{body[closing + 1 :]}"
        first, *rest = (laid_out(body) if quote == 3 else body).split(HOLE)
        parts: list[str | ast.Expr] = [unescape(first)]
        for expr, after in zip(exprs, rest, strict=True):
            parts += [expr, unescape(after)]
        return ast.Text(tuple(p for p in parts if p != ""), self.token_span(token))

    def digits(self, token: Token) -> str:
        """A number's text, if it is one that anybody means."""
        if len(token) > LONGEST_NUMBER:
            span = self.token_span(token)
            raise BadText(span.start, span.end, f"a number has at most {LONGEST_NUMBER} digits", "bad-literal")
        return str(token)

    def moment_of(self, token: Token, reader: Callable[[str], Any], what: str) -> str:
        """The text of a date or time that exists."""
        try:
            reader(str(token))
        except ValueError:
            span = self.token_span(token)
            raise BadText(span.start, span.end, f"there is no such {what} as `{token}`", "bad-literal") from None
        return str(token)

    # --- headers and types

    def start(self, meta: Any, c: list[Any]) -> list[ast.Declaration]:
        return c

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
        return ast.DescribeDecl(self.word(c[0]), self.word(c[1]), tuple(c[2:]), self.span(meta))

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

    # --- policy

    def rule(self, meta: Any, c: list[Any]) -> ast.RuleDecl:
        name, doc, *rest = c
        presupposes = self.words(list(takewhile(lambda x: isinstance(x, Token), rest)))
        severity, trigger, *items = rest[len(presupposes) or 1 :]
        return ast.RuleDecl(
            self.word(name), self.doc(doc), presupposes, severity or "error", trigger, tuple(items), self.span(meta)
        )

    def on_event(self, meta: Any, c: list[Any]) -> ast.Trigger:
        return ast.Trigger(c[0], c[1], self.span(meta))

    def at_end(self, meta: Any, c: list[Any]) -> ast.Trigger:
        return ast.Trigger("end", None, self.span(meta))

    def judged(self, meta: Any, c: list[Any]) -> ast.Trigger:
        return ast.Trigger("judged", None, self.span(meta))

    def limit(self, meta: Any, c: list[Any]) -> ast.LimitItem:
        most, event, *keys, because = c
        return ast.LimitItem(int(self.digits(most)), event, kept(keys), because, self.span(meta))

    def limit_key(self, meta: Any, c: list[Any]) -> ast.Word:
        return self.wire_word(c[0])  # type: ignore[no-any-return]

    def duty_then(self, meta: Any, c: list[Any]) -> ast.DutyItem:
        return ast.DutyItem("then", c[0], c[1], because=c[2], span=self.span(meta))

    def duty_nothing(self, meta: Any, c: list[Any]) -> ast.DutyItem:
        return ast.DutyItem("nothing", because=c[0], span=self.span(meta))

    def duty_eventually(self, meta: Any, c: list[Any]) -> ast.DutyItem:
        return ast.DutyItem("eventually", c[0], c[1], because=c[2], span=self.span(meta))

    def duty_never(self, meta: Any, c: list[Any]) -> ast.DutyItem:
        return ast.DutyItem("never", c[0], c[1], c[2], c[3], c[4], self.span(meta))

    def duty_where(self, meta: Any, c: list[Any]) -> ast.Expr:
        return c[0]  # type: ignore[no-any-return]

    def exception(self, meta: Any, c: list[Any]) -> ast.ExceptionDecl:
        name, to, label, doc, trigger, *items = c
        return ast.ExceptionDecl(
            self.word(name), self.word(to), self.word(label), self.doc(doc), trigger, tuple(items), self.span(meta)
        )

    def call_event(self, meta: Any, c: list[Any]) -> ast.CallEvent:
        return ast.CallEvent(c[1], c[0], c[2], c[3], c[4], self.span(meta))

    def party_event(self, meta: Any, c: list[Any]) -> ast.PartyEvent:
        return ast.PartyEvent(c[0], c[1], self.span(meta))

    def tool_name(self, meta: Any, c: list[Any]) -> ast.ToolNames:
        return ast.ToolNames((self.wire_word(c[0]),), self.span(meta))

    def tool_list(self, meta: Any, c: list[Any]) -> ast.ToolNames:
        return ast.ToolNames(tuple(n for t in kept(c) for n in t.names), self.span(meta))

    # --- scenarios

    def scenario(self, meta: Any, c: list[Any]) -> ast.ScenarioDecl:
        name, weight, doc, *items = c
        return ast.ScenarioDecl(
            self.word(name), int(self.digits(weight)) if weight else 1, self.doc(doc), tuple(items), self.span(meta)
        )

    def pick(self, meta: Any, c: list[Any]) -> ast.PickItem:
        return ast.PickItem(self.word(c[0]), c[1], None, self.span(meta))

    def pick_many(self, meta: Any, c: list[Any]) -> ast.PickItem:
        return ast.PickItem(self.word(c[0]), c[2], c[1], self.span(meta))

    def scenario_where(self, meta: Any, c: list[Any]) -> ast.ConditionItem:
        return ast.ConditionItem(c[0], self.span(meta))

    def given(self, meta: Any, c: list[Any]) -> ast.GivenItem:
        return ast.GivenItem(c[0], self.span(meta))

    def goal_item(self, meta: Any, c: list[Any]) -> ast.GoalItem:
        return ast.GoalItem(c[0], False, self.span(meta))

    def otherwise_item(self, meta: Any, c: list[Any]) -> ast.GoalItem:
        return ast.GoalItem(c[0], True, self.span(meta))

    def goal_do(self, meta: Any, c: list[Any]) -> ast.GoalExpr:
        name, args, *choices, when, text = c
        word, doc = self.wire_word(name), self.doc(text)
        return ast.GoalExpr("do", word, args, tuple(choices), when, text=doc, span=self.span(meta))

    def goal_nothing(self, meta: Any, c: list[Any]) -> ast.GoalExpr:
        return ast.GoalExpr("nothing", span=self.span(meta))

    def goal_learn(self, meta: Any, c: list[Any]) -> ast.GoalExpr:
        return ast.GoalExpr("learn", self.word(c[0]), expr=c[1], text=self.doc(c[2]), span=self.span(meta))

    def goal_reach(self, meta: Any, c: list[Any]) -> ast.GoalExpr:
        return ast.GoalExpr("reach", expr=c[0], text=self.doc(c[1]), span=self.span(meta))

    def goal_any(self, meta: Any, c: list[Any]) -> ast.GoalExpr:
        return ast.GoalExpr("any", goals=tuple(c), span=self.span(meta))

    def goal_all(self, meta: Any, c: list[Any]) -> ast.GoalExpr:
        return ast.GoalExpr("all", goals=tuple(c), span=self.span(meta))

    def choice(self, meta: Any, c: list[Any]) -> tuple[ast.Word, ast.Expr]:
        return self.word(c[0]), c[1]

    def goal_when(self, meta: Any, c: list[Any]) -> ast.Expr:
        return c[0]  # type: ignore[no-any-return]

    def disclosure(self, meta: Any, c: list[Any]) -> ast.DisclosureItem:
        return ast.DisclosureItem(c[0], tuple(c[1:]), (), self.span(meta))

    def describes(self, meta: Any, c: list[Any]) -> ast.DisclosureItem:
        return ast.DisclosureItem("describes", (((c[0],), None),), tuple(c[1:]), self.span(meta))

    def disclosed(self, meta: Any, c: list[Any]) -> tuple[tuple[ast.Expr, ...], str | None]:
        *said, label = c
        return tuple(said), self.doc(label)

    def way(self, meta: Any, c: list[Any]) -> tuple[tuple[ast.PathPart, ...], ast.Text | None]:
        return c[0], c[1]

    def expect_refusal(self, meta: Any, c: list[Any]) -> ast.RefusalItem:
        return ast.RefusalItem(self.word(c[0]), self.word(c[1]), self.span(meta))

    def persona(self, meta: Any, c: list[Any]) -> ast.PersonaItem:
        return ast.PersonaItem(self.doc(c[0]) or "", self.span(meta))

    def compose(self, meta: Any, c: list[Any]) -> ast.ComposeDecl:
        low, high, *names, sharing = c
        return ast.ComposeDecl(
            int(self.digits(low)), int(self.digits(high or low)), self.words(names), self.word(sharing), self.span(meta)
        )

    # --- tests

    def test(self, meta: Any, c: list[Any]) -> ast.TestDecl:
        return ast.TestDecl(self.quoted(c[0]), self.word(c[1]), tuple(c[2:]), self.span(meta))

    def says(self, meta: Any, c: list[Any]) -> ast.SaysItem:
        return ast.SaysItem(c[0], self.text(c[1]), self.span(meta))

    def calls(self, meta: Any, c: list[Any]) -> ast.CallsItem:
        return ast.CallsItem(c[0], self.wire_word(c[1]), c[2], c[3], self.quoted(c[4]), self.span(meta))

    def _expect(self, kind: Any, meta: Any, c: list[Any]) -> ast.ExpectItem:
        return ast.ExpectItem(kind, self.word(c[0]), self.word(c[1]), None, self.span(meta))

    def expect_violation(self, meta: Any, c: list[Any]) -> ast.ExpectItem:
        return self._expect("violation", meta, c)

    def expect_no_violation(self, meta: Any, c: list[Any]) -> ast.ExpectItem:
        return self._expect("no_violation", meta, c)

    def expect_satisfied(self, meta: Any, c: list[Any]) -> ast.ExpectItem:
        return self._expect("satisfied", meta, c)

    def expect_unknown(self, meta: Any, c: list[Any]) -> ast.ExpectItem:
        return self._expect("unknown", meta, c)

    def expect_attempted(self, meta: Any, c: list[Any]) -> ast.ExpectItem:
        return self._expect("attempted", meta, c)

    def expect_that(self, meta: Any, c: list[Any]) -> ast.ExpectItem:
        return ast.ExpectItem("that", condition=c[0], span=self.span(meta))

    # --- statements

    def block(self, meta: Any, c: list[Any]) -> tuple[ast.Stmt, ...]:
        return tuple(c)

    def let(self, meta: Any, c: list[Any]) -> ast.LetStmt:
        return ast.LetStmt(self.word(c[0]), c[1], c[2], self.span(meta))

    def gather(self, meta: Any, c: list[Any]) -> ast.GatherStmt:
        return ast.GatherStmt(self.word(c[0]), c[1], c[2], c[3], self.span(meta))

    def require(self, meta: Any, c: list[Any]) -> ast.RequireStmt:
        if c[0] is not None:
            self.plain(c[0].text, c[0].span)
        return ast.RequireStmt(c[0], c[1], c[2], c[3], self.span(meta))

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

    # --- expressions

    def if_expr(self, meta: Any, c: list[Any]) -> ast.IfThen:
        return ast.IfThen(c[0], c[1], c[2], self.span(meta))

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

    # --- words: a rule of one keyword gives that keyword as plain text

    def _word(self, meta: Any, c: list[Any]) -> str:
        return " ".join(str(token) for token in c)

    role = status = event_kind = moment = window = direction = extremum = quantifier = disclose = tool_kind = _word
    owner = severity = descending = some_part = as_list = nothing_word = gathering = _word


for _name in ("return", "yield"):
    setattr(Builder, _name, getattr(Builder, _name + "_"))


def holes(body: str, offset: int) -> list[tuple[int, int]]:
    """Where the `{…}` holes of a text lie. Raises BadText for a brace that is never closed."""
    found: list[tuple[int, int]] = []
    depth, opening, at = 0, 0, 0
    while at < len(body):
        char = body[at]
        if char == "\\":
            at += 1
        elif char == "{":
            depth += 1
            opening = at if depth == 1 else opening
        elif char == "}" and depth:
            depth -= 1
            if depth == 0:
                found.append((opening, at))
        at += 1
    if depth:
        raise BadText(
            offset + opening, offset + opening + 1, "this `{` is never closed; write `\\{` for the sign itself"
        )
    return found
