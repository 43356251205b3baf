"""What `covec check` says of keys that nobody shows and facts that nobody can state."""

import pytest
from click.testing import CliRunner

from cove_dsl.pipeline import Compiler
from cove_dsl.solve.learning import out_of_reach
from cove_dsl.tools.cli import covec

DESK = """domain shop
enum Reason { mistake, too_late }
record Person { person_id: id, email: email, cards: map[id, Card] }
record Card { card_id: id }
record Order { order_id: id, person_id: ref persons, open: bool }
table persons: Person key person_id
table orders: Order key order_id
read tool find(email: email) -> ref persons {
  let p = first(persons where .email == email) else fail "No"
  return p.person_id
}
read tool get_order(order_id: ref orders) -> Order { let o = orders[order_id] else fail "No"  return o }
write tool close(order_id: ref orders, reason: Reason) -> text {
  let o = orders[order_id] else fail "No"
  set o.open = false
  return "Done"
}
fact why: Reason? "why it is closed" from user version 1 {
  when mentions(it, {"by mistake"})  then mistake
  when mentions(it, {"takes too long"})  then too_late
}
"""  # fmt: skip
LISTING = """read tool orders_of(person_id: ref persons) -> list[ref orders] {
  return (orders where .person_id == person_id).order_id
}
"""
CIRCULAR = (
    "read tool after(order_id: ref orders) -> list[ref orders] { return (orders where .order_id != order_id).order_id }"
)
NEWEST = "read tool newest(email: email) -> Order? { return last(orders) }"
HISTORY = "read tool history(email: email) -> text touches nothing"
NOTE = "write tool note(words: text) -> text { return words }"
RULE = 'rule told "The user says why." { before call to close  require same: call.reason == stated.why }\n'
SHOWN = LISTING + RULE


def scenario(*items: str, goal: str = "goal close(order.order_id, mistake)") -> str:
    return f"""scenario s "Somebody comes." {{
  pick person from persons
  pick order from orders where .person_id == person.person_id and .open
  {goal}
  {"  ".join(items)}
}}
"""


def found(text: str) -> list[tuple[str, str]]:
    compiled = Compiler().compile([("shop.cove", (DESK + text).encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    return [(p.code, p.message) for p in out_of_reach(compiled.spec)]


CARDS = """write tool block(person_id: ref persons, card_id: ref persons.cards) -> text {
  let p = persons[person_id] else fail "No"
  return "Done"
}
"""
WHOLE = (
    'read tool get_person(person_id: ref persons) -> Person { let p = persons[person_id] else fail "No"  return p }\n'
)


def entry(key: str) -> str:
    return f"""scenario s "Somebody comes." {{
  pick person from persons
  pick card from values(person.cards)
  goal block(person.person_id, {key})
}}
"""


KEYS = {
    "nothing shows it": (scenario(), True),
    "the user knows it": (scenario("knows order.order_id"), False),
    "the user says it in a sentence": (scenario('volunteers "It is {order.order_id}."'), False),
    "it is described": ("describe orders within person by open\n" + scenario("describes order by open"), True),
    "a look-up leads there": (LISTING + scenario(), False),
    "a look-up would, and needs such a key itself": (f"{CIRCULAR}\n{scenario()}", True),
    "somebody's row shows it": (f"{NEWEST}\n{scenario()}", False),
    "text without a type may show it": (f"{HISTORY}\n{scenario()}", False),
    "what a change tells is no key": (f"{NOTE}\n{scenario()}", True),
    "an entry is a key of its row's map": (CARDS + WHOLE + entry("card.card_id"), False),
    "nothing shows the row whose entry it is": (CARDS + entry("card.card_id"), True),
    "nobody names a row": (scenario(goal="goal learn open = order.open"), False),
}  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_a_key_that_no_agent_could_learn(name):
    text, warned = KEYS[name]
    key = "orders.order_id" if "pick order" in text else "a key of `persons.cards`"
    said = f"no tool's result shows {key if ' ' in key else f'`{key}`'}, and the user of `s` does not know it"
    assert found(text) == ([("never-shown", said)] if warned else [])


WORDS = {
    "nothing says it": (scenario(), True),
    "a value of its type": (
        scenario('knows why "why"', goal="pick why from Reason  goal close(order.order_id, why)"), False
    ),
    "a sentence that is heard": (scenario('volunteers "I ordered it by mistake."'), False),
    "a sentence that is not": (scenario('volunteers "I ordered it on a whim."'), True),
    "the wish itself": (scenario(goal='goal close(order.order_id, mistake) "close what I got by mistake"'), False),
    "no such call is wanted": (scenario(goal="goal learn open = order.open"), False),
    "what is worked out is asked of nobody": (
        'rule short "Two characters." { before call to close  require short: length(call.order_id) == 2 }\n'
        + scenario('volunteers "I ordered it by mistake."'), False
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORDS)
def test_a_fact_that_a_rule_asks_for_and_no_user_can_state(name):
    text, warned = WORDS[name]
    said = "the user of `s` cannot say why it is closed, and `told` asks for it"
    assert found(SHOWN + text) == ([("never-said", said)] if warned else [])


PATTERN = """fact side: Reason? "whose fault it is" from user version 1 {
  when matches(it, "(i am|i'm) [really|very] late") or asks_back(it)  then too_late
}
recogniser asks_back(m: message) -> bool "Whether money is asked back." version 1 {
  when matches(m, "my [own] money ... back")  then true
  otherwise false
}
rule sided "The user says whose fault it is." { before call to close  require told: stated.side is present }
"""


@pytest.mark.parametrize(
    ("said", "warned"),
    [
        ("I am really late.", False),
        ("I am late.", False),
        ("I'm very late with it.", False),
        ("I want my own money at once back.", False),
        ("I am rather late.", True),
        ("I want my own money.", True),
    ],
)
def test_a_sentence_that_fits_a_pattern_in_any_way_is_heard(said, warned):
    text = PATTERN + LISTING + scenario(f'knows "{said}" "what happened"', goal="goal close(order.order_id, mistake)")
    assert [code for code, _ in found(text)] == (["never-said"] if warned else [])


@pytest.mark.parametrize(
    "rule",
    [
        RULE.replace("require", "when call.reason == too_late  require"),
        RULE.replace("call.reason == stated.why", "stated.why is absent or call.reason == stated.why"),
        RULE.replace("{ before", "warning { before"),
    ],
)
def test_a_rule_that_may_not_bind_is_not_held_against_a_scenario(rule):
    assert found(LISTING + rule + scenario()) == []


def test_every_value_that_is_drawn_must_be_heard():
    rows = '  when mentions(it, {"takes too long"})  then too_late\n'
    assert rows in DESK
    drawn = scenario('knows why "why"', goal="pick why from Reason  goal close(order.order_id, why)")
    compiled = Compiler().compile([("shop.cove", (DESK.replace(rows, "") + SHOWN + drawn).encode())], {})
    assert compiled.spec is not None
    [problem] = out_of_reach(compiled.spec)
    assert problem.code == "never-said"
    assert problem.message.startswith("`why` hears nothing as `too_late`: the user of `s` cannot say it")
    worded = scenario(
        'knows "Because it is {why}." "why"', goal="pick why from Reason  goal close(order.order_id, why)"
    )
    again = Compiler().compile([("shop.cove", (DESK.replace(rows, "") + SHOWN + worded).encode())], {})
    assert again.spec is not None, [p.message for p in again.problems]
    assert list(out_of_reach(again.spec)) == []


def test_a_refusal_needs_no_reason():
    refusal = 'rule never "Close nothing." { before call to close  require no_: false }\n'
    wanted = scenario("expect refusal by never", "otherwise nothing")
    assert found(SHOWN + refusal + wanted) == []


def test_covec_check_warns(tmp_path):
    (tmp_path / "shop.cove").write_text(DESK + RULE + scenario(), encoding="utf-8")
    done = CliRunner().invoke(covec, ["check", str(tmp_path / "shop.cove")])
    assert done.exit_code == 0
    assert "warning[never-shown]: no tool's result shows `orders.order_id`" in done.stderr
    assert "warning[never-said]: the user of `s` cannot say why it is closed" in done.stderr
