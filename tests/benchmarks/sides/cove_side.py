"""The rules as a specification. Tools are declared with the arguments that the conversation gives them."""

import time
from typing import Any

from clock import MANY, answer, at_points, job, median_us

from cove_dsl.backends.python.runtime.events import read_trajectory
from cove_dsl.pipeline import Compiler
from cove_dsl.world.desk import Desk

FORMS = {
    "order": 'rule {name} "First {a}, then {b}." {{ before call to {b}  require met: some earlier call to {a} }}',
    "never_after": 'rule {name} "After {a}, no {b}." {{ before call to {b}  require met: no earlier call to {a} }}',
    "limit": 'rule {name} "Call {a} at most {n} times." {{ at most {n} call to {a} }}',
    "phrase": 'rule {name} "Never say it." {{ before agent message  require met: not mentions(message, "{phrase}") }}',
}


def specification(rules: list[dict[str, Any]], messages: list[dict[str, Any]]) -> str:
    wanted: dict[str, set[str]] = {rule[k]: set() for rule in rules for k in ("a", "b") if rule.get(k)}
    for call in (c["function"] for m in messages for c in m.get("tool_calls") or ()):
        wanted.setdefault(call["name"], set()).update(call["arguments"])
    tools = [
        f"read tool {name}({', '.join(f'{a}: json?' for a in sorted(arguments))}) -> json touches nothing"
        for name, arguments in sorted(wanted.items())
    ]
    made = [FORMS[rule["kind"]].format(**rule) for rule in rules]
    return "\n".join(['domain peers "The same rules, stated here."', *tools, *made])


def online(desk: Desk, messages: list[dict[str, Any]], points: list[int]) -> dict[str, Any]:
    """Before each call it is asked for; then each message is taken in. A call comes with its result."""
    monitor, broken, at = desk.monitor(), set(), 0
    spent: dict[str, list[tuple[int, int]]] = {"asked": [], "event": [], "message": []}
    while at < len(messages):
        calls = messages[at].get("tool_calls")
        event = messages[at : at + 1 + len(calls or ())]
        if calls:
            started = time.perf_counter_ns()
            monitor.allows(calls[0]["function"])
            spent["asked"].append((at, time.perf_counter_ns() - started))
        started = time.perf_counter_ns()
        found = monitor.observe(event)
        taken = time.perf_counter_ns() - started
        spent["event" if calls else "message"].append((at, taken // len(event)))
        broken |= {j.rule for j in found if j.verdict == "violated"}
        at += len(event)
    broken |= {j.rule for j in monitor.finish() if j.verdict == "violated"}
    return {"violated": sorted(broken), **{what: at_points(times, points) for what, times in spent.items()}}


def main() -> None:
    given = job()
    text, messages = specification(given["rules"], given["messages"]), given["messages"]
    started = time.perf_counter_ns()
    compiled = Compiler().compile([("peers.cove", text.encode())], {})
    assert compiled.spec is not None, compiled.problems
    desk = Desk(compiled.spec)
    parse = (time.perf_counter_ns() - started) / 1000
    if given["points"]:
        online(desk, messages, given["points"])  # warm
        answer({"left_out": [], "parse": parse, **online(desk, messages, given["points"])})
        return
    broken = sorted(r["rule"] for r in desk.verify(messages).rules if r["verdict"] == "violated")
    spent, read = median_us(lambda: desk.verify(messages), MANY), median_us(lambda: read_trajectory(messages), MANY)
    answer({"left_out": [], "violated": broken, "parse": parse, "score": spent, "read": read})


if __name__ == "__main__":
    main()
