"""One conversation as a person reads it: who said what, what each call changed, and what the rules say of it."""

from collections.abc import Collection, Iterator
from io import StringIO
from typing import Any

from attrs import frozen
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.events import Call, Message, Step, read_trajectory
from ..backends.python.runtime.report import walk_doubting
from ..backends.python.runtime.sandbox import Judgement, Program
from ..backends.python.runtime.world import World
from ..world.monitor import events_by_step
from ..world.state import diff_pointers, dumps
from .cells import visible
from .oddities import told_apart

MARKS = {
    "satisfied": ("✓", "green"),
    "violated": ("✗", "bold red"),
    "unknown": ("?", "yellow"),
    "attempted": ("~", "yellow"),
}
WIDEST_VALUE = 90
MOST_SAID = 10_000  # characters of one message that are shown


@frozen
class Moment:
    """One step of a conversation: its events, what they changed, and what the rules came to. `step` None is its end."""

    step: Step | None
    events: tuple[Message | Call, ...]
    changes: tuple[list[Any], ...]
    judgements: tuple[Judgement, ...]


def moments_of(program: Program, world: World, messages: Any) -> Iterator[Moment]:
    """A conversation step by step. `world` is as it was before the first event."""
    trajectory = read_trajectory(messages)
    run = Run(program, walk_doubting(program, trajectory, world)[1].fork())
    for step, own in events_by_step(trajectory):
        count, before = len(run.judgements), run.world.fork()
        run.step(step, own)
        yield Moment(step, tuple(own), tuple(diff_pointers(run.world, before)), tuple(run.judgements[count:]))
    count = len(run.judgements)
    run.finish()
    yield Moment(None, (), (), tuple(run.judgements[count:]))


def render_timeline(
    program: Program,
    world: World,
    messages: Any,
    report: dict[str, Any] | None = None,
    kept: Collection[str] = (),
) -> RenderableType:
    """The events of a conversation with state changes and judgements, and what its report says. `world` is as it was
    before the first event. Of a rule that is satisfied nothing is shown, unless it is one of `kept`."""
    parts: list[RenderableType] = []
    for moment in moments_of(program, world, messages):
        judged = [_judgement(program, j) for j in moment.judgements if j.verdict != "satisfied" or j.rule in kept]
        if moment.step is not None:
            parts.append(_step(moment.step, list(moment.events)))
        elif judged:
            parts.append(Text("─ at the end", style="dim"))
        parts += [*(_change(pointer, value) for pointer, value in moment.changes), *judged]
    return Group(*parts, *(_summary(report, world.complete) if report is not None else ()))


def timeline_rows(program: Program, world: World, messages: Any) -> list[dict[str, Any]]:
    """The same as data: a row a step, and one for the end."""
    return [_row(program, m) for m in moments_of(program, world, messages)]


def _row(program: Program, moment: Moment) -> dict[str, Any]:
    said: dict[str, Any] = {"message": None, "role": None, "text": None, "calls": []}
    if moment.step is not None:
        calls = [
            {"tool": e.tool, "arguments": e.arguments, "ok": e.ok, "result": e.result if e.ok else e.result_text}
            for e in moment.events
            if isinstance(e, Call)
        ]
        said = {"message": moment.step.message, "role": moment.step.role, "text": moment.step.text, "calls": calls}
    verdicts = [
        {"rule": j.rule, "label": j.label, "verdict": j.verdict, "call": j.call, "text": j.text}
        for j in moment.judgements
    ]
    return {**said, "changes": list(moment.changes), "verdicts": verdicts}


def _step(step: Step, own: list[Any]) -> RenderableType:
    style = "bold cyan" if step.role == "user" else "bold magenta"
    lines: list[RenderableType] = [Text.assemble((f"{step.message:>3} ", "dim"), (step.role, style))]
    if step.text:
        said = "\n".join(map(visible, step.text[:MOST_SAID].split("\n")))
        more = len(step.text) - MOST_SAID
        rest = (f" … and {more:,} more characters", "dim") if more > 0 else ""
        lines.append(Padding(Text.assemble(said, rest), (0, 0, 0, 6)))
    lines += [Padding(_call(e), (0, 0, 0, 6)) for e in own if isinstance(e, Call)]
    return Group(*lines)


def _call(call: Call) -> Text:
    arguments = ", ".join(f"{k}={_short(v)}" for k, v in call.arguments.items())
    if call.malformed:
        arguments = "arguments that cannot be read"
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


def _summary(report: dict[str, Any], has_state: bool) -> list[RenderableType]:
    if "error" in report:
        return [Text(f"refused: {visible(str(report['error']))}", style="red")]
    outcome = report["outcome"]
    lines: list[RenderableType] = [Text()]
    mark, style = MARKS[report["verdict"]]
    lines.append(Text.assemble((f"{mark} {report['verdict']}", style), f" · {_wanted(report)}"))
    for part in outcome["missing"]:
        lines.append(_indented(f"{part['kind']} {part['at']}", 2, "red"))
        lines += [_indented(_differing(f), 6) for f in part["fields"]]
    for place in outcome["redundant"]:
        lines.append(_indented(f"redundant {place['tool']} at message {place['event']['message']}", 2, "yellow"))
    for wrong in report["world"]["mismatches"]:
        where = f"recorded result differs at message {wrong['event']['message']}"
        lines.append(_indented(f"{where}: {told_apart(wrong, has_state)}", 2, "yellow"))
    return lines


def _wanted(report: dict[str, Any]) -> str:
    """What came of what the task wanted. A record without a task has no score, which is not an unknown one."""
    outcome = report["outcome"]
    if "parts" not in outcome:
        return "no task, so no score: only the rules were judged"
    score = "score unknown" if report["score"] is None else f"score {report['score']:g}"
    return f"{score} · state {outcome['state']} · said {outcome['said']}"


def _differing(field: dict[str, Any]) -> str:
    return f"{field['field']}: wanted {_short(field['wanted'])}, found {_short(field['found'])}"


def _indented(text: str, by: int, style: str = "") -> RenderableType:
    return Padding(Text(visible(text), style=style), (0, 0, 0, by))


def written(told: RenderableType, colour: bool, width: int) -> str:
    """A timeline as text."""
    screen = Console(
        highlight=False,
        no_color=not colour,
        force_terminal=colour,
        emoji=False,
        markup=False,
        width=width,
        file=StringIO(),
    )
    with screen.capture() as caught:
        screen.print(told)
    return "\n".join(line.rstrip() for line in caught.get().splitlines())


def console(colour: bool) -> Console:
    return Console(highlight=False, no_color=not colour, soft_wrap=False, emoji=False, markup=False)
