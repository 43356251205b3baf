"""A policy over tools that nobody modelled: the same rules over the same conversations, with less that is known.

Every tool of a whole desk loses its body, as after an import. What is then decided is decided as it was; what is not
known is unknown; and every command takes such a desk.
"""

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner

from cove_dsl.backends.python.runtime.exact import parse_json
from cove_dsl.core.partial import written
from cove_dsl.core.spec import Spec
from cove_dsl.tools.cli import covec
from cove_dsl.tools.commands.build import backends
from cove_dsl.world.desk import Desk, World, load
from tests.conftest import ROOT
from tests.differential.machine import make_pair, some_desk

EXAMPLES = ROOT / "docs/examples"


def opaque(spec: Spec) -> Spec:
    """A desk whose tools nobody modelled: only what they may change is said."""
    tools = {
        name: attrs.evolve(tool, body=None, touches=tuple(sorted(written(tool.body, spec.defines))))
        if tool.body is not None
        else tool
        for name, tool in spec.tools.items()
    }
    return attrs.evolve(spec, tools=tools, sync=(), hash=f"{spec.hash}-opaque")


@cache
def both(name: str) -> tuple[Desk, Desk]:
    whole = load(name)
    return whole, Desk(opaque(whole.spec))


def judgements(report: Any) -> Counter[tuple[str, int, int | None, str]]:
    """What each event came to under each rule, where it was decided."""
    return Counter(
        (r["rule"], e["message"], e.get("call"), e["verdict"])
        for r in report.rules
        for e in r["events"]
        if e["verdict"] == "violated"
    )


def conversations() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (EXAMPLES / "conversations.jsonl").read_text(encoding="utf-8").splitlines()]


def test_what_is_decided_without_bodies_is_decided_alike():
    whole, bare = both(str(EXAMPLES / "tea.cove"))
    world = World.from_json(EXAMPLES / "shop.json", whole)
    seen = Counter[str]()
    for record in conversations():
        known, less = whole.verify(record["messages"], world=world), bare.verify(record["messages"])
        assert judgements(less) <= judgements(known)
        for a, b in zip(known.rules, less.rules, strict=True):
            seen[b["verdict"]] += 1
            if b["verdict"] == "satisfied":
                assert a["verdict"] == "satisfied", (record["id"], a["rule"])
    assert seen["satisfied"] > 10
    assert seen["violated"] == 1


@pytest.mark.parametrize("seed", range(40))
def test_any_desk_without_bodies(seed):
    """On generated desks and conversations whose results are the desk's own."""
    desk = some_desk(seed)
    bare = Desk(opaque(desk.spec))
    for n in range(3):
        pair = make_pair(desk, seed * 100 + n)
        whole = Desk(desk.spec)
        world = World(whole.program, whole_world(whole, pair.state)) if pair.state is not None else None
        known = whole.verify(pair.messages, world=world)
        if pair.state is None or "error" in known.data or known.data["world"]["mismatches"]:
            continue
        less = bare.verify(pair.messages)
        verdicts = {r["rule"]: r["verdict"] for r in known.rules}
        for rule in less.rules:
            if rule["basis"] != "judge" and rule["verdict"] != "unknown":
                assert verdicts[rule["rule"]] == rule["verdict"], (rule["rule"], desk.text)


def whole_world(desk: Desk, state: Any) -> Any:
    from cove_dsl.world.state import world_of

    return world_of(state, desk.program)


def in_doubt_until_known(desk, arguments):
    """A call of `drop` is judged where it is known that there are no things, and not without that."""
    call = {"id": "c", "name": "drop", "arguments": arguments}
    messages = [{"role": "assistant", "tool_calls": [call]}, {"role": "tool", "id": "c", "content": "{}"}]
    (rule,) = desk.verify(messages).rules
    assert rule["verdict"] == "unknown"
    empty = World(desk.program, whole_world(desk, {"things": {}}))
    (rule,) = desk.verify(messages, world=empty).rules
    assert rule["verdict"] == "violated"


def test_a_loop_that_may_have_left_the_rule_leaves_what_follows_in_doubt(tmp_path):
    """Over rows that nobody knows, `else unknown` may have ended the rule before what comes after the loop."""
    spec = tmp_path / "desk.cove"
    spec.write_text(
        """domain desk
record Thing { id: id, note: text? }
table things: Thing key id
write tool drop(id: id) -> json touches things
rule noted "Drop nothing." {
  before call to drop
  for t in things {
    let note = t.note else unknown
    require short: note == "x"
  }
  require never: call.id == ""
}
"""
    )
    desk = load(str(spec))
    in_doubt_until_known(desk, {"id": "a"})


def test_two_ways_that_both_leave_leave_a_doubt_behind(tmp_path):
    """One way ends the rule and the other this turn: what follows the loop may not be judged at all."""
    spec = tmp_path / "desk.cove"
    spec.write_text(
        """domain desk
record Thing { id: id, open: bool }
table things: Thing key id
write tool drop(id: id, parts: list[int]) -> json touches things
rule noted "Drop nothing." {
  before call to drop
  if some (things where .open) {
    for part in call.parts {
      if count(things) > 5 { fail "Too many." } else { skip }
    }
  }
  require never: call.id == ""
}
"""
    )
    desk = load(str(spec))
    in_doubt_until_known(desk, {"id": "a", "parts": [1]})


def test_state_is_known_from_results_alone(tmp_path):
    """A row that a result shows is known; a write that nobody modelled makes it unknown again; the next look helps."""
    spec = tmp_path / "desk.cove"
    spec.write_text(
        """domain desk
record Order { id: id, open: bool }
table orders: Order key id
read tool look(id: ref orders) -> Order touches nothing
write tool close(id: ref orders) -> json touches orders
rule only_open "Only open ones." {
  before call to close
  let order = orders[call.id] else skip
  require still_open: order.open
}
""",
        encoding="utf-8",
    )
    monitor = load(str(spec)).monitor()

    def decide() -> str:
        return monitor.allows({"name": "close", "arguments": {"id": "A"}}).verdict

    def made(name: str, result: str) -> None:
        call = {"id": "1", "type": "function", "function": {"name": name, "arguments": {"id": "A"}}}
        answer = {"role": "tool", "tool_call_id": "1", "content": result}
        monitor.observe([{"role": "assistant", "content": None, "tool_calls": [call]}, answer])

    assert decide() == "undecided"
    made("look", '{"id": "A", "open": true}')
    assert decide() == "allow"
    made("close", '"done"')
    assert decide() == "undecided"
    made("look", '{"id": "A", "open": false}')
    assert decide() == "deny"


def test_every_back_end_takes_it():
    _, bare = both("retail")
    made = {b.name: b.emit(bare.spec) for b in backends()}
    whole = {b.name: b.emit(both("retail")[0].spec) for b in backends()}
    assert made["prompt"].files["agent.md"] == whole["prompt"].files["agent.md"]
    assert made["schema"].files == whole["schema"].files
    names: dict[str, Any] = {}
    exec(compile(made["python"].files["checker.py"], "checker.py", "exec"), names)
    assert names["verify"]([{"role": "user", "content": "Hello"}])["verdict"] in ("satisfied", "unknown")


def test_the_commands_take_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = CliRunner()
    assert run.invoke(covec, ["init", "desk", "--template", "policy"]).exit_code == 0
    assert run.invoke(covec, ["check", "desk"]).exit_code == 0
    assert run.invoke(covec, ["test", "desk"]).exit_code == 0
    call = {
        "id": "1",
        "type": "function",
        "function": {"name": "pay_back", "arguments": {"payment_id": "P", "amount": 7}},
    }
    talk = [
        {"role": "user", "content": "Pay P back."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "ok"},
    ]
    Path("log.jsonl").write_text(json.dumps({"id": "one", "messages": talk}) + "\n", encoding="utf-8")
    judged = run.invoke(covec, ["verify", "desk", "log.jsonl", "--format", "json"])
    assert judged.exit_code == 1
    verdicts = {r["rule"]: r["verdict"] for r in json.loads(judged.stdout)["rules"]}
    assert verdicts["account_first"] == verdicts["explicit_yes"] == "violated"
    assert verdicts["small_sums"] == verdicts["paid_once"] == verdicts["right_account"] == "satisfied"
    assert run.invoke(covec, ["build", "desk", "-o", "out"]).exit_code == 0
    assert "Never pay back more than $100" in Path("out/prompts/agent.md").read_text(encoding="utf-8")
    timeline = run.invoke(covec, ["verify", "desk", "log.jsonl", "--timeline"])
    assert "pay_back" in timeline.stdout


def test_recorded_conversations(shared_data: Path):
    """Real conversations of a shop: without bodies and without the database, nothing is accused that was innocent."""
    whole, bare = both("retail")
    world = World.from_json(shared_data / "retail" / "db.json", whole)
    seen, wrong = Counter[str](), []
    lines = (shared_data / "trajectories" / "retail-gpt41.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        record = parse_json(line)
        known, less = whole.verify(record["messages"], world=world), bare.verify(record["messages"])
        if "error" in known.data or known.data["world"]["mismatches"]:
            continue
        verdicts = {r["rule"]: r["verdict"] for r in known.rules}
        for rule in less.rules:
            seen[rule["verdict"]] += 1
            if rule["verdict"] != "unknown" and verdicts[rule["rule"]] not in (rule["verdict"], "attempted"):
                wrong.append((record["id"], rule["rule"], rule["verdict"], verdicts[rule["rule"]]))
    assert wrong == []
    assert seen["violated"] > 5
    assert seen["satisfied"] > 500
