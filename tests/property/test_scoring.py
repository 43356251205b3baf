"""What `docs/scoring.md` promises of a score: for the formula alone, and for reports of whole conversations."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cove_dsl.backends.python.blocks import Block, compile_blocks
from cove_dsl.backends.python.runtime.engine import Run
from cove_dsl.backends.python.runtime.exact import parse_json
from cove_dsl.backends.python.runtime.opening import open_world
from cove_dsl.backends.python.runtime.report import score, verify_conversation
from cove_dsl.backends.python.runtime.sandbox import Sandbox
from cove_dsl.backends.python.runtime.texts import to_json
from cove_dsl.world.desk import load
from cove_dsl.world.generate import empty_world, state_of

ROOT = Path(__file__).parents[2]

# --- the formula ------------------------------------------------------------------------------------------------------


@st.composite
def outcomes(draw: st.DrawFn) -> dict[str, Any]:
    """An outcome as `judge_outcome` makes it, with everything known."""
    wanted, extra, to_say = draw(st.integers(0, 6)), draw(st.integers(0, 3)), draw(st.integers(0, 3))
    met, told = draw(st.integers(0, wanted)), draw(st.integers(0, to_say))
    right = met == wanted and not extra
    redundant = draw(st.integers(0, 4)) if right else 0
    parts = {"met": (met if wanted else int(right)) + told, "of": max(wanted + extra, 1) + to_say}
    said = "absent" if not to_say else "met" if told == to_say else "unmet"
    return {"state": "met" if right else "unmet", "said": said, "parts": parts, "redundant": [{}] * redundant}


VERDICTS = st.sampled_from(["satisfied", "violated"])
RULES = st.lists(st.tuples(VERDICTS, st.sampled_from(["error", "warning"])), max_size=6)


def lines(found: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"rule": f"r{i}", "verdict": v, "severity": s} for i, (v, s) in enumerate(found)]


def broken(rules: list[dict[str, Any]]) -> int:
    return sum(r["verdict"] == "violated" and r["severity"] == "error" for r in rules)


@given(outcomes(), RULES)
def test_it_is_a_share(outcome: dict[str, Any], found: list[tuple[str, str]]):
    value = score(outcome, lines(found))
    assert value is not None
    assert 0 <= value <= 1


@given(outcomes(), RULES)
def test_it_is_one_only_where_all_is_well(outcome: dict[str, Any], found: list[tuple[str, str]]):
    rules = lines(found)
    well = outcome["state"] == "met" and outcome["said"] != "unmet" and not outcome["redundant"] and not broken(rules)
    assert (score(outcome, rules) == 1) == well


@given(outcomes(), RULES, st.sampled_from(["error", "warning"]))
def test_a_violation_never_raises_it(outcome: dict[str, Any], found: list[tuple[str, str]], severity: str):
    before, after = score(outcome, lines(found)), score(outcome, lines([*found, ("violated", severity)]))
    assert after <= before
    assert (after < before) == (severity == "error" and before > 0)


@given(outcomes(), RULES)
def test_an_unmet_part_never_raises_it(outcome: dict[str, Any], found: list[tuple[str, str]]):
    parts = outcome["parts"]
    before = score(outcome, lines(found))
    for worse in ({"met": parts["met"], "of": parts["of"] + 1}, {"met": max(parts["met"] - 1, 0), "of": parts["of"]}):
        after = score(outcome | {"parts": worse}, lines(found))
        assert after <= before
        assert after < before or before == 0


@given(outcomes(), RULES)
def test_a_redundant_write_never_raises_it(outcome: dict[str, Any], found: list[tuple[str, str]]):
    before = score(outcome, lines(found))
    after = score(outcome | {"redundant": [*outcome["redundant"], {}]}, lines(found))
    assert after < before or before == after == 0


@given(outcomes(), RULES, st.integers(0, 5))
def test_it_is_null_exactly_where_an_unknown_rule_could_change_it(
    outcome: dict[str, Any], found: list[tuple[str, str]], place: int
):
    for severity in ("error", "warning", "judged"):
        either = set()
        for verdict in ("satisfied", "violated"):
            rules = lines(found)
            rules.insert(place, {"rule": "doubtful", "verdict": verdict, "severity": severity})
            either.add(score(outcome, rules))
        rules = lines(found)
        rules.insert(place, {"rule": "doubtful", "verdict": "unknown", "severity": severity})
        assert score(outcome, rules) == (None if len(either) == 2 else either.pop())


@given(outcomes(), RULES, st.sampled_from(["state", "said"]))
def test_an_unknown_part_makes_it_null(outcome: dict[str, Any], found: list[tuple[str, str]], part: str):
    assert score(outcome | {part: "unknown"}, lines(found)) is None


def test_without_a_task_it_is_null():
    assert score(None, []) is None


# --- real reports: the tea shop ---------------------------------------------------------------------------------------

TEA = load(str(ROOT / "docs/examples/tea.cove")).program
SHOP = parse_json((ROOT / "docs/examples/shop.json").read_text(encoding="utf-8"))
CANCEL = {"name": "cancel_order", "arguments": {"order_id": "T1", "reason": "changed my mind"}}
SUM_IS_SAID = {"cove": {"accept": [[CANCEL]], "said": [{"name": "money_back", "amount": 12}]}}

Turn = tuple[str, Any]
HELLO: Turn = ("user", "Hi, this is ada@example.com. I changed my mind about the Assam.")
WHO: Turn = ("call", ("find_customer", {"email": "ada@example.com"}))
SHOW: Turn = ("call", ("get_order", {"order_id": "T1"}))
ASK: Turn = ("agent", "I can cancel order T1 (Assam), reason: changed my mind. Shall I?")
YES: Turn = ("user", "Yes, please.")
DO: Turn = ("call", ("cancel_order", {"order_id": "T1", "reason": "changed my mind"}))
TOO_LATE: Turn = ("call", ("cancel_order", {"order_id": "T2", "reason": "changed my mind"}))


def messages(program: Any, state: Any, turns: list[Turn]) -> list[dict[str, Any]]:
    """A conversation whose results are the desk's own."""
    sandbox, made = Sandbox(program, open_world(program, state)), []
    for i, (kind, what) in enumerate(turns):
        if kind != "call":
            made.append({"role": "user" if kind == "user" else "assistant", "content": what})
            continue
        name, arguments = what
        result = sandbox.call(name, arguments)
        call = {"id": f"c{i}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        made.append({"role": "assistant", "content": None, "tool_calls": [call]})
        text = result.value if isinstance(result.value, str) else to_json(result.value)
        made.append({"role": "tool", "tool_call_id": f"c{i}", "error": not result.ok, "content": text})
    return made


def tea(turns: list[Turn], task: Any = None) -> dict[str, Any]:
    return verify_conversation(TEA, messages(TEA, SHOP, turns), SHOP, task or {"gold_actions": [CANCEL]})


OTHER_REASON = [
    HELLO, WHO, SHOW, ("agent", "I can cancel order T1 (Assam), reason: takes too long. Shall I?"), YES,
    ("call", ("cancel_order", {"order_id": "T1", "reason": "takes too long"})),
]  # fmt: skip


@pytest.mark.parametrize(
    ("turns", "wanted", "rules"),
    [
        ([HELLO, WHO, SHOW, ASK, YES, DO], 1, []),
        ([HELLO, WHO, SHOW, DO], 1 / 2, ["explicit_yes"]),
        (OTHER_REASON, 1 / 4, ["reason_is_told"]),
        ([HELLO, ("agent", "Hello.")], 0, []),
    ],
    ids=["well done", "not asked", "other reason", "nothing done"],
)
def test_the_worked_examples(turns: list[Turn], wanted: float, rules: list[str]):
    report = tea(turns)
    assert report["score"] == pytest.approx(wanted, abs=1e-6)
    assert [r["rule"] for r in report["rules"] if r["verdict"] == "violated"] == rules


@pytest.mark.parametrize(("last", "wanted"), [("Done: $12 comes back.", 1), ("Done.", 2 / 3)])
def test_what_has_to_be_said_is_a_part(last: str, wanted: float):
    report = tea([HELLO, WHO, SHOW, ASK, YES, DO, ("agent", last)], SUM_IS_SAID)
    assert report["outcome"]["parts"]["of"] == 3
    assert report["score"] == pytest.approx(wanted, abs=1e-6) or report["score"] is None


def test_a_doubtful_yes_makes_it_null():
    report = tea([HELLO, WHO, SHOW, ASK, ("user", "Whatever you think."), DO])
    assert report["score"] is None
    assert report["verdict"] == "unknown"


def test_without_a_database_it_is_null():
    report = verify_conversation(
        TEA, messages(TEA, SHOP, [HELLO, WHO, SHOW, ASK, YES, DO]), None, {"gold_actions": [CANCEL]}
    )
    assert report["score"] is None


READS = st.lists(st.sampled_from([WHO, SHOW]), max_size=3)


@given(READS, READS)
def test_reads_cost_nothing(more: list[Turn], later: list[Turn]):
    assert tea([HELLO, WHO, *more, SHOW, ASK, YES, DO, *later])["score"] == 1


TURNS = st.lists(st.sampled_from([HELLO, WHO, SHOW, ASK, YES, DO, TOO_LATE]), max_size=9)


@given(TURNS)
def test_reports_keep_the_promises(turns: list[Turn]):
    report = tea(turns)
    value, outcome = report["score"], report["outcome"]
    binding = [r["verdict"] for r in report["rules"] if r["severity"] == "error"]
    if "unknown" in binding and outcome["parts"]["met"]:
        assert value is None
        return
    assert 0 <= value <= 1
    assert (value == 1) == (
        outcome["verdict"] == "satisfied" and not outcome["redundant"] and "violated" not in binding
    )
    assert (value == 1) <= (report["verdict"] == "satisfied")


@given(TURNS)
def test_an_added_violation_never_raises_a_report(turns: list[Turn]):
    """Two calls in one message break `one_at_a_time`, and change nothing else."""
    before = tea(turns)["score"]
    made = messages(TEA, SHOP, turns)
    calls = [("find_customer", {"email": "ada@example.com"})] * 2
    both = [{"id": f"x{i}", "function": {"name": n, "arguments": json.dumps(a)}} for i, (n, a) in enumerate(calls)]
    made += [{"role": "assistant", "content": None, "tool_calls": both}]
    made += [{"role": "tool", "tool_call_id": f"x{i}", "content": "ada"} for i in range(2)]
    after = verify_conversation(TEA, made, SHOP, {"gold_actions": [CANCEL]})["score"]
    assert before is None or after is None or after <= before
    assert (before is None) == (after is None)
    assert (
        not before
        or after < before
        or "one_at_a_time" in [r["rule"] for r in tea(turns)["rules"] if r["verdict"] == "violated"]
    )


# --- real reports: redundant writes in the retail desk ----------------------------------------------------------------


def place(order: str, line: str) -> Turn:
    names = {"address1": line, "address2": "", "city": "Omaha", "state": "NE", "country": "USA", "zip": "68102"}
    return ("call", ("modify_pending_order_address", {"order_id": order, **names}))


def retail(turns: list[Turn], gold: list[Turn]) -> dict[str, Any]:
    """The outcome alone: rules are left out."""
    program, state = retail_shop()
    task = {"gold_actions": [{"name": n, "arguments": a} for _, (n, a) in gold]}
    return verify_conversation(program, messages(program, state, turns), state, task, frozenset())


@cache
def retail_shop() -> tuple[Any, Any]:
    desk = load("retail")
    run = Run(desk.program, empty_world(desk.program))
    compile_blocks(desk.spec, {"shop": Block(desk.spec.fixtures["shop"])}).functions["shop"](run)
    return desk.program, state_of(run.world)


A, B, A2, OTHER = place("#W1", "1 Elm St"), place("#W1", "2 Oak St"), place("#W1", "1 Elm St"), place("#W2", "3 Ash St")


@pytest.mark.parametrize(
    ("turns", "gold", "wanted"),
    [
        ([A], [A], 1),
        ([B, A], [A], 1 / 2),
        ([A, B, A2], [A], 1 / 3),
        ([A, OTHER], [OTHER, A], 1),
        ([A, OTHER], [A], 1 / 2),
        ([A], [A, OTHER], 1 / 2),
        ([OTHER], [A], 0),
        ([A], [], 0),
        ([], [], 1),
    ],
    ids=[
        "right",
        "detour",
        "there and back",
        "other order",
        "beyond the frame",
        "half",
        "all wrong",
        "not wanted",
        "nothing wanted",
    ],
)
def test_the_outcome_of_writes(turns: list[Turn], gold: list[Turn], wanted: float):
    assert retail(turns, gold)["score"] == pytest.approx(wanted, abs=1e-6)


@given(st.permutations([A, OTHER]), st.permutations([A, OTHER]))
def test_orders_that_reach_one_end_score_the_same(turns: list[Turn], gold: list[Turn]):
    assert retail(list(turns), list(gold))["score"] == 1


def test_a_call_that_is_owed_has_to_be_made():
    task = {"cove": {"accept": [[]], "said": [{"name": "hand_over", "call": "hand_over"}]}}
    assert tea([HELLO, ("agent", "Hello.")], task)["score"] < 1


def test_a_doubtful_part_beside_an_unmet_one_makes_it_null():
    long = "x" * 30_000
    said = [{"text": "never said"}, {"name": "money_back", "amount": 12}]
    task = {"cove": {"accept": [[]], "said": said}}
    assert verify_conversation(TEA, [{"role": "assistant", "content": long}], SHOP, task)["score"] is None


def test_redundant_writes_are_found_among_twelve():
    gold = [place(order, "1 Elm St") for order in ("#W1", "#W2", "#W6", "#W7")]
    gold += [home(user) for user in ("mia_kim_1", "leo_marsh_2", "ana_ortiz_3")]
    gold += [
        back("#W3", "mug_white", "credit_card_1"),
        back("#W8", "mug_white", "paypal_2"),
        cancelled("#W2"),
        cancelled("#W7"),
    ]
    assert retail(gold, gold)["score"] == 1
    assert retail([place("#W1", "9 Elm St"), *gold], gold)["score"] == 1 / 2


def home(user: str) -> Turn:
    names = {"address1": "1 Elm St", "address2": "", "city": "Omaha", "state": "NE", "country": "USA", "zip": "68102"}
    return ("call", ("modify_user_address", {"user_id": user, **names}))


def back(order: str, item: str, method: str) -> Turn:
    arguments = {"order_id": order, "item_ids": [item], "payment_method_id": method}
    return ("call", ("return_delivered_order_items", arguments))


def cancelled(order: str) -> Turn:
    return ("call", ("cancel_pending_order", {"order_id": order, "reason": "no longer needed"}))
