"""A story as people and programs read it: a few lines of text, or JSON with the conversation in words.

The words are made to mean what the facts say, to the recognisers that this desk uses. Whether they do is not taken for
granted: the generated checker hears the conversation, and `heard` says whether it agrees with the reference.
"""

import json
from typing import Any

from ..backends.prompt.words import money
from ..backends.python.runtime.events import TrajectoryError
from ..backends.python.runtime.exact import parse_json
from ..backends.python.runtime.facts import claims, supports
from ..backends.python.runtime.report import verify_conversation
from ..backends.smt.bounded.decode import Said
from ..backends.smt.relevance import once
from ..core.patterns import example_of
from ..core.spec import Spec
from ..core.values import holds_unknown, is_number
from ..world.program import program_of
from ..world.state import to_jsonable, world_of
from .replay import Event, Story

Message = dict[str, Any]
YES, NOTHING_MUCH = "Yes, please.", "Well."


def brief(value: Any) -> str:
    """A value on part of a line."""
    match value:
        case None:
            return "nothing"
        case dict():
            return next((v for v in value.values() if isinstance(v, str)), "{…}")
        case list():
            return f"[{', '.join(map(brief, value))}]"
        case str() | bool():
            return json.dumps(to_jsonable(value), ensure_ascii=False)
    return "what is not known" if holds_unknown(value) else str(to_jsonable(value))


def tell(story: Story) -> list[str]:
    """What happens, line by line: who is drawn, what is said and called, what changes."""
    drawn = [f"{name} is {brief(value)}" for name, value in story.bindings.items() if _is_told(value)]
    lines = ["  ".join(drawn)] if drawn else []
    for event in story.events:
        lines.append(_line(event, story))
        for at, pointer, before, after in story.changes:
            if at == event.position:
                lines.append(f"      {pointer}: {brief(before)} → {brief(after)}")
    at_end = any(j.verdict == "violated" and j.position is None for j in story.judgements)
    return [*lines, "  the conversation ends"] if at_end else lines


def _is_told(value: Any) -> bool:
    """Whether a line says what a name stands for: a row by its key, a text or a number."""
    return isinstance(value, (dict, str)) or is_number(value) or isinstance(value, bool)


def gist(story: Story) -> str:
    """A story on part of a line: what the user says, and what is called."""
    lines = [_line(e, story).strip() for e in story.events if e.kind == "call" or e.role == "user"]
    silent = "user says something"
    return "; ".join(line.partition(" = ")[0] for line in lines if line != silent)


def _line(event: Event, story: Story) -> str:
    if event.kind == "message":
        facts = [s for s in story.said if s.event == event.position]
        told = [f"“{p}”" for p in _phrases(facts)]
        said = [_said(s.op, s.about or s.texts) for s in facts
                if s.op != "mentions" and (s.about or s.texts or s.op == "affirms")]  # fmt: skip
        said = list(dict.fromkeys([*said, *told]))
        step = next((s for s in story.steps if s.position == event.position), None)
        at_once = ", and at once" if step is not None and step.calls else ""
        return f"  {event.role} says {' and '.join(said) or 'something'}{at_once}"
    arguments = ", ".join(f"{n}: {brief(v)}" for n, v in event.arguments.items())
    outcome = {True: "", False: f"  fails: {event.result}", None: "  may not be made"}[event.ok]
    result = f" = {event.result_text}" if event.ok and isinstance(event.result, str) and len(event.result) < 40 else ""
    return f"  {event.role} calls {event.tool}({arguments}){result}{outcome}"


def _phrases(facts: list[Said]) -> list[str]:
    """Phrases that mention what a message mentions: one that says several things says them all."""
    found: list[str] = []
    named = [s.about[0] if isinstance(s.about[0], tuple) else (s.about[0],) for s in facts if s.op == "mentions"]
    for phrases in sorted(named, key=len):
        if phrases and not set(phrases) & set(found):
            found.append(max(phrases, key=lambda p: sum(p in others for others in named)))
    return found


def _said(op: str, about: tuple[Any, ...]) -> str:
    match op:
        case "affirms":
            return "yes"
        case "lists":
            return "what the call will do"
        case "matches":
            return f"“{_example(about[0])}”"
        case "says":
            return f"“{about[0]}”"
        case "says_amount":
            return money(about[0])
    return (
        f"{', '.join(f'“{a}”' for a in about)}, out of nothing"
        if op == "invented"
        else ", ".join(map(str, about)) or op
    )


# --- in words ---------------------------------------------------------------------------------------------------------


def conversation(story: Story) -> list[Message]:
    """The events as chat-completions messages, with words that mean what the facts say."""
    messages: list[Message] = []
    texts = _texts(story)
    for step in story.steps:
        events = [
            e for e in story.events if step.position <= e.position and e in (*step.calls, *_messages(step, story))
        ]
        text = next((texts[e.position] for e in events if e.kind == "message"), None)
        calls = [e for e in events if e.kind == "call"]
        made = [
            {
                "id": f"call_{e.position}",
                "type": "function",
                "function": {"name": e.tool, "arguments": to_jsonable(e.arguments)},
            }
            for e in calls
        ]
        role = "user" if step.role == "user" else "assistant"
        messages.append({"role": role, "content": text, **({"tool_calls": made} if made else {})})
        messages += [
            {"role": "tool", "tool_call_id": f"call_{e.position}", "content": e.result_text}
            for e in calls
            if e.ok is not None
        ]
    return messages


def _texts(story: Story) -> dict[int, str]:
    """What each message says, by its number. What an agent states and is not said to invent, somebody has given: where
    no result shows it, the user has said it before."""
    texts: dict[int, str] = {}
    asker: int | None = None
    sources: list[str] = []
    for event in story.events:
        if event.kind == "call":
            sources.append(event.result_text)
            continue
        text = texts[event.position] = words(event, story)
        invented = {t for s in story.said if s.op == "invented" and s.event == event.position for t in s.texts}
        given = [c for c in claims(text) if event.role == "agent" and c not in invented and not supports(c, sources)]
        if event.role == "user":
            asker = event.position
            sources.append(text)
        elif given and asker is not None:
            texts[asker] = " ".join(
                [*([] if texts[asker] == NOTHING_MUCH else [texts[asker]]), *(f"{c}." for c in given)]
            )
            sources += given
    return texts


def _messages(step: Any, story: Story) -> list[Event]:
    event = story.events[step.position]
    return [event] if event.kind == "message" else []


def words(event: Event, story: Story) -> str:
    """A text for what a message says."""
    parts: list[str] = []
    facts = [s for s in story.said if s.event == event.position]
    for phrase in _phrases(facts):
        if not any(phrase.lower() in p.lower() for p in parts):
            parts.append(f"{phrase}.")
    if fitting := list(dict.fromkeys(_example(s.about[0]) for s in facts if s.op == "matches")):
        parts.append(f"{', '.join(fitting).capitalize()}.")  # in one sentence: a rule may want them in one
    for said in facts:
        match said.op:
            case "affirms":
                parts.insert(0, YES)
            case "lists":
                call = story.events[said.about[0][1]] if said.about[0][1] >= 0 else None
                parts += [f"{n}: {_plainly(v)}." for n, v in call.arguments.items()] if call is not None else []
            case "says":
                parts.append(str(said.about[0]))
            case "says_amount":
                parts.append(f"${said.about[0]:,.2f}")
            case "claims" | "invented":
                parts += [t if " " in t else f"{t}." for t in said.texts]
    return " ".join(parts) or NOTHING_MUCH


def _example(patterns: Any) -> str:
    """Words that fit the first of some patterns."""
    return example_of(str(patterns[0] if isinstance(patterns, tuple) else patterns))


def _plainly(value: Any) -> str:
    if isinstance(value, dict):
        value = list(value.values())
    return ", ".join(map(_plainly, value)) if isinstance(value, list) else str(to_jsonable(value))


def heard(spec: Spec, story: Story) -> bool:
    """Whether the generated checker, which hears the words, finds the rules broken that the reference finds broken."""
    return misheard(spec, story) == set()


def misheard(spec: Spec, story: Story) -> set[str] | None:
    """The rules that the generated checker finds broken and the reference does not, or the other way round; None where
    the checker cannot read the conversation."""
    program = _program(spec)
    try:
        told: Any = parse_json(json.dumps([conversation(story), placed(story.state, spec)]))  # numbers as they are read
        report = verify_conversation(program, told[0], world_of(told[1], program))
    except TrajectoryError:
        return None
    found = {r["rule"] for r in report.get("rules", ()) if r["verdict"] == "violated" and r["severity"] == "error"}
    return None if "error" in report else found ^ story.broken(spec)


_program = once(program_of)


def placed(state: dict[str, Any], spec: Spec) -> dict[str, Any]:
    """A world as a database has it: every table and state at its place."""
    made: dict[str, Any] = {}
    places = {n: t.place for n, t in spec.tables.items()} | {n: s.place for n, s in spec.states.items()}
    for name, place in places.items():
        *path, last = place or (name,)
        inside = made
        for part in path:
            inside = inside.setdefault(part, {})
        inside[last] = to_jsonable(state[name])
    return made


def to_json(story: Story, spec: Spec) -> dict[str, Any]:
    """A story as JSON: the world before, what names stand for, facts, the conversation in words, and what changed."""
    return {
        "state": placed(story.state, spec),
        "bindings": to_jsonable(story.bindings),
        "facts": [{"event": s.event, "op": s.op, "about": to_jsonable(list(s.about or s.texts))} for s in story.said],
        "messages": conversation(story),
        "heard": heard(spec, story),
        "changes": [
            {"event": n, "pointer": p, "before": to_jsonable(a), "after": to_jsonable(b)}
            for n, p, a, b in story.changes
        ],
        "broken": sorted(story.broken(spec)),
    }


def plan_of(story: Story) -> list[dict[str, Any]]:
    """The calls of a story, as tasks write them."""
    who = {"agent": "assistant", "user": "user"}
    return [{"requestor": who[c.role], "name": c.tool, "arguments": to_jsonable(c.arguments)} for c in story.calls]


__all__ = ["brief", "conversation", "gist", "heard", "misheard", "plan_of", "tell", "to_json"]
