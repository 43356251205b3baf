"""One conversation as a person reads it: who said what, what each call changed, and what the rules say of it."""

from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.events import Call, Step, read_trajectory
from ..backends.python.runtime.sandbox import Judgement, Program
from ..backends.python.runtime.world import World
from ..world.state import diff_pointers, dumps
from .cells import visible

MARKS = {
    "satisfied": ("✓", "green"),
    "violated": ("✗", "bold red"),
    "unknown": ("?", "yellow"),
    "attempted": ("~", "yellow"),
}
WIDEST_VALUE = 90


def render_timeline(program: Program, world: World, messages: Any, report: dict[str, Any]) -> RenderableType:
    """The events of a conversation with state changes and judgements. `world` is as it was before the first event."""
    trajectory = read_trajectory(messages)
    run = Run(program, world.fork())
    parts: list[RenderableType] = []
    events = list(trajectory.events)
    for step in trajectory.steps:
        own = [e for e in events if e.step is step]
        count, before = len(run.judgements), run.world.fork()
        run.step(step, list(own))
        parts.append(_step(step, own))
        parts += [_change(pointer, value) for pointer, value in diff_pointers(run.world, before)]
        parts += [_judgement(program, j) for j in run.judgements[count:] if _worth_showing(j)]
    count = len(run.judgements)
    run.finish()
    ending = [_judgement(program, j) for j in run.judgements[count:] if _worth_showing(j)]
    if ending:
        parts += [Text("─ at the end", style="dim"), *ending]
    return Group(*parts, *_summary(report))


def render_messages(messages: Any) -> RenderableType:
    """A conversation without its world: who said and called what."""
    trajectory = read_trajectory(list(messages))
    return Group(*(_step(step, [e for e in trajectory.events if e.step is step]) for step in trajectory.steps))


def _worth_showing(found: Judgement) -> bool:
    return found.verdict != "satisfied"


def _step(step: Step, own: list[Any]) -> RenderableType:
    style = "bold cyan" if step.role == "user" else "bold magenta"
    lines: list[RenderableType] = [Text.assemble((f"{step.message:>3} ", "dim"), (step.role, style))]
    if step.text:
        lines.append(Padding(Text(visible(step.text)), (0, 0, 0, 6)))
    lines += [Padding(_call(e), (0, 0, 0, 6)) for e in own if isinstance(e, Call)]
    return Group(*lines)


def _call(call: Call) -> Text:
    arguments = ", ".join(f"{k}={_short(v)}" for k, v in call.arguments.items())
    result = "no result" if call.ok is None else _short(call.result if call.ok else call.result_text)
    mark = ("→ ", "dim") if call.ok is not False else ("✗ ", "red")
    return Text.assemble(
        (visible(call.tool), "bold"),
        f"({visible(arguments)})\n",
        mark,
        (visible(result), "dim" if call.ok is not False else "red"),
    )


def _short(value: Any) -> str:
    shown = dumps(value) if not isinstance(value, str) else value
    return shown if len(shown) <= WIDEST_VALUE else shown[: WIDEST_VALUE - 1] + "…"


def _change(pointer: str, value: Any) -> RenderableType:
    return Padding(
        Text.assemble(("± ", "blue"), (visible(pointer), "blue"), " = ", visible(_short(value))), (0, 0, 0, 6)
    )


def _judgement(program: Program, found: Judgement) -> RenderableType:
    mark, style = MARKS.get(found.verdict, ("·", "dim"))
    rule = program.rules[found.rule]
    name = f"{found.rule}.{found.label}" if found.label else found.rule
    text = found.text or rule.text
    return Padding(
        Text.assemble((f"{mark} {name} ", style), (found.verdict, style), f"  {visible(text)}"), (0, 0, 0, 6)
    )


def _summary(report: dict[str, Any]) -> list[RenderableType]:
    if "error" in report:
        return [Text(f"refused: {visible(str(report['error']))}", style="red")]
    outcome = report["outcome"]
    lines: list[RenderableType] = [Text()]
    mark, style = MARKS[report["verdict"]]
    score = "score unknown" if report["score"] is None else f"score {report['score']:g}"
    lines.append(
        Text.assemble(
            (f"{mark} {report['verdict']}", style), f" · {score} · state {outcome['state']} · said {outcome['said']}"
        )
    )
    for part in outcome["missing"]:
        lines.append(_indented(f"{part['kind']} {part['at']}", 2, "red"))
        lines += [_indented(_differing(f), 6) for f in part["fields"]]
    for place in outcome["redundant"]:
        lines.append(_indented(f"redundant {place['tool']} at message {place['event']['message']}", 2, "yellow"))
    for wrong in report["world"]["mismatches"]:
        shown = f"{_short(wrong['recorded'])} is not {_short(wrong['expected'])}"
        lines.append(_indented(f"recorded result differs at message {wrong['event']['message']}: {shown}", 2, "yellow"))
    return lines


def _differing(field: dict[str, Any]) -> str:
    return f"{field['field']}: wanted {_short(field['wanted'])}, found {_short(field['found'])}"


def _indented(text: str, by: int, style: str = "") -> RenderableType:
    return Padding(Text(visible(text), style=style), (0, 0, 0, by))


def console(colour: bool) -> Console:
    return Console(highlight=False, no_color=not colour, soft_wrap=False, emoji=False, markup=False)
