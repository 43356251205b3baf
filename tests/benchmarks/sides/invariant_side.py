"""The rules as an Invariant policy, evaluated locally, with its cap on evaluations lifted."""

import os
import time
from typing import Any

os.environ["INVARIANT_MAX_ITERATIONS"] = "100000000"

from clock import answer, job, median_us
from invariant.analyzer import LocalPolicy

FORMS = {
    "order": """raise "{name}" if:
    (b: ToolCall)
    b is tool:{b}
    count(max=0):
        (a: ToolCall) -> b
        a is tool:{a}
""",
    "never_after": """raise "{name}" if:
    (a: ToolCall) -> (b: ToolCall)
    a is tool:{a}
    b is tool:{b}
""",
    "limit": """raise "{name}" if:
    count(min={n}):
        (a: ToolCall)
        a is tool:{a}
""",
    "phrase": """raise "{name}" if:
    (msg: Message)
    msg.role == "assistant"
    "{phrase}" in msg.content.lower()
""",
}
FEW = 3  # rounds: one takes long


def policy(rules: list[dict[str, Any]]) -> str:
    texts = [FORMS[rule["kind"]].format(**{**rule, "n": rule.get("n", 0) + 1}) for rule in rules]
    return "\n".join(["from invariant import count", *texts])


def names(result: Any) -> set[str]:
    return {str(error.args[0]) for error in result}


def at(made: LocalPolicy, messages: list[dict[str, Any]], point: int) -> float:
    """One event more, after so many: its past is given again, since the library keeps none. Measured once."""
    started = time.perf_counter_ns()
    made.analyze_pending(messages[:point], messages[point : point + 1])
    return (time.perf_counter_ns() - started) / 1000


def main() -> None:
    given = job()
    text, messages = policy(given["rules"]), given["messages"]
    started = time.perf_counter_ns()
    made = LocalPolicy.from_string(text)
    parse = (time.perf_counter_ns() - started) / 1000
    violated = sorted(names(made.analyze(messages).errors))
    found = {"left_out": [], "violated": violated, "parse": parse}
    if given["points"]:
        reachable = [p for p in given["points"] if p < len(messages)]
        answer({**found, "call": {p: at(made, messages, p) for p in reachable}})
        return
    answer({**found, "score": median_us(lambda: made.analyze(messages), FEW)})


if __name__ == "__main__":
    main()
