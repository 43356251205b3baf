"""Small desks with one planted defect each, and the same desks without it: made from a table, so that there are many.

A `Plant` is a desk as text, what is to be found in it, and where. Each kind of defect is written once, over a `Field`
that it is about: an enum, an amount, a count, a date or a truth.
"""

from collections.abc import Iterator

from attrs import frozen


@frozen
class Field:
    """A field of an order: its type, a condition that holds of some orders, one that excludes it, and one that always
    holds."""

    name: str
    kind: str
    some: str
    other: str
    always: str


FIELDS = (
    Field("status", "Status", "{x}.status == open", "{x}.status == sent", "{x}.status in Status"),
    Field("total", "money where it >= $0", "{x}.total > $100", "{x}.total <= $50", "{x}.total >= $0"),
    Field("parts", "int where it >= 1", "{x}.parts >= 3", "{x}.parts == 1", "{x}.parts * 2 > 1"),
    Field("placed", "datetime", "clock - {x}.placed <= 1 day", "clock - {x}.placed > 3 days", "clock == clock"),
    Field("due", "date", "{x}.due < 2024-06-01", "{x}.due > 2024-07-01", "{x}.due - {x}.due == 0 seconds"),
    Field("gift", "bool", "{x}.gift", "not {x}.gift", "{x}.gift or not {x}.gift"),
    Field("note", "text?", '{x}.note == "rush"', "{x}.note is absent", "{x}.note is absent or {x}.note is present"),
    Field("lines", "list[Line]", "count({x}.lines) == 2", "no {x}.lines", "count({x}.lines) >= 0"),
)  # fmt: skip

HEAD = """domain shop "A shop"
clock 2024-05-15T15:00:00-05:00
enum Status {{ open, sent, closed }}
record Line {{ thing: text, price: money where it > $0 }}
record Order {{ order_id: id, {name}: {kind} }}
table orders: Order key order_id
read tool look(order_id: ref orders) -> Order "Shows." {{ let o = orders[order_id] else fail "none"  return o }}
write tool drop(order_id: ref orders) -> text "Drops." {{
  let o = orders[order_id] else fail "none"
  {check}
  remove orders[order_id]
  return "dropped"
}}
"""


@frozen
class Plant:
    """A desk and what is to be found: a diagnostic code, or "" in the clean twin, about a scenario, rule or tool."""

    name: str
    text: str
    code: str
    kind: str
    about: str


def rule(body: str, name: str = "r") -> str:
    return f'rule {name} "…" {{ before call to drop  let o = orders[call.order_id] else skip  {body} }}\n'


def scenario(picked: str, refusal: str = "") -> str:
    refused = f"  expect refusal by {refusal}\n" if refusal else ""
    return f'scenario s "…" {{\n  pick o from orders where {picked}\n{refused}  goal drop(o.order_id)\n}}\n'


MARK = """write tool mark(order_id: ref orders) -> text "Marks." {{
  let o = orders[order_id] else fail "none"
  require {some} else fail "no"
  if {when} {{ remove orders[order_id] }}
  return "marked"
}}
"""


GRADE = """enum Grade { low, high }
write tool grade(order_id: ref orders, grade: Grade) -> text "Grades." {
  let o = orders[order_id] else fail "none"
  return "graded"
}
"""


def graded(body: str, name: str) -> str:
    return f'rule {name} "…" {{ before call to grade  let o = orders[call.order_id] else skip  {body} }}\n'


def marked(picked: str) -> str:
    """A scenario whose goal is a call that may change nothing."""
    return f'scenario s "…" {{\n  pick o from orders where {picked}\n  goal mark(o.order_id)\n}}\n'


def reached(picked: str, wanted: str) -> str:
    """A scenario whose goal may hold from the beginning."""
    return f'scenario s "…" {{\n  pick o from orders where {picked}\n  goal reach {wanted}\n}}\n'


LOOKED = "require looked: some (earlier ok call to look where .order_id == call.order_id)"


def plants() -> Iterator[Plant]:
    """Every defect over every field, each followed by its clean twin."""
    for field in FIELDS:
        some, other, always = (t.format(x="o") for t in (field.some, field.other, field.always))
        mine, theirs = field.some.format(x="it"), field.other.format(x="it")

        def desk(rest: str, check: str = "", field: Field = field) -> str:
            return HEAD.format(name=field.name, kind=field.kind, check=check) + rest

        tool = f'require {some} else fail "no"'
        pairs = {
            "tool-forbids": (
                "unsatisfiable", "scenario", "s", desk(scenario(theirs), tool), desk(scenario(mine), tool),
            ),
            "rule-forbids": (
                "unsatisfiable", "scenario", "s",
                desk(rule(f"require n: {some}") + scenario(theirs)), desk(rule(f"require n: {some}") + scenario(mine)),
            ),
            "picks-conflict": (
                "unsatisfiable", "scenario", "s",
                desk(scenario(f"{mine} and {theirs}")), desk(scenario(f"{mine} or {theirs}")),
            ),
            "not-forced": (
                "refusal-not-forced", "scenario", "s",
                desk(rule(f"require n: {some}") + scenario(mine, "r")),
                desk(rule(f"require n: {some}") + scenario(theirs, "r")),
            ),
            "forced-twice": (
                "refused-anyway", "scenario", "s",
                desk(rule(f"require n: {some}") + rule(f"require n: not ({other})", "also") + scenario(theirs, "r")),
                desk(rule(f"require n: {some}") + rule(LOOKED, "also") + scenario(theirs, "r")),
            ),
            "dead": (
                "never-judged", "rule", "r",
                desk(rule(f"when {some}  when {other}  {LOOKED}")), desk(rule(f"when {some}  {LOOKED}")),
            ),
            "unbreakable": (
                "never-broken", "rule", "r", desk(rule(f"require n: {always}")), desk(rule(f"require n: {some}")),
            ),
            "redundant": (
                "says-the-same", "rule", "r",
                desk(rule(f"when {some}  {LOOKED}") + rule(LOOKED, "wider")),
                desk(rule(f"when {some}  {LOOKED}") + rule(f"when {other}  {LOOKED}", "wider")),
            ),
            "unreachable": (
                "unreachable-tool", "tool", "drop",
                desk(rule(f"require n: {other}"), tool), desk(rule(f"require n: {some}"), tool),
            ),
        }  # fmt: skip
        excepted = (
            'exception e to r.n "…" {{ before call to drop  let o = orders[call.order_id] else skip  when {} }}\n'
        )
        pairs |= {
            "excepted": (
                "always-excepted", "rule", "r",
                desk(rule(f"require n: {some}") + excepted.format(f"not ({some})")),
                desk(rule(f"require n: {some} and 1 == 2") + excepted.format(f"not ({some})")),
            ),
            "forced-otherwise": (
                "refused-otherwise", "scenario", "s",
                desk(rule(f"require n: {some}") + rule(f"require n: {other}", "also") + scenario(mine, "r")),
                desk(rule(f"require n: {some}") + rule(f"require n: {other}", "also") + scenario(theirs, "r")),
            ),
            "no-op": (
                "idle-goal", "scenario", "s", desk(MARK.format(some=some, when=other) + marked(mine)),
                desk(MARK.format(some=some, when=some) + marked(mine)),
            ),
            "met-already": (
                "idle-goal", "scenario", "s", desk(reached(mine, some)), desk(reached(f"{mine} or {theirs}", some)),
            ),
        }  # fmt: skip
        low = "require n: call.grade == low"
        pairs |= {
            "value": (
                "unreachable-value", "values", "grade",
                desk(GRADE + graded(f"when {some}  {low}", "r") + graded(f"when not ({some})  {low}", "q")),
                desk(GRADE + graded(f"when {some}  {low}", "r")),
            ),
            "branch": (
                "unreachable-branch", "branches", "mark",
                desk(MARK.format(some=some, when=other)), desk(MARK.format(some=some, when=some)),
            ),
        }  # fmt: skip
        owed = f'rule r "…" {{ after ok call to look  let o = call.result  when {some}  eventually call to drop }}\n'
        shut, ajar = (f"require n: no (earlier ok call to look where {t.format(x='it.result')})"
                      for t in (field.some, field.other))  # fmt: skip
        pairs["owed"] = "never-kept", "duty", "r", desk(owed + rule(shut, "q")), desk(owed + rule(ajar, "q"))
        for name, (code, kind, about, planted, clean) in pairs.items():
            yield Plant(f"{name}:{field.name}", planted, code, kind, about)
            yield Plant(f"{name}:{field.name}:clean", clean, "", kind, about)


__all__ = ["Plant", "plants"]
