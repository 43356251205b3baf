"""What tasks pay agents that serve nobody, as lines for people and as rows for programs."""

from typing import Any

from ..core.spec import Spec
from ..solve.rewards import HAND_OVER, REFUSE, Paid, Row, remedy, why
from ..world.state import to_jsonable
from .render_json import encode_span


def reward_row(row: Row, spec: Spec) -> dict[str, Any]:
    """`{scenario, tasks, tried, paid, findings[{strategy, why, remedy, due, task, messages}], span}`."""
    return {
        "scenario": row.scenario, "tasks": row.tasks, "tried": row.tried, "paid": row.paid,
        "findings": [_finding(p) for p in row.examples], "why_none": row.why_none,
        "span": encode_span(row.span, spec.sources),
    }  # fmt: skip


def _finding(paid: Paid) -> dict[str, Any]:
    return {
        "strategy": paid.strategy, "why": why(paid), "remedy": remedy(paid), "due": paid.due,
        "task": paid.task.id, "index": paid.task.index, "messages": to_jsonable(paid.messages[1:]),
    }  # fmt: skip


def reward_lines(row: Row, spec: Spec, stories: bool) -> list[str]:
    """One line for each scenario; under it, what pays, where the scenario stands, and what would end it."""
    if not row.tasks:
        return [f"? {row.scenario}: no task was drawn ({row.why_none})"]
    mark = "✗" if row.wrong else "·" if row.examples else "✓"
    fine = "" if row.examples else f": no agent without merit is paid in {row.tasks} tasks"
    lines = [f"{mark} {row.scenario}{fine}"]
    for paid in row.examples:
        many = f"{row.paid[paid.strategy]} of {row.tried[paid.strategy]} tasks"
        if paid.due and paid.strategy == HAND_OVER:
            lines.append(f"    {paid.strategy} is paid in {many}: it is what the scenario asks for")
            continue
        lines.append(f"    {paid.strategy} is paid in {many}: {why(paid)}")
        place = encode_span(row.span, spec.sources)
        at = f"{place['path']}:{place['start']['line']}: " if place is not None else ""
        lines.append(f"      {at}{remedy(paid)}")
        lines += [f"      {line}" for m in paid.messages[1:] for line in _said(m)] if stories else []
    return lines


def _said(message: dict[str, Any]) -> list[str]:
    role = {"assistant": "agent"}.get(message["role"], message["role"])
    calls = [c["function"]["name"] for c in message.get("tool_calls") or ()]
    said = [f"{role}: {message['content']}"] if message.get("content") and role != "tool" else []
    return [*said, *(f"{role} calls {name}" for name in calls)]


def summary(rows: list[Row], spec: Spec) -> str:
    """What it all comes to."""
    wrong = [r for r in rows if r.wrong]
    tasks = sum(r.tasks for r in rows)
    pay = "pays" if len(wrong) == 1 else "pay"
    found = f"{len(wrong)} {pay} an agent without merit" if wrong else "none pays an agent without merit"
    pure = [r for r in rows if any(p.due and p.strategy == REFUSE for p in r.examples)]
    weights = spec.scenarios
    share = sum(weights[r.scenario].weight for r in pure) / (sum(weights[r.scenario].weight for r in rows) or 1)
    also = f"; {len(pure)} of the scenarios, {share:.0%} by weight, settle for a refusal" if pure else ""
    return f"{len(rows)} scenarios, {tasks} tasks: {found}{also}"


__all__ = ["reward_lines", "reward_row", "summary"]
