"""The rules as AgentLTL constraints. It knows calls alone: rules about messages are left out, and said to be."""

import time
from typing import Any

from agentltl import (
    CalledNTimes,
    Constraint,
    Enforcer,
    Globally,
    Historically,
    Implies,
    Not,
    Now,
    Once,
    verify_trace,
)
from clock import MANY, answer, at_points, job, median_us


def formula(rule: dict[str, Any]) -> Any:
    match rule["kind"]:
        case "order":
            return Globally(Implies(Now(rule["b"]), Once(Now(rule["a"]))))
        case "never_after":
            return Globally(Implies(Now(rule["b"]), Historically(Not(Now(rule["a"])))))
        case "limit":
            return CalledNTimes(rule["a"], rule["n"], "<=")
    return None


def calls(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made = [(at, c["function"]) for at, m in enumerate(messages) for c in m.get("tool_calls") or ()]
    return [{"tool_name": c["name"], "tool_args": c["arguments"], "tool_result": "ok", "at": at} for at, c in made]


def online(constraints: list[Any], made: list[dict[str, Any]], points: list[int]) -> dict[str, Any]:
    """Each call is asked for and then recorded, as a guard does; what it breaks is recorded too, and goes on."""
    enforcer, times, broken = Enforcer(constraints, nudge_max=len(constraints)), [], set()
    for call in made:
        started = time.perf_counter_ns()
        decision = enforcer.check(call["tool_name"], call["tool_args"])
        enforcer.record_completed(call["tool_name"], call["tool_args"], result="ok")
        times.append((call["at"], time.perf_counter_ns() - started))
        broken |= {v.constraint_name for v in decision.violations}
    return {"violated": sorted(broken), "call": at_points(times, points)}


def main() -> None:
    given = job()
    stated = [(rule["name"], formula(rule)) for rule in given["rules"]]
    constraints = [Constraint(name, made) for name, made in stated if made is not None]
    left_out = [name for name, made in stated if made is None]
    if given["points"]:
        answer({"left_out": left_out, **online(constraints, calls(given["messages"]), given["points"])})
        return

    def score() -> dict[str, Any]:
        return verify_trace({"tool_calls": calls(given["messages"])}, constraints)  # type: ignore[no-any-return]

    broken = sorted(c["name"] for c in score()["constraints"] if not c["passed"])
    answer({"left_out": left_out, "violated": broken, "score": median_us(score, MANY)})


if __name__ == "__main__":
    main()
