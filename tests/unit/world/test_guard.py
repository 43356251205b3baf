"""A guard around tools: what is refused is not made, says why and what to do, and never happened."""

import asyncio
import copy
import inspect
import json
import pickle
from typing import Any

import pytest

import cove_dsl as cove
from cove_dsl.backends.python.runtime.events import TrajectoryError
from cove_dsl.world.guidance import needs_words
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs/examples"
DESK = cove.load(str(EXAMPLES / "tea.cove"))
WORLD = cove.World.from_json(EXAMPLES / "shop.json", DESK)
CANCEL = {"order_id": "T1", "reason": "changed my mind"}


class Shop:
    """The tools, with a note of every call that reached them."""

    def __init__(self) -> None:
        self.sandbox, self.reached = DESK.sandbox(WORLD), []

    def tool(self, name: str) -> Any:
        def call(**given: Any) -> Any:
            self.reached.append(name)
            result = self.sandbox.call(name, given)
            if not result.ok:
                raise LookupError(result.value)
            return result.value

        return call

    def tools(self) -> dict[str, Any]:
        return {n: self.tool(n) for n in DESK.program.tools}


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def guard(shop: Shop) -> cove.Guard:
    return cove.guard(shop.tools(), DESK.monitor(WORLD))


def says(text: str, role: str = "user") -> dict[str, Any]:
    return {"role": role, "content": text}


def calls(*made: tuple[str, dict[str, Any]], text: str | None = None) -> dict[str, Any]:
    listed = [
        {"id": f"c{n}", "type": "function", "function": {"name": t, "arguments": json.dumps(a)}}
        for n, (t, a) in enumerate(made)
    ]
    return {"role": "assistant", "content": text, "tool_calls": listed}


def greet(guard: cove.Guard) -> None:
    guard.observe(says("ada@example.com here. I changed my mind about the Assam."))
    guard["find_customer"](email="ada@example.com")


def agree(guard: cove.Guard) -> None:
    guard.observe(says("I can cancel order T1 (Assam), reason: changed my mind. Shall I?", "assistant"))
    guard.observe(says("Yes, please."))


def test_a_refusal_names_the_rule_and_the_way_out(guard, shop):
    greet(guard)
    refused = guard["cancel_order"](**CANCEL)
    assert isinstance(refused, cove.Denied)
    assert refused.startswith("Error: this call was refused and not made.\nexplicit_yes: Before any change")
    assert 'ask for confirmation of: cancel_order with order_id "T1", reason "changed my mind"' in refused
    assert refused.decision.rules == ("explicit_yes",)
    assert shop.reached == ["find_customer"]
    assert [(r.tool, r.arguments) for r in guard.refusals] == [("cancel_order", CANCEL)]


def test_the_way_out_leads_out(guard, shop):
    guard.observe(says("I changed my mind about the Assam. I am ada@example.com."))
    refused = guard["cancel_order"](**CANCEL)
    assert "First call `find_customer`." in refused
    guard["find_customer"](email="ada@example.com")
    agree(guard)
    assert guard["cancel_order"](**CANCEL)["status"] == "cancelled"
    again = guard["cancel_order"](**CANCEL)
    assert again.decision.rules == ("only_open_orders", "explicit_yes")
    assert "tell the user so" in again
    assert shop.reached == ["find_customer", "cancel_order"]


def test_a_refused_attempt_loosens_nothing(guard):
    """`own_orders` presupposes `identified_first`: if the refused look at T1 counted as broken, T1 would be shown."""
    guard.observe(says("bo@example.com here."))
    assert guard["get_order"](order_id="T1").decision.rules == ("identified_first",)
    shop = guard.monitor.run
    assert shop.broken == set()
    greet(guard)
    assert not isinstance(guard["get_order"](order_id="T1"), cove.Denied)


def test_what_happened_verifies(guard):
    guard["cancel_order"](**CANCEL)
    greet(guard)
    guard["cancel_order"](**CANCEL)
    agree(guard)
    guard.observe(calls(("cancel_order", CANCEL)))
    guard["cancel_order"](**CANCEL)
    guard.observe(says("Done.", "assistant"))
    guard.finish()
    report = DESK.verify(guard.messages, world=WORLD)
    assert report.verdict == "satisfied", report.rules
    assert [m["role"] for m in guard.messages] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]
    assert [j.verdict for j in guard.monitor.run.judgements if j.verdict == "violated"] == []


def test_a_step_is_seen_whole_and_refused_whole(guard, shop):
    greet(guard)
    guard.observe(calls(("get_order", {"order_id": "T1"}), ("get_order", {"order_id": "T2"})))
    for order in ("T1", "T2"):
        assert guard["get_order"](order_id=order).decision.rules == ("one_at_a_time",)
    message = calls(("get_order", {"order_id": "T1"}), text="One moment.")
    guard.observe(message)
    assert "Either call a tool or write to the user" in guard.answer(message["tool_calls"][0])["content"]
    assert guard.messages[-1] == {"role": "assistant", "content": "One moment."}
    assert shop.reached == ["find_customer"]
    guard.observe(calls(("get_order", {"order_id": "T1"})))
    assert not isinstance(guard["get_order"](order_id="T1"), cove.Denied)


def test_calls_of_one_step_are_judged_one_after_the_other():
    spec = cove.load(str(ROOT / "cove_dsl/tools/templates/policy"))
    reached: list[str] = []
    guard = cove.guard({n: lambda n=n, **_: reached.append(n) for n in spec.program.tools}, spec.monitor(), "allow")
    guard.observe(says("Pay P1 back."))
    pay = {"payment_id": "P1", "amount": 500}
    message = calls(("find_account", {"phone": "1"}), ("pay_back", pay), ("find_account", {"phone": "2"}))
    guard.observe(message)
    answers = [guard.answer(c)["content"] for c in message["tool_calls"]]
    assert [a.startswith("Error") for a in answers] == [False, True, False]
    assert "account_first" not in answers[1]
    assert "small_sums" in answers[1]
    assert reached == ["find_account", "find_account"]
    (said,) = [m for m in guard.messages if m["role"] == "assistant"]
    assert [c["id"] for c in said["tool_calls"]] == ["c0", "c2"]


@pytest.mark.parametrize("undecided", ["deny", "allow", "ask"])
def test_undecided_is_the_callers_choice(undecided):
    asked: list[Any] = []

    def ask(decision: cove.Decision, what: dict[str, Any]) -> bool:
        asked.append((decision.rules, what))
        return what["arguments"]["order_id"] == "T1"

    monitor = DESK.monitor(hears=False)
    tools = {"find_customer": lambda **_: "ada", "cancel_order": lambda **_: "done"}
    guard = cove.guard(tools, monitor, ask if undecided == "ask" else undecided)
    greet(guard)
    one, two = (guard["cancel_order"](order_id=t, reason="changed my mind") for t in ("T1", "T2"))
    stopped = [isinstance(r, cove.Denied) for r in (one, two)]
    assert stopped == {"deny": [True, True], "allow": [False, False], "ask": [False, True]}[undecided]
    if undecided == "deny":
        assert one.startswith("Error: this call was not made, because too little is known")
        assert one.endswith('First call `get_order` with order_id "T1".')
    if undecided == "ask":
        assert asked[0] == (("own_orders", "only_open_orders"), {"name": "cancel_order", "arguments": CANCEL})


def test_undecided_must_mean_something():
    with pytest.raises(ValueError, match="undecided"):
        cove.guard({}, DESK.monitor(), "maybe")


def test_what_a_tool_raises_is_raised_and_remembered(guard):
    greet(guard)
    with pytest.raises(LookupError, match="No such order"):
        guard["get_order"](order_id="T9")
    assert guard.messages[-1]["content"] == "Error: No such order"
    assert guard.messages[-1]["error"] is True


def test_tools_keep_their_faces():
    def cancel_order(order_id: str, reason: str = "takes too long") -> str:
        """Cancels."""
        return f"{order_id} {reason}"

    async def get_order(order_id: str) -> str:
        return order_id

    guard = cove.guard([cancel_order, get_order], DESK.monitor(WORLD))
    assert inspect.signature(guard["cancel_order"]) == inspect.signature(cancel_order)
    assert guard["cancel_order"].__doc__ == "Cancels."
    assert list(guard) == ["cancel_order", "get_order"]
    assert "explicit_yes" in guard["cancel_order"]("T1")
    assert guard.refusals[0].arguments == {"order_id": "T1"}
    assert inspect.iscoroutinefunction(guard["get_order"])
    assert "identified_first" in asyncio.run(guard["get_order"]("T1"))


def test_an_awaited_tool():
    async def find_customer(email: str) -> str:
        await asyncio.sleep(0)
        return "ada"

    async def get_order(order_id: str) -> None:
        raise LookupError("gone")

    async def talk() -> None:
        guard = cove.guard([find_customer, get_order], DESK.monitor(WORLD))
        guard.observe(says("ada@example.com here."))
        assert await guard["find_customer"](email="ada@example.com") == "ada"
        with pytest.raises(LookupError):
            await guard["get_order"](order_id="T1")
        assert [m["role"] for m in guard.messages] == ["user", "assistant", "tool", "assistant", "tool"]

    asyncio.run(talk())


def test_unknown_tools(guard):
    assert "did you mean `get_order`" in guard.call("get_orders", {})
    assert "there is no tool `hand_over`" in cove.guard({}, DESK.monitor(WORLD)).call("hand_over", {"summary": "x"})


def test_a_function_that_is_no_tool_is_refused_at_once():
    def get_orders(order_id: str) -> None: ...
    def weather(town: str) -> None: ...

    with pytest.raises(ValueError, match="has no tool `get_orders`; did you mean `get_order`"):
        cove.guard([get_orders], DESK.monitor(WORLD))
    with pytest.raises(ValueError, match=r"has no tool `weather`; its tools are .*`get_order`"):
        cove.guard({"weather": weather}, DESK.monitor(WORLD))


def test_an_argument_that_is_none_of_the_tools_is_told_and_not_confirmed(guard):
    greet(guard)
    refused = guard["cancel_order"](order_id="T1", reason="changed my mind", note="x")
    assert "`cancel_order`: unexpected argument `note`" in refused
    assert "ask for confirmation" not in refused
    assert refused.decision.verdict == "deny"


def test_answers_to_calls_that_cannot_be_read(guard):
    greet(guard)
    message = calls(("get_order", {}))
    for bad in ("{", "[1]", "7"):
        message["tool_calls"][0]["function"]["arguments"] = bad
        guard.observe(message)
        assert guard.answer(message["tool_calls"][0])["content"].startswith("Error: the arguments cannot be read")
    assert "missing argument" in str(guard.answer(calls(("get_order", {}))["tool_calls"][0]))


def test_results_from_elsewhere(guard):
    greet(guard)
    guard.observe(calls(("get_order", {"order_id": "T1"})))
    order = DESK.sandbox(WORLD).call("get_order", {"order_id": "T1"}).value
    guard.observe({"role": "tool", "tool_call_id": "c0", "content": json.dumps(order, default=str)})
    guard.observe({"role": "tool", "tool_call_id": "c0", "content": "again"})
    assert [m["role"] for m in guard.messages][-2:] == ["assistant", "tool"]
    with pytest.raises(TrajectoryError, match="answers no call"):
        guard.observe({"role": "tool", "tool_call_id": "c9", "content": "?"})


def test_words_can_be_asked_about(guard):
    greet(guard)
    found = guard.says("Your order T77 costs $99.")
    assert found.verdict != "allow"
    assert found.rules == ("nothing_invented",)
    assert guard.says("How can I help?").verdict == "allow"


def test_a_monitor_that_does_not_hear(shop):
    monitor = DESK.monitor(WORLD, hears=False)
    assert set(monitor.left_out) == {
        "explicit_yes",
        "one_at_a_time",
        "nothing_invented",
        "hand_over_line",
        "reason_is_told",
    }
    guard = cove.guard(shop.tools(), monitor)
    assert guard["cancel_order"](**CANCEL).decision.rules == ("identified_first",)
    guard["find_customer"](email="ada@example.com")
    assert guard["cancel_order"](order_id="T2", reason="takes too long").decision.rules == ("only_open_orders",)
    assert guard["cancel_order"](**CANCEL)["status"] == "cancelled"
    kept = [r for r in DESK.spec.rules.values() if r.name not in monitor.left_out]
    assert not any(needs_words(r, DESK.spec) for r in kept)


def test_every_rule_of_the_shop_has_something_to_say():
    """No refusal leaves an agent without a rule's name and words."""
    spec = cove.load("retail")
    for name, rule in spec.spec.rules.items():
        assert rule.doc, name


LIMITS = """
rule once "Cancel one order at most." { at most 1 ok call to cancel_order }
rule small "Cancel only small orders." {
  before call to cancel_order
  let order = orders[call.order_id] else skip
  require small: count(order.lines) < 2
}
"""


def advice_on(tmp_path, cancelled: bool, lines: int) -> str:
    """What the guard says of an unconfirmed call, after another was made or not."""
    (tmp_path / "tea.cove").write_text((EXAMPLES / "tea.cove").read_text() + LIMITS)
    desk = cove.load(str(tmp_path / "tea.cove"))
    data = json.loads((EXAMPLES / "shop.json").read_text())
    orders = data["orders"]
    orders["T2"] |= {"status": "open", "lines": orders["T2"]["lines"] * lines}
    world = cove.World.from_dict(data, desk)
    sandbox = desk.sandbox(world)
    guard = cove.guard(
        {n: lambda n=n, **given: sandbox.call(n, given).value for n in desk.program.tools}, desk.monitor(world)
    )
    greet(guard)
    if cancelled:
        agree(guard)
        assert not isinstance(guard["cancel_order"](**CANCEL), cove.Denied)
    return guard["cancel_order"](**CANCEL | {"order_id": "T2"})


def test_nobody_is_sent_to_ask_for_what_no_yes_lets_through(tmp_path):
    assert "ask for confirmation of" in advice_on(tmp_path, False, 1)
    enough = advice_on(tmp_path, True, 1)
    assert enough.endswith("do not repeat it.")
    assert "confirmation of" not in enough
    large = advice_on(tmp_path, False, 2)
    assert "small: Cancel only small orders." in large
    assert "confirmation of" not in large


# --- what nobody can read ---------------------------------------------------------------------------------------------

SUMS = """domain sums "A policy alone"
write tool pay(amount: money?, memo: json?) -> json touches nothing
rule small "Pay little." { before call to pay  require small: call.amount is absent or call.amount <= $500 }
"""


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else 1


@pytest.mark.parametrize(
    "given",
    [{"amount": 1e31}, {"amount": 10**41}, {"amount": float("inf")}, {"amount": 600, "memo": nested(250)},
     {"amount": 600, "memo": float("nan")}],
    ids=["exponent", "digits", "infinite", "deep", "no number"],
)  # fmt: skip
@pytest.mark.parametrize("undecided", ["allow", "deny"])
def test_arguments_that_no_rule_can_read_never_reach_the_tool(tmp_path, given, undecided):
    path = tmp_path / "sums.cove"
    path.write_text(SUMS, encoding="utf-8")
    desk, paid = cove.load(str(path)), []

    def pay(amount: Any = None, memo: Any = None) -> str:
        paid.append(amount)
        return "paid"

    tools = cove.guard([pay], desk.monitor(), undecided=undecided)
    assert tools.check("pay", given).verdict == "deny"
    tools.observe(calls(("pay", {"amount": 1}), ("pay", {"amount": 2})))
    refused = tools.call("pay", given, "c0")
    assert isinstance(refused, cove.Denied)
    assert "`pay`: the arguments cannot be read: " in refused
    assert isinstance(asyncio.run(tools.acall("pay", given)), cove.Denied)
    answer = tools.answer({"id": "c9", "function": {"name": "pay", "arguments": json.dumps(given)}})
    assert answer["content"].startswith("Error: ")
    assert [r.tool for r in tools.refusals] == ["pay"] * 3
    assert paid == []
    assert tools.call("pay", {"amount": 2}, "c1") == "paid"
    assert (len(paid), len(tools.messages)) == (1, 2)


def test_messages_of_blocks_are_taken_in_as_what_they_mean(guard: cove.Guard, shop: Shop):
    guard.observe({"role": "user", "content": [{"type": "text", "text": "ada@example.com here. Cancel the Assam."}]})
    look = {"type": "tool_use", "id": "a", "name": "find_customer", "input": {"email": "ada@example.com"}}
    drop = {"type": "tool_use", "id": "b", "name": "cancel_order", "input": CANCEL}
    guard.observe({"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}, look]})
    assert guard.answer(look)["content"] == "ada"
    guard.observe({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "ada"}]})
    guard.observe({"role": "assistant", "content": [drop]})
    refused = guard.answer(drop)
    assert refused["content"].startswith("Error: this call was refused")
    block = {"type": "tool_result", "tool_use_id": "b", "content": refused["content"], "is_error": True}
    guard.observe({"role": "user", "content": [block, {"type": "text", "text": "Well?"}]})
    assert shop.reached == ["find_customer"]
    assert [(m["role"], bool(m.get("tool_calls"))) for m in guard.messages] == [
        ("user", False), ("assistant", True), ("tool", False), ("user", False),
    ]  # fmt: skip
    assert DESK.verify(guard.messages, world=WORLD).verdict == "satisfied"


def test_a_call_by_itself_is_no_step(guard: cove.Guard):
    greet(guard)
    call = {"type": "function_call", "call_id": "x", "name": "cancel_order", "arguments": json.dumps(CANCEL)}
    with pytest.raises(TrajectoryError, match="at once as one `assistant` message"):
        guard.observe(call)
    assert guard.answer(call)["tool_call_id"] == "x"
    assert [r.arguments for r in guard.refusals] == [CANCEL]
    assert guard.observe({"type": "reasoning", "summary": []}).verdict == "allow"
    with pytest.raises(TypeError, match="names its tool"):
        guard.answer({"id": "y"})


def test_a_result_in_parts_is_heard(guard: cove.Guard):
    greet(guard)
    guard.observe(calls(("get_order", {"order_id": "T1"})))
    part = {"type": "text", "text": "Error: no such order"}
    guard.observe({"role": "tool", "tool_call_id": "c0", "content": [part]})
    assert [(m.get("content"), m.get("error")) for m in guard.messages[-1:]] == [("Error: no such order", True)]


def test_a_function_that_takes_any_names(shop: Shop):
    given = []

    def find_customer(email: str, **more: Any) -> str:
        given.append((email, more))
        return "ada"

    def list_orders(*keys: str) -> str:
        return keys[0]

    tools = cove.guard([find_customer, list_orders], DESK.monitor(WORLD))
    tools.observe(says("ada@example.com here."))
    assert isinstance(tools["find_customer"]("ada@example.com", more="x"), cove.Denied)  # the desk's tool takes none
    assert tools["find_customer"]("ada@example.com") == "ada"
    assert given == [("ada@example.com", {})]
    with pytest.raises(TypeError, match="called by keywords"):
        tools["list_orders"]("ada")


def test_an_id_used_again_is_that_of_the_newer_call(guard: cove.Guard):
    greet(guard)
    for order in ("T1", "T2"):
        guard.observe(calls(("get_order", {"order_id": order})))
        guard.observe({"role": "tool", "tool_call_id": "c0", "content": order})
    assert [m["content"] for m in guard.messages if m["role"] == "tool"][-2:] == ["T1", "T2"]
    both = calls(("get_order", {"order_id": "T1"}), ("get_order", {"order_id": "T2"}))
    both["tool_calls"][1]["id"] = "c0"
    guard.observe(both)
    for order in ("first", "second"):
        guard.observe({"role": "tool", "tool_call_id": "c0", "content": order})
    assert [m["content"] for m in guard.messages if m["role"] == "tool"][-2:] == ["first", "second"]


@pytest.mark.parametrize("text", [None, "One moment."])
def test_what_is_made_elsewhere_of_a_refused_step_happened_all_the_same(guard: cove.Guard, text: str | None):
    greet(guard)
    given = {"order_id": "T1"}
    assert guard.observe(calls(("get_order", given), ("get_order", given), text=text)).verdict == "deny"
    for number in ("c0", "c1"):
        guard.observe({"role": "tool", "tool_call_id": number, "content": "{}"})
    said, *results = guard.messages[-3:]
    assert [c["id"] for c in said["tool_calls"]] == [r["tool_call_id"] for r in results] == ["c0", "c1"]
    broken = {r["rule"] for r in DESK.verify(guard.messages, world=WORLD).rules if r["verdict"] == "violated"}
    assert broken
    if text is None:  # said before its calls were known to be made, a step is judged without them
        assert broken == {j.rule for j in guard.monitor.run.judgements if j.verdict == "violated"}


def test_a_result_with_an_odd_id_is_refused_as_such(guard: cove.Guard):
    with pytest.raises(TrajectoryError, match="answers no call"):
        guard.observe({"role": "tool", "tool_call_id": ["c0"], "content": "x"})


def test_arguments_without_end_are_an_answer_too(guard: cove.Guard):
    greet(guard)
    (call,) = calls(("get_order", {}))["tool_calls"]
    call["function"]["arguments"] = '{"order_id": ' + "[" * 100_000 + "]" * 100_000 + "}"
    assert guard.answer(call)["content"] == "Error: the arguments cannot be read: nested too deeply"


def test_a_call_happened_whatever_its_result_is():
    def find_customer(email: str) -> list[Any]:
        found: list[Any] = []
        found.append(found)
        return found

    def list_orders(customer_id: str) -> set[str]:
        return {"T2", "T1"}

    tools = cove.guard([find_customer, list_orders], DESK.monitor(WORLD))
    tools.observe(says("ada@example.com here."))
    tools["find_customer"](email="ada@example.com")
    assert "nested too deeply" in tools.messages[-1]["content"]
    tools = cove.guard({"find_customer": lambda email: "ada", "list_orders": list_orders}, DESK.monitor(WORLD))
    tools.observe(says("ada@example.com here."))
    tools["find_customer"](email="ada@example.com")
    tools["list_orders"](customer_id="ada")
    assert tools.messages[-1]["content"] == '["T1", "T2"]'


def test_a_monitor_is_asked_in_the_shape_in_which_calls_come():
    monitor = DESK.monitor(WORLD)
    monitor.observe(says("ada@example.com here. I changed my mind about the Assam."))
    monitor.observe([calls(("find_customer", {"email": "ada@example.com"})),
                     {"role": "tool", "tool_call_id": "c0", "content": "ada"}])  # fmt: skip
    (call,) = calls(("cancel_order", CANCEL))["tool_calls"]
    plain = monitor.allows({"name": "cancel_order", "arguments": CANCEL})
    assert plain.rules == ("explicit_yes",)
    for given in (call, {"name": "cancel_order", "arguments": json.dumps(CANCEL)}):
        assert (found := monitor.allows(given)).rules == plain.rules
        assert found.advice == plain.advice
    for wrong in ({"arguments": CANCEL}, {"name": "cancel_order", "arguments": [1]}):
        with pytest.raises(TrajectoryError):
            monitor.allows(wrong)


def test_messages_with_a_refusal_can_be_copied_and_sent(guard: cove.Guard):
    guard.observe(says("Hello"))
    (call,) = calls(("cancel_order", CANCEL))["tool_calls"]
    answer = guard.answer(call)
    assert isinstance(answer["content"], cove.Denied)
    for made in (copy.deepcopy(answer), copy.copy(answer["content"]), pickle.loads(pickle.dumps(answer))):
        assert made in (answer, answer["content"])


def test_what_the_user_calls_is_heard_with_its_results():
    desk = cove.load("telecom")
    guard = cove.guard({}, desk.monitor())
    looks, toggles = (
        {"id": "call_1", "type": "function", "function": {"name": tool, "arguments": "{}"}}
        for tool in ("check_status_bar", "toggle_airplane_mode")
    )
    asks = says("Please look at the top of your screen.", "assistant")
    shows = {"role": "tool", "tool_call_id": "call_1", "content": "Airplane Mode"}
    for message in (asks, {"role": "user", "content": None, "tool_calls": [looks]}, shows, says("It says so.")):
        guard.observe(message)
    assert [m["role"] for m in guard.messages] == ["assistant", "user", "tool", "user"]
    guard.observe({"role": "user", "content": None, "tool_calls": [toggles]})  # its result is not shown
    with pytest.raises(TrajectoryError, match="answers no call"):
        guard.observe({"role": "tool", "tool_call_id": "other", "content": "?"})
    guard.finish()
    assert guard.messages[-1]["tool_calls"] == [toggles]
    assert guard.monitor.run.events == 4
    assert "error" not in desk.verify(guard.messages).data
