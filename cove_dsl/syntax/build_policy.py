"""Rules, scenarios and tests: what is wanted of a desk's agent, from Lark's tree."""

from itertools import takewhile
from typing import Any

from lark import Token

from . import ast
from .build_words import Words, kept


class Policy(Words):
    """One method per grammar rule."""

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
        return ast.GoalExpr("do", self.wire_word(name), args, tuple(choices), when, text=text, span=self.span(meta))

    def goal_nothing(self, meta: Any, c: list[Any]) -> ast.GoalExpr:
        return ast.GoalExpr("nothing", span=self.span(meta))

    def goal_learn(self, meta: Any, c: list[Any]) -> ast.GoalExpr:
        return ast.GoalExpr("learn", self.word(c[0]), expr=c[1], text=c[2], span=self.span(meta))

    def goal_reach(self, meta: Any, c: list[Any]) -> ast.GoalExpr:
        return ast.GoalExpr("reach", expr=c[0], text=c[1], span=self.span(meta))

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
