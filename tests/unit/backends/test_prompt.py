"""Prompts: everything a rule asks is said and traced, what a mutation changes shows, and nothing leaks."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import attrs
import pytest

from cove_dsl.backends.prompt import Visit, describe, emit, placeholders, render_agent, render_user, render_visits
from cove_dsl.backends.prompt.render import PromptBackend
from cove_dsl.backends.prompt.words import closed, sentence
from cove_dsl.core.nodes import Apply, Bind, Check, Const, Duty, Exit, Rule
from cove_dsl.core.spec import Spec
from cove_dsl.core.types import BOOL
from cove_dsl.core.walk import walk

from .conftest import Compile


@pytest.fixture(scope="module")
def trace(retail: Spec) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(emit(retail).files["trace.json"])
    return rows


def _asked(rule: Rule) -> list[Any]:
    """Everything in a rule that can be violated."""
    nodes = [n for n in walk((rule.body, rule.duties)) if isinstance(n, (Check, Bind, Exit, Duty))]
    return [n for n in nodes if isinstance(n, Duty) or _is_demand(n)]


def _is_demand(node: Check | Bind | Exit) -> bool:
    match node:
        case Check():
            return node.otherwise is None or node.otherwise.kind != "skip"
        case Bind():
            return node.otherwise is not None and node.otherwise.kind == "violate"
    return False


# --- traceability -----------------------------------------------------------------------------------------------------


def test_retail_has_no_problems(retail: Spec) -> None:
    assert emit(retail).problems == ()


def test_every_requirement_and_duty_is_traced(retail: Spec, trace: list[dict[str, Any]]) -> None:
    traced = [(row["rule"], json.dumps(row["span"])) for row in trace]
    for rule in retail.rules.values():
        for node in _asked(rule):
            place = retail.sources.locate(node.span)
            assert place is not None
            assert (rule.name, json.dumps(place.to_json())) in traced, (rule.name, node)


def test_every_rule_and_exception_is_traced(retail: Spec, trace: list[dict[str, Any]]) -> None:
    assert {row["rule"] for row in trace} == set(retail.rules)
    assert {row["exception"] for row in trace if "exception" in row} == {e.name for e in retail.exemptions}


def test_every_traced_sentence_stands_in_the_prompt(retail: Spec, trace: list[dict[str, Any]]) -> None:
    text = render_agent(retail)
    assert [row["sentence"] for row in trace if f"- {row['sentence']}" not in text] == []


def test_all_that_is_formal_has_words(retail: Spec, trace: list[dict[str, Any]]) -> None:
    judged = {r.name for r in retail.rules.values() if r.when == "judged"}
    assert {row["rule"] for row in trace if row["formal"] is None} == judged


# --- mutations --------------------------------------------------------------------------------------------------------


def _replaced(thing: Any, old: Any, new: Any) -> Any:
    """The same tree with one node replaced, found by identity; a new None drops it from its tuple."""
    if thing is old:
        return new
    if isinstance(thing, tuple):
        made = tuple(_replaced(t, old, new) for t in thing)
        return tuple(m for t, m in zip(thing, made, strict=True) if not (t is old and new is None))
    if attrs.has(type(thing)):
        kept = {f.name: getattr(thing, f.name) for f in attrs.fields(type(thing)) if f.init}
        changed = {n: _replaced(v, old, new) for n, v in kept.items() if n not in ("type", "span")}
        different = {n: v for n, v in changed.items() if v is not kept[n] and v != kept[n]}
        return attrs.evolve(thing, **different) if different else thing
    return thing


def _other(node: Const) -> Const:
    value = node.value
    match value:
        case bool():
            return attrs.evolve(node, value=not value)
        case int() | Decimal():
            return attrs.evolve(node, value=value + 7)
        case str():
            return attrs.evolve(node, value=value + "x")
        case list():
            return attrs.evolve(node, value=value[:-1])
    return attrs.evolve(node, value="x")


def _messages(rule: Rule) -> set[int]:
    """Constants that only word a violation."""
    return {id(c) for n in walk(rule.body) if isinstance(n, Exit) for c in walk(n.value)}


def _mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for node in _asked(rule):
        yield f"{rule.name}: without {getattr(node, 'label', '') or type(node).__name__}", _replaced(rule, node, None)
    silent = _messages(rule)
    for node in walk((rule.body, rule.duties)):
        if isinstance(node, Const) and id(node) not in silent:
            yield f"{rule.name}: {node.value!r} changed", _replaced(rule, node, _other(node))
    if rule.when != "judged":
        yield f"{rule.name}: severity", attrs.evolve(rule, severity="warning" if rule.severity == "error" else "error")
    if rule.pattern is not None and len(rule.pattern.tools) > 1:
        fewer = attrs.evolve(rule.pattern, tools=frozenset(sorted(rule.pattern.tools)[1:]))
        yield f"{rule.name}: fewer tools", attrs.evolve(rule, pattern=fewer)


def _said(spec: Spec) -> tuple[str, str]:
    made = emit(attrs.evolve(spec, scenarios={})).files
    return made["agent.md"], made["trace.json"]


def test_a_mutated_rule_changes_the_prompt_or_the_trace(retail: Spec) -> None:
    said, unseen, count = _said(retail), [], 0
    for rule in retail.rules.values():
        for name, mutant in _mutants(rule):
            count += 1
            if _said(attrs.evolve(retail, rules={**retail.rules, rule.name: mutant})) == said:
                unseen.append(name)
    assert unseen == []
    assert count > 100


# --- what the agent is told -------------------------------------------------------------------------------------------


def test_the_agent_is_told_nothing_of_scenarios(retail: Spec) -> None:
    text = render_agent(retail)
    for scenario in retail.scenarios.values():
        assert scenario.name not in text
        assert scenario.doc not in text
        assert not scenario.persona or scenario.persona not in text
    assert "Town" not in text


def test_what_must_be_said_to_the_letter_is_in_the_prompt(retail: Spec) -> None:
    assert "\u201cYOU ARE BEING TRANSFERRED TO A HUMAN AGENT. PLEASE HOLD ON.\u201d" in render_agent(retail)


TINY = """
domain tiny "Tiny desk"
record Row { id: id }
table rows: Row key id
enum Size { small, large }
read tool look(id: ref rows, size: Size) -> text "Looks." { return "seen" }
"""


def test_a_rule_without_text_is_put_into_words(compile_text: Compile) -> None:
    text = render_agent(compile_text(TINY + "rule r { before call to look require call.size == small }"))
    assert "- Before calling any tool: `size` must be 'small'." in text


def test_exceptions_without_text_are_put_into_words(compile_text: Compile) -> None:
    rules = """
    tool other() -> text { return "" }
    tool third() -> text { return "" }
rule r { before call to look require small: call.size == small }
exception e to r.small { before call to look when some earlier call to other }
"""
    text = render_agent(compile_text(TINY + rules.replace("    tool", "tool")))
    assert "Exception: unless there has been an earlier call to `other`." in text


def test_exceptions_with_a_text_say_when_they_hold_as_well(compile_text: Compile) -> None:
    rules = """
    tool other() -> text { return "" }
    tool third() -> text { return "" }
rule r { before call to look require small: call.size == small }
exception e to r.small "Others know better." { before call to look when some earlier call to other }
"""
    text = render_agent(compile_text(TINY + rules.replace("    tool", "tool")))
    assert ("Exception: others know better. It holds only if there has been an earlier call to `other`.") in text


def test_lookups_are_tables(compile_text: Compile) -> None:
    lookup = """
lookup bags(size: Size, other: Size) -> int "Bags by size." {
  | size  | small | large |
  | small | 1     | 2     |
  | large | 3     | 4     |
}
"""
    prompt = render_agent(compile_text(TINY + lookup))
    assert "| size \\ other | `small` | `large` |" in prompt
    assert "| `small` | 1 | 2 |" in prompt


PRICES = """
enum Job { tune_up = "tune-up", repair }
enum Day { today, later }
lookup price(job: Job, day: Day) -> money "What a job costs." {
  | job     | today  | later |
  | tune_up | $40.50 | $30   |
  | repair  | $60    | $50   |
}
record Order { order_id: id, job: Job, paid: money, owes: money, at: date }
table orders: Order key order_id
define due(order: Order) -> money "What is still to be paid." = price(order.job, later) - order.paid * 2
define early(order: Order) -> bool = order.at < 2025-07-01
read tool show(order_id: ref orders) -> Order "Shows." {
  let order = orders[order_id] else fail "None"
  return order
}
write tool finish(order_id: ref orders, job: Job) -> text "Finishes." { return "done" }
"""


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (
            'let o = orders[call.order_id] else skip require o.owes <= $5 because "Too much is open."',
            "  - Go ahead only if the order's `owes` is at most $5. Otherwise refuse: Too much is open.",
        ),
        (
            'let o = orders[call.order_id] else skip require o.owes <= $5 because "Ask the user to pay first."',
            "  - Go ahead only if the order's `owes` is at most $5. Otherwise ask the user to pay first.",
        ),
        (
            'let o = orders[call.order_id] else skip require o.paid > $0 because "Only paid orders can end."',
            "  - Go ahead only if the order's `paid` is more than $0. Otherwise refuse: Only paid orders can end.",
        ),
        (
            'let o = orders[call.order_id] else skip require o.paid > $0 because "It is unpaid and cannot end."',
            "  - Go ahead only if the order's `paid` is more than $0. Otherwise refuse: It is unpaid and cannot end.",
        ),
        (
            'let o = orders[call.order_id] else skip require o.paid > $0 because "At least one bill is open."',
            "  - Go ahead only if the order's `paid` is more than $0. Otherwise refuse: At least one bill is open.",
        ),
        (
            'let o = orders[call.order_id] else skip require o.paid > $0 because "Once it is paid, ask again."',
            "  - Go ahead only if the order's `paid` is more than $0. Once it is paid, ask again.",
        ),
        (
            'let o = orders[call.order_id] else skip require o.paid > $0 because "Only paid orders may be finished."',
            "  - Only paid orders may be finished.",
        ),
        (
            "let o = orders[call.order_id] else skip require early(o)",
            "- Finish with care.",
        ),
    ],
)
def test_a_reason_is_not_read_as_a_fact(compile_text: Compile, rule: str, line: str) -> None:
    made = f'{TINY}{PRICES}rule r "Finish with care." {{ before call to finish {rule} }}\n'
    assert line in render_agent(compile_text(made)).splitlines()


def test_a_reason_of_what_forbids_no_call_refuses_nothing(compile_text: Compile) -> None:
    rules = """rule calm "Say no prices." {
      before agent message require quiet: not mentions(message, "price") because "A price is a promise."
    }
    rule soon "Say so at once." {
      after ok call to finish then agent message where mentions(it, "done") because "The user waits."
    }"""
    lines = render_agent(compile_text(TINY + PRICES + rules)).splitlines()
    assert "  - Your message must not mention \u201cprice\u201d. The reason: A price is a promise." in lines
    assert (
        "  - The very next thing must be a message from you that mentions \u201cdone\u201d. The reason: The user waits."
        in lines
    )


def test_an_exception_does_not_ask_for_the_call_that_its_rule_is_about(compile_text: Compile) -> None:
    rules = """rule paid "Finish what is paid." {
      before call to finish
      let o = orders[call.order_id] else skip
      require whole: o.owes == $0
    }
    exception tuning to paid.whole "A tune-up may be owed." { before call to finish when call.job == tune_up }"""
    lines = render_agent(compile_text(TINY + PRICES + rules)).splitlines()
    assert "  - Exception: a tune-up may be owed. It holds only if `job` is 'tune-up'." in lines


def test_an_amount_that_has_to_be_told_is_named_and_its_formula_given(compile_text: Compile) -> None:
    rule = """rule told "Tell the user what is left." {
      after ok call to finish
      let order = orders[call.order_id] else skip
      eventually agent message where says_amount(it, due(order) - $1)
    }"""
    lines = render_agent(compile_text(TINY + PRICES + rule)).splitlines()
    amount = "Before the conversation ends, tell the user how much the `due` of the order minus $1 is."
    assert any(amount in line for line in lines)
    (formula,) = [line for line in lines if "The `due` of" in line]
    assert formula == (
        "- What is still to be paid. The `due` of an order is (the price for the order's job and 'later') minus "
        "(the order's `paid` times 2)."
    )
    assert "| `tune-up` | $40.50 | $30 |" in lines


def test_what_only_finds_things_is_no_formula(compile_text: Compile) -> None:
    made = TINY + PRICES + 'define found(id: ref orders) -> money? "What was paid." = orders[id]?.paid\n'
    assert "The found" not in render_agent(compile_text(made))


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("sent", "sent."),
        ("sent.", "sent."),
        ('say: "Thank you."', 'say: "Thank you."'),
        ("say “Thank you”", "say “Thank you”."),
    ],
)
def test_a_quotation_closes_a_sentence_where_it_is_closed(text: str, end: str) -> None:
    assert closed(text) == end
    assert sentence(text) == end[:1].upper() + end[1:]


def test_an_exception_that_ends_in_a_quotation_has_one_full_stop(compile_text: Compile) -> None:
    rules = """
rule r "Only small ones." { before call to look require small: call.size == small }
exception e to r.small "Unless you say: 'Welcome.'" { before call to look when call.id == "A" }
"""
    text = render_agent(compile_text(TINY + rules))
    assert "unless you say: 'Welcome.' It holds only if" in text


def test_what_has_no_words_is_a_problem(compile_text: Compile) -> None:
    spec = compile_text(TINY + "rule r { before call to look require call.size == small }")
    odd = Check(Apply("frobnicate", (Const(1, BOOL),), BOOL), span=spec.rules["r"].body[0].span)
    spec = attrs.evolve(spec, rules={"r": attrs.evolve(spec.rules["r"], body=(odd,))})
    (problem,) = emit(spec).problems
    assert (problem.code, problem.span) == ("unsupported-construct", odd.span)
    assert PromptBackend(spec).supports(spec.rules["r"]) == "`frobnicate`"


# --- what the user is told --------------------------------------------------------------------------------------------


def _values(spec: Spec, name: str) -> dict[str, object]:
    return {p.name: f"value of {p.name}" for p in placeholders(spec.scenarios[name])}


def test_only_what_is_disclosed_is_shown(retail: Spec) -> None:
    scenario = retail.scenarios["cancel_order"]
    values = _values(retail, "cancel_order")
    hidden = {"user": {"user_id": "mia_1"}, "order": {"order_id": "#W1"}, "order.order_id": "#W1"}
    text = render_user(
        scenario, retail, {**values, **hidden}, [describe("order", [(("items", "name"), True, "Desk Lamp")])]
    )
    assert "The order with Desk Lamp among its items." in text
    assert all(str(v) in text for v in values.values())
    assert "mia_1" not in text
    assert "#W1" not in text


def test_every_scenario_renders_without_a_hole(retail: Spec) -> None:
    for name, scenario in retail.scenarios.items():
        text = render_user(scenario, retail, _values(retail, name))
        assert "{" not in text, name
        assert "###STOP###" in text


def test_a_missing_value_is_an_error(retail: Spec) -> None:
    with pytest.raises(KeyError, match="email"):
        render_user(retail.scenarios["cancel_order"], retail, {})


def test_values_read_like_speech(retail: Spec) -> None:
    scenario = retail.scenarios["send_as_a_present"]
    values = {**_values(retail, "send_as_a_present"), "place": {"address1": "1 Elm St", "address2": "", "city": "Reno"}}
    assert "address1: 1 Elm St, city: Reno" in render_user(scenario, retail, values)


def test_several_things_at_once(retail: Spec) -> None:
    names = ("cancel_order", "where_is_it")
    visits = [Visit(retail.scenarios[n], _values(retail, n), (f"The thing of {n}.",)) for n in names]
    text = render_visits(visits, retail)
    assert text.count("## What you want") == 1
    assert text.count("- Your email:") == 1
    assert "Cancel the order" in text
    assert "Find out the tracking number of the parcel." in text


def test_templates_hold_placeholders(retail: Spec) -> None:
    assert "{user.email}" in emit(retail).files["user/cancel_order.md"]


STORAGE = """
domain storage "The chat desk of a self-storage hire"
clock 2026-05-04T09:00:00+02:00
enum Why { moving, too_expensive }
enum State { paid_up, locked_out }
record Tenant { tenant_id: id, email: email, past: list[Why], by_unit: map[text, Why] }
record Rental { rental_id: id, tenant_id: ref tenants, state: State, note: text?, last: date? }
table tenants: Tenant key tenant_id
table rentals: Rental key rental_id
write tool end_rental(rental_id: ref rentals, last: date, why: Why) -> Rental "Ends a rental." {
  let rental = rentals[rental_id]  else fail "rental_not_found"
  set rental.last = last
  return rental
}
write tool mark(rental_id: ref rentals, note: text) -> Rental "Writes a note on a rental." {
  let rental = rentals[rental_id]  else fail "rental_not_found"
  set rental.note = note
  return rental
}
tool call_manager(summary: text) -> text "Hands over." { return "done" }
scenario leave "Nothing forbids that a tenant leaves." {
  pick tenant from tenants
  pick rental from rentals
  pick why    from Why
  let day = date_of(clock) + 20 * 1 day
  goal end_rental(rental.rental_id, day, why) GOAL
  goal mark(rental.rental_id, "fragile") "have a note put on your unit"
  goal call_manager("The tenant leaves.") "speak to the manager"
  knows why "why", "I leave on {day}." "your last day"
  knows tenant.past "your reasons of old", tenant.by_unit "your reasons by unit"
  PERSONA
}
"""


def _storage(compile_text: Compile, goal: str = "", persona: str = "") -> str:
    spec = compile_text(STORAGE.replace("GOAL", goal).replace("PERSONA", persona))
    values = {
        "why": "too_expensive", "day": "2026-05-24", "tenant.past": ["too_expensive", "moving"],
        "tenant.by_unit": {"A1": "too_expensive"},
    }  # fmt: skip
    return render_user(spec.scenarios["leave"], spec, values)


def test_the_values_of_an_enum_are_told_in_words(compile_text: Compile) -> None:
    text = _storage(compile_text)
    assert "- Why: too expensive\n" in text
    assert "- Your reasons of old: too expensive and moving\n" in text
    assert "- Your reasons by unit: A1: too expensive\n" in text
    assert "too_expensive" not in text


def test_the_user_hears_the_persona_and_not_what_readers_are_told(compile_text: Compile) -> None:
    told = _storage(compile_text, persona='persona "You are in a hurry."')
    assert "## Your situation\n\nYou are in a hurry.\n" in told
    for text in (told, _storage(compile_text)):
        assert "Nothing forbids" not in text
    assert "## Your situation" not in _storage(compile_text)


def test_an_authors_words_for_a_goal_stand_alone(compile_text: Compile) -> None:
    assert "- Give up your unit.\n" in _storage(compile_text, '"give up your unit"')


def test_a_goal_without_words_says_where_its_details_are_told(compile_text: Compile) -> None:
    assert "- End the rental (see “your last day”).\n" in _storage(compile_text)


def test_words_that_the_desk_chooses_are_not_the_users(compile_text: Compile) -> None:
    text = _storage(compile_text)
    assert "- Speak to the manager.\n" in text
    assert "- Have a note put on your unit (note: “fragile”).\n" in text
