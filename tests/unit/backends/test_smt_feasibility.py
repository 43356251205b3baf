"""What the solver says of scenarios: conflicts with minimal cores in source terms, refusals, and honest doubt."""

from pathlib import Path

import pytest
from attrs import evolve

from cove_dsl.backends.smt import Budget, Feasibility, check_scenario, diagnose, feasibility, questions
from cove_dsl.backends.smt.feasibility import Begun, short_plans
from cove_dsl.backends.smt.solve import ask
from cove_dsl.core.nodes import Goal
from cove_dsl.core.spec import Spec
from cove_dsl.pipeline import Compiler, compile_path

ROOT = Path(__file__).parent.parent.parent.parent
WORLD = """domain shop "A shop"
clock 2024-05-15T15:00:00-05:00
enum Status { pending, changed, delivered }
enum Reason { unneeded, mistake }
variant Method by kind { card { id: id }, voucher { id: id, balance: money where it >= $0 } }
record User { user_id: id, name: text, methods: map[id, Method] }
record Order {
  order_id: id, user_id: ref users, status: Status, total: money where it > $0, count: int, note: text?,
  placed: datetime,
  method: id, items: list[text]
}
table users: User key user_id
table orders: Order key order_id

write tool cancel(order_id: ref orders, reason: Reason) -> Order "Cancels." {
  let order = orders[order_id] else fail "no such order"
  require order.status == pending else fail "not pending"
  set order.status = delivered
  return order
}
write tool modify(order_id: ref orders) -> Order "Modifies." {
  let order = orders[order_id] else fail "no such order"
  require order.status in {pending, changed} else fail "not pending"
  set order.status = changed
  return order
}
write tool pay(order_id: ref orders, method_id: id, amount: money) -> Order "Pays." {
  let order = orders[order_id] else fail "no such order"
  let method = users[order.user_id]?.methods[method_id] else fail "no such method"
  if method is voucher { require method.balance >= amount else fail "too little" }
  require amount == order.total * 2 + $1 else fail "wrong amount"
  return order
}
write tool annotate(order_id: ref orders) -> text "Reads a note." {
  let order = orders[order_id] else fail "no such order"
  let note = order.note else fail "no note"
  require note != "" else fail "empty"
  return note
}
"""
HEAD = 'scenario s "A scenario." {\n  pick user from users\n'


def spec_of(text: str) -> Spec:
    compiled = Compiler().compile([("t.cove", (WORLD + text).encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    return compiled.spec


def checked(text: str, budget: Budget | None = None) -> Feasibility:
    return check_scenario(spec := spec_of(text), spec.scenarios["s"], budget)


def scenario(body: str, rules: str = "") -> Feasibility:
    return checked(f"{rules}\n{HEAD}{body}\n}}\n")


def texts(found: Feasibility) -> list[str]:
    return [" ".join(c.text.split()) for c in found.core]


def test_a_delivered_order_cannot_be_cancelled() -> None:
    found = scenario("  pick order from orders where .status == delivered\n  goal cancel(order.order_id, unneeded)")
    assert found.status == "unsat"
    assert not found.expected
    assert found.minimal
    assert texts(found) == [".status == delivered", "cancel(order.order_id, unneeded)", "order.status == pending"]


def test_each_part_of_a_core_is_needed() -> None:
    spec = spec_of(
        f"{HEAD}  pick order from orders where .status == delivered and .count > 3\n"
        f"  goal cancel(order.order_id, unneeded)\n"
        f"}}\n"
    )
    script = questions(spec, spec.scenarios["s"])[0].script
    core = [
        n
        for n, c in script.clauses.items()
        if c.span in {k.span for k in check_scenario(spec, spec.scenarios["s"]).core}
    ]
    others = [n for n in script.clauses if n not in core]
    assert ask(script.text(without=others), Budget())[0] == "unsat"
    for name in core:
        assert ask(script.text(without=[*others, name]), Budget())[0] == "sat"


def test_the_diagnostic_names_the_scenarios_own_clause_first() -> None:
    problem = diagnose(
        scenario("  pick order from orders where .status == delivered\n  goal cancel(order.order_id, unneeded)")
    )
    assert problem is not None
    assert (problem.code, problem.severity) == ("unsatisfiable", "error")
    assert problem.message == "no conversation can meet these 3 requirements together"
    assert [label.primary for label in problem.labels] == [True, False, False]
    assert problem.notes == ("no conflict is left without any one of the three",)


def test_a_goal_that_can_be_met_says_nothing() -> None:
    found = scenario("  pick order from orders where .status == pending\n  goal cancel(order.order_id, unneeded)")
    assert (found.status, found.expected, found.core) == ("sat", True, ())
    assert diagnose(found) is None


def test_picks_that_conflict_among_themselves() -> None:
    found = scenario(
        "  pick order from orders where .count > 3\n  require order.count < 4\n  goal cancel(order.order_id, unneeded)"
    )
    assert texts(found) == [".count > 3", "order.count < 4"]


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("order.total * 2 + $1 == $5", "sat"),
        ("order.total == $0", "unsat"),
        ("order.count + 1 < order.count", "unsat"),
        ("order.count * 2 == 7", "unsat"),
        ("order.total / 3 == $1.10 and order.total != $3.30", "unsat"),
        ("order.placed > clock and order.placed < clock - 1 day", "unsat"),
        ("order.placed > clock - 2 days and order.placed < clock - 1 day", "sat"),
        ("abs(order.count) < 0", "unsat"),
        ("order.status != pending and order.status != changed and order.status != delivered", "unsat"),
        ('order.note is absent and order.note == "x"', "unsat"),
        ('count(order.items) == 0 and "x" in order.items', "unsat"),
        ('some (order.items where it == "x") and no (order.items where it == "x")', "unsat"),
        ("sum([order.count, 2]) == 1 and order.count >= 0", "unsat"),
        ("min(order.count, 3) > 3", "unsat"),
        ("(if order.count > 2 then 1 else 2) == 3", "unsat"),
        ("orders[order.order_id] is absent", "unsat"),
        ("count(orders) == 0", "unsat"),
    ],
)
def test_expressions(condition: str, status: str) -> None:
    found = scenario(f"  pick order from orders\n  require {condition}\n  goal nothing")
    assert found.status == status


def test_variants() -> None:
    body = "  pick order from orders where .user_id == user.user_id\n  let method = user.methods[order.method]\n"
    told = body + "  require method is present\n  require method is voucher and method.balance < $3\n"
    assert scenario(told + "  goal pay(order.order_id, order.method, $3)").status == "unsat"
    assert (
        scenario(
            body + "  require method is present\n  require method is card\n  goal pay(order.order_id, order.method, $3)"
        ).status
        == "sat"
    )
    both = body + "  require method is present\n  require method is card\n  require method is voucher\n  goal nothing"
    assert scenario(both).status == "unsat"


def test_optionals() -> None:
    found = scenario("  pick order from orders where .note is absent\n  goal annotate(order.order_id)")
    assert texts(found) == [".note is absent", "annotate(order.order_id)", "order.note"]
    assert scenario('  pick order from orders where .note == ""\n  goal annotate(order.order_id)').status == "unsat"
    assert scenario('  pick order from orders where .note == "x"\n  goal annotate(order.order_id)').status == "sat"


def test_amounts_are_exact() -> None:
    body = "  pick order from orders where .total == $0.10\n"
    assert scenario(body + "  goal pay(order.order_id, order.method, $1.20)").status == "sat"
    assert scenario(body + "  goal pay(order.order_id, order.method, $1.21)").status == "unsat"


def test_a_second_goal_sees_what_the_first_has_changed() -> None:
    body = "  pick order from orders where .status == pending\n"
    found = scenario(body + "  goal cancel(order.order_id, unneeded)\n  goal cancel(order.order_id, mistake)")
    assert found.status == "unsat"
    assert [c.role for c in found.core].count("goal") == 2
    assert "set order.status = delivered" in texts(found)


def test_goals_may_be_done_in_another_order() -> None:
    body = "  pick order from orders where .status == pending\n"
    rule = (
        'rule frozen "Changed orders only." {\n'
        "  before call to cancel\n"
        "  let order = orders[call.order_id] else skip\n"
        "  require order.status == pending\n"
        "}"
    )
    assert (
        scenario(body + "  goal cancel(order.order_id, unneeded)\n  goal modify(order.order_id)", rule).status
        == "unsat"
    )
    other = "  pick another from orders where .status == pending and .order_id != order.order_id\n"
    assert (
        scenario(body + other + "  goal cancel(order.order_id, unneeded)\n  goal modify(another.order_id)").status
        == "sat"
    )
    reach = body.replace("pending", "changed")
    assert scenario(reach + "  goal modify(order.order_id)\n  goal reach order.status == changed").status == "sat"
    assert scenario(reach + "  goal modify(order.order_id)\n  goal reach order.status == delivered").status == "unsat"


def test_alternatives() -> None:
    body = "  pick order from orders where .status == changed\n"
    assert scenario(body + "  goal any { cancel(order.order_id, unneeded), modify(order.order_id) }").status == "sat"
    assert scenario(body + "  goal all { cancel(order.order_id, unneeded), modify(order.order_id) }").status == "unsat"
    assert (
        scenario(body + "  goal cancel(order.order_id, unneeded)\n  otherwise modify(order.order_id)").status == "sat"
    )


RULE = """rule small "Small orders only." {
  before call to cancel
  let order = orders[call.order_id] else skip
  when order.status == pending
  require small: order.count < 10
}"""


def test_a_goal_against_the_policy() -> None:
    found = scenario("  pick order from orders where .count == 12\n  goal cancel(order.order_id, unneeded)", RULE)
    assert {"order.count < 10", ".count == 12"} < set(texts(found))
    problem = diagnose(found)
    assert problem is not None
    assert problem.help == ("write `expect refusal by small.small` if the refusal is the point",)


@pytest.mark.parametrize(
    ("other", "roles"),
    [("", ["pick", "goal", "rule"]), ("require few: call.amount <= $50", ["goal", "rule", "rule"])],
)
def test_a_choice_among_values_written_down_is_named_where_it_is_to_blame(other: str, roles: list[str]) -> None:
    rule = f'rule r "R." {{ before call to pay {other} require enough: call.amount >= $60 }}'
    found = scenario(
        "pick order from orders pick amount from [$10, $25] goal pay(order.order_id, order.method, amount)", rule
    )
    assert found.status == "unsat"
    assert sorted(c.role for c in found.core) == sorted(roles)


def test_a_refusal_that_is_forced() -> None:
    body = (
        "  pick order from orders where .count == 12\n"
        "  expect refusal by small\n"
        "  goal cancel(order.order_id, unneeded)\n"
        "  otherwise nothing"
    )
    found = scenario(body, RULE)
    assert (found.status, found.expected) == ("unsat", True)
    assert diagnose(found) is None


def test_a_refusal_that_is_not_forced() -> None:
    body = (
        "  pick order from orders where .count > 2\n"
        "  expect refusal by small.small\n"
        "  goal cancel(order.order_id, unneeded)\n"
        "  otherwise nothing"
    )
    problem = diagnose(scenario(body, RULE))
    assert problem is not None
    assert (problem.code, problem.severity) == ("refusal-not-forced", "warning")


def test_a_refusal_of_what_cannot_even_be_picked_is_no_refusal() -> None:
    body = (
        "  pick order from orders where .count > 12 and .count < 13\n"
        "  expect refusal by small\n"
        "  goal cancel(order.order_id, unneeded)"
    )
    found = scenario(body, RULE)
    assert (found.status, found.expected) == ("unsat", False)
    assert [c.role for c in found.core] == ["pick", "pick"]


def test_what_rests_on_history_stays_undecided() -> None:
    rule = 'rule looked "Look first." {\n  before call to cancel\n  require some earlier ok call to annotate\n}'
    found = scenario(
        "  pick order from orders\n  expect refusal by looked\n  goal cancel(order.order_id, unneeded)", rule
    )
    assert found.status == "unknown"
    assert found.abstracted
    assert diagnose(found) is None


def test_given_changes_take_part_in_a_conflict() -> None:
    body = (
        "  pick order from orders where .status == pending\n"
        "  given { set order.status = changed }\n"
        "  goal cancel(order.order_id, unneeded)"
    )
    found = scenario(body)
    assert [c.role for c in found.core] == ["given", "goal", "require"]


def test_loops_over_unknown_lists_are_said_to_be_left_out() -> None:
    tool = """write tool wipe(order_id: ref orders) -> text "Wipes." {
  let order = orders[order_id] else fail "no"
  for m in values(users[order.user_id].methods) { if m is voucher { set m.balance = $0 } }
  return "done"
}"""
    tool = tool.replace("for m in", 'let user = users[order.user_id] else fail "no"\n  for m in').replace(
        "users[order.user_id].methods", "user.methods"
    )
    found = scenario("  pick order from orders\n  goal wipe(order.order_id)", tool)
    assert found.status == "sat"
    assert any("loop" in why for _, why in found.abstracted)


def test_a_budget_that_is_spent_is_no_answer() -> None:
    spec = spec_of(
        f"{HEAD}  pick order from orders where .status == delivered\n  goal cancel(order.order_id, unneeded)\n}}\n"
    )
    found = check_scenario(spec, spec.scenarios["s"], Budget(steps=1))
    assert found.status == "unknown"
    assert diagnose(found) is None


def test_what_was_begun_with_little_goes_on_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_of(
        f"{HEAD}  pick order from orders where .status == delivered\n  goal cancel(order.order_id, unneeded)\n}}\n"
    )
    one, begun = spec.scenarios["s"], dict[int, Begun]()
    fresh = check_scenario(spec, one)
    assert check_scenario(spec, one, Budget(steps=1), begun=begun).status == "unknown"
    monkeypatch.setattr(feasibility, "question", lambda *_: pytest.fail("it is written down already"))
    later = check_scenario(spec, one, begun=begun)
    assert (later.status, later.core, later.minimal) == (fresh.status, fresh.core, fresh.minimal)


def test_what_was_decided_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_of(
        f"{HEAD}  pick order from orders where .status == pending\n  goal cancel(order.order_id, unneeded)\n}}\n"
    )
    one, begun = spec.scenarios["s"], dict[int, Begun]()
    assert check_scenario(spec, one, begun=begun).status == "sat"
    monkeypatch.setattr(feasibility, "solve", lambda *_: pytest.fail("it is decided already"))
    assert check_scenario(spec, one, begun=begun).status == "sat"


def test_equal_questions_have_equal_answers() -> None:
    body = "  pick order from orders where .status == delivered\n  goal cancel(order.order_id, unneeded)"
    first, second = scenario(body), scenario(body)
    assert (first.status, first.core, first.abstracted) == (second.status, second.core, second.abstracted)


HISTORY = {"friends_order", "friends_profile"}


def test_no_scenario_of_the_shop_contradicts_its_policy() -> None:
    spec = compile_path(ROOT / "specs/retail").spec
    assert spec is not None
    for one in spec.scenarios.values():
        found = check_scenario(spec, one)
        problem = diagnose(found)
        assert problem is None or problem.severity == "warning", (one.name, texts(found))
        assert found.status != "unknown" or one.name in HISTORY
        assert found.minimal or found.status != "unsat"


def test_picking_from_nothing() -> None:
    found = scenario(
        "  pick order from orders\n  require count(order.items) == 0\n  pick item from order.items\n  goal nothing"
    )
    assert texts(found) == ["count(order.items) == 0", "pick item from order.items"]


def test_picking_none_is_picking() -> None:
    body = (
        "  pick order from orders\n"
        "  require count(order.items) == 0\n"
        "  pick items from 0..2 of order.items\n"
        "  goal nothing"
    )
    assert scenario(body).status == "sat"


def test_five_goals_are_not_tried_in_every_order() -> None:
    goals = "\n".join(f'  goal pay(order.order_id, "m", ${n})' for n in range(1, 6))
    found = scenario(f"  pick order from orders where .status == delivered\n{goals}")
    assert found.status == "unknown"
    assert any("ways" in why for _, why in found.abstracted)


def test_goals_that_are_alike_have_one_order() -> None:
    goals = "\n".join(["  goal cancel(order.order_id, unneeded)"] * 5)
    found = scenario(f"  pick order from orders where .status == delivered\n{goals}")
    assert found.status == "unsat"


def test_orders_near_the_written_one_come_first() -> None:
    calls = [Goal("do", tool=name) for name in "abcde"]
    tools = ["".join(g.tool for g in way) for way in short_plans(tuple(calls), False)]
    assert tools[:5] == ["abcde", "abced", "abdce", "acbde", "bacde"]
    assert len(tools) == len(set(tools)) == 24
    either = (Goal("any", goals=(calls[0], Goal("do", tool="z"))), *calls[1:])
    assert ["".join(g.tool for g in way) for way in short_plans(either, False)][:2] == ["abcde", "zbcde"]


def test_an_empty_table_has_no_witness() -> None:
    assert scenario("  require count(orders) == 0 and no (orders where .count > 3)\n  goal nothing").status == "sat"
    assert scenario("  require count(orders) == 0 and some (orders where .count > 3)\n  goal nothing").status == "unsat"


def test_a_tools_check_leads_to_the_rule_that_says_the_same() -> None:
    rule = RULE.replace("require small: order.count < 10", "require open: order.status == pending")
    rule = rule.replace("  when order.status == pending\n", "")
    body = "  pick order from orders where .status == delivered\n  goal cancel(order.order_id, unneeded)"
    spec = spec_of(f"{rule}\n{HEAD}{body}\n}}\n")
    problem = diagnose(check_scenario(spec, spec.scenarios["s"]), spec)
    assert problem is not None
    assert problem.help == ("write `expect refusal by small.open` if the refusal is the point",)


# --- maps, what is the only one, and what was said -------------------------------------------------------------------

KEPT = (
    'invariant kept "Kept under its own id." = every(u.methods[k]?.id == k for u in users for k in keys(u.methods))\n'
)
SMALL = (
    "  pick order from orders where .user_id == user.user_id\n"
    "  pick m from values(user.methods) where it is voucher and .balance < $1\n"
    "  goal pay(order.order_id, m.id, order.total * 2 + $1)"
)


def test_a_value_of_a_map_stands_at_some_key() -> None:
    found = scenario(SMALL, KEPT)
    assert (found.status, found.minimal) == ("unsat", True)
    assert [c.role for c in found.core].count("invariant") == 1


def test_without_the_invariant_it_may_stand_at_another() -> None:
    assert scenario(SMALL).status == "sat"


def test_a_conflict_that_needs_no_invariant_names_none() -> None:
    found = scenario(
        "  pick order from orders where .status == delivered\n  goal cancel(order.order_id, unneeded)", KEPT
    )
    assert (found.status, [c.role for c in found.core]) == ("unsat", ["pick", "goal", "require"])


@pytest.mark.parametrize("without", [None, "variants_by_id", "sold_as_listed"])
def test_an_invariant_leads_to_places_that_nothing_else_names(without: str | None) -> None:
    """Another product's variant is no variant of this one: by the item's own product, which only an invariant reads."""
    spec = compile_path(ROOT / "specs" / "retail").spec
    assert spec is not None
    spec = evolve(spec, invariants=tuple(i for i in spec.invariants if i.name != without))
    found = check_scenario(spec, spec.scenarios["exchange_for_other_goods"])
    assert (found.status == "unsat") is (without is None)
    assert found.minimal or without
    assert found.script is not None
    said = [c.name for c in found.script.clauses.values() if c.role == "invariant"]
    assert all(any(name in s for s in said) for name in {"variants_by_id", "sold_as_listed"} - {without})


ROWS = 'when mentions(it, {{"big"}}) then true  when mentions(it, {{"small"}}) then false'
FACT = f'fact big: bool "whether it is big" from user version 1 {{{{ {ROWS} }}}}\n'
ONE_WORD = 'fact big: bool "whether it is big" from user version 1 {{ when mentions(it, {{"big"}}) then true }}\n'
REFUSED = """rule r "Some rule." {{
  before call to annotate
  let order = orders[call.order_id] else skip
  require so: {}
}}
"""


def refused(condition: str, picks: str) -> Feasibility:
    return scenario(
        f"{picks}  expect refusal by r\n  goal annotate(a.order_id)", FACT.format() + REFUSED.format(condition)
    )


def test_what_is_said_changes_nothing_where_the_world_decides() -> None:
    few = "  pick a from orders where .count == 2\n"
    assert refused("order.count > 3 or (order.count > 5 and stated.big)", few).status == "unsat"
    assert refused("order.count > 3 or stated.big", few).status == "unknown"


@pytest.mark.parametrize(("fact", "status"), [(FACT, "unknown"), (ONE_WORD, "unsat")])
def test_what_is_said_may_be_another_each_time(fact: str, status: str) -> None:
    """Of what is only ever heard as true, another time it is not false either."""
    picks = "  pick a from orders where .count > 3\n  pick b from orders where .count < 3\n"
    rules = fact.format() + REFUSED.format("(order.count > 3) == stated.big")
    found = scenario(f"{picks}  expect refusal by r\n  goal annotate(a.order_id)\n  goal annotate(b.order_id)", rules)
    assert found.status == status


@pytest.mark.parametrize(
    ("days", "by", "status"),
    [
        ("pick days from 3..40", "1 day * days", "unsat"),
        ("let days = 5", "1 day * days", "unsat"),
        ("pick days from 2..40", "days * 2 days - 1 day", "unsat"),
        ("pick days from 2..40", "1 day * days", "sat"),
        ("pick days from 2..40", "days * 2 days - 2 days", "sat"),
        ("pick days from 3..40", "12 hours * days", "sat"),
    ],
)
def test_days_that_are_counted_from_the_clock(days: str, by: str, status: str) -> None:
    """A date moved by several times so many days; by hours there may be no such date, so nothing is proved of it."""
    compiled = Compiler().compile([("t.cove", f"""domain visits
clock 2026-03-02T09:00:00-05:00
record House {{ house_id: id, visit: date? }}
table houses: House key house_id
write tool book(house_id: ref houses, day: date) -> text "Books." {{
  let house = houses[house_id] else fail "No"
  set house.visit = day
  return "ok"
}}
rule soon "Soon." {{ before call to book  require soon: call.day <= date_of(clock) + 2 days }}
scenario later "…" {{
  pick house from houses
  {days}
  let day = date_of(clock) + {by}
  goal book(house.house_id, day)
}}
""".encode())], {})  # fmt: skip
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    assert check_scenario(compiled.spec, compiled.spec.scenarios["later"]).status == status


TAG = """write tool tag(order_id: ref orders, days: int?) -> text "Tags." {
  let order = orders[order_id] else fail "no such order"
  return "tagged"
}
"""


@pytest.mark.parametrize(("most", "status"), [(1, "unsat"), (2, "sat")])
def test_calls_without_an_argument_have_equal_arguments(most: int, status: str) -> None:
    """An argument that was left out equals itself, and takes part in a conflict only together with the limit."""
    rules = f'{TAG}\nrule few "Tag seldom." {{ at most {most} ok call to tag per .days }}'
    body = "  pick one from orders\n  pick two from orders where .order_id != one.order_id\n"
    found = scenario(f"{body}  goal tag(one.order_id)\n  goal tag(two.order_id)", rules)
    assert found.status == status
    limit = f"at most {most} ok call to tag per .days"
    assert set(texts(found)) == ({"tag(one.order_id)", "tag(two.order_id)", limit} if most == 1 else set())


# --- several ways, and what calls do not name -------------------------------------------------------------------------

ONCE = 'rule once "Once." { before call to pay  require once: no earlier ok call to pay }'
DELIVERED = "  pick order from orders where .status == delivered\n"


def said_of(body: str, rules: str = "") -> list[tuple[str, str]]:
    spec = spec_of(f"{rules}\n{HEAD}{body}\n}}\n")
    problem = diagnose(check_scenario(spec, spec.scenarios["s"]), spec)
    assert problem is not None
    located = [spec.sources.locate(label.span) for label in problem.labels]
    return [(at.text if at else "", label.text) for at, label in zip(located, problem.labels, strict=True)]


@pytest.mark.parametrize(
    "goal",
    [
        "any { cancel(order.order_id, unneeded), modify(order.order_id) }",
        "cancel(order.order_id, unneeded) otherwise modify(order.order_id)",
    ],
)
def test_a_core_leaves_none_of_several_ways(goal: str) -> None:
    found = scenario(f"{DELIVERED}  goal {goal}")
    assert (found.status, found.minimal) == ("unsat", True)
    assert set(texts(found)) == {
        ".status == delivered", "cancel(order.order_id, unneeded)", "order.status == pending",
        "modify(order.order_id)", "order.status in {pending, changed}",
    }  # fmt: skip
    assert {c.text for c in found.core if c.optional} >= {"cancel(order.order_id, unneeded)", "modify(order.order_id)"}
    ways = found.ways()
    names = [n for n, c in ways.clauses.items() if (c.span, c.role) in {(k.span, k.role) for k in found.core}]
    assert ways.ask(names, Budget())[0] == "unsat"
    assert all(ways.ask(set(names) - {name}, Budget())[0] == "sat" for name in names)
    problem = diagnose(found)
    assert problem is not None
    assert problem.message == "5 requirements together leave no way to meet the goals"
    assert [label.text for label in problem.labels].count("one way is to make this call") == 2


def test_what_stands_in_every_order_is_one_conflict() -> None:
    goals = '  goal pay(order.order_id, "m", $5)\n  goal pay(order.order_id, "m", $6)'
    found = scenario(f"  pick order from orders\n{goals}", ONCE)
    assert found.status == "unsat"
    assert not any(c.optional for c in found.core)
    said = said_of(f"  pick order from orders\n{goals}", ONCE)
    assert [text for _, text in said].count("this call must be made") == 2


def test_an_end_that_is_not_reached_is_shown_with_the_calls_that_are_made_for_it() -> None:
    pick, end = "  pick order from orders where .count == 1\n", "  goal reach order.count == 2"
    said = said_of(f"{pick}  goal modify(order.order_id)\n{end}")
    assert ("modify(order.order_id)", "no call but what a goal names is made for it") in said
    assert ("reach order.count == 2", "this must be so at the end") in said
    alone = diagnose(scenario(pick + end))
    assert alone is not None
    spec = spec_of(f"{HEAD}{pick}{end}\n}}\n")
    told = diagnose(check_scenario(spec, spec.scenarios["s"]), spec)
    assert told is not None
    assert told.notes[-1].startswith("no goal names a call")
    shut = said_of(f"{DELIVERED.replace('delivered', 'pending')}  goal modify(order.order_id)\n"
                   "  goal reach order.status == pending")  # fmt: skip
    assert ("modify(order.order_id)", "this call must be made") in shut


MOOD = """enum Mood {{ good, bad }}
read tool mood(order_id: ref orders) -> Mood "Tells."{{ require order_id != "" else fail "whose?"  return good }}
rule odd "Modify only where a look told of neither." {{
  before call to modify
  let seen = last(earlier {outcome} to mood)  else fail "look first"
  require neither: seen.result != good and seen.result != bad
}}
"""


@pytest.mark.parametrize(("outcome", "status"), [("ok call", "unsat"), ("call", "sat")])
def test_a_call_that_may_have_failed_need_have_no_result(outcome: str, status: str) -> None:
    """What a result can be is no conflict where there need be none at all."""
    found = scenario("  pick one from orders\n  goal modify(one.order_id)", MOOD.format(outcome=outcome))
    assert found.status == status
