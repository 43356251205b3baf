"""Whose fault it is that a dialogue is not fit to learn from, and why: the agent's, the user's, the environment's; or
nobody's, where the scripted agent meets its limits or a rule stays undecided.

The verifier judges the agent. What it cannot see is a user that makes things up, gives away what it cannot know, or
leaves too early, so this looks at the user's words against what its task lets it say. A fault of the user's excuses the
agent only for what came after it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attrs import evolve, frozen

from ..backends.python.runtime.facts import claims, supports
from ..backends.python.runtime.language import declines
from ..world.state import dumps
from . import phrases as say
from .dialogue import Dialogue
from .parties import Chat, ends
from .tasks import Task
from .user_audit import NO_WORLD, Vocabulary, untold

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
WORDS = re.compile(r"[^\W_]{3,}")

Who = Literal["agent", "user", "environment", "limit", "undecided"]


@frozen
class Fault:
    """Something that one side did wrong, at a message."""

    who: Who
    cause: str
    message: int


@frozen
class Verdict:
    """`who` is None for a dialogue that is fit; `causes` are labels to count, `faults` the places."""

    who: Who | None
    causes: tuple[str, ...]
    faults: tuple[Fault, ...]

    def to_json(self) -> dict[str, Any]:
        places = [{"who": f.who, "cause": f.cause, "message": f.message} for f in self.faults]
        return {"blame": self.who, "causes": list(self.causes), "faults": places}


def judge(
    task: Task,
    held: Dialogue,
    report: dict[str, Any],
    known: Vocabulary = NO_WORLD,
    limits: Mapping[str, str] | None = None,
) -> Verdict:
    """The verdict over one dialogue. `report` is the verifier's; `known`: the kinds of facts that users are held to;
    `limits`: the rules that the scripted agent could not keep, which is no fault of an agent's."""
    of_agent = [_limited(f, limits or {}) for f in agent_faults(held, report)]
    faults = [*environment_faults(held, report), *user_faults(task, held, report, known), *of_agent]
    faults = sorted(faults, key=lambda f: (f.who != "environment", f.message))
    if faults:
        who = faults[0].who
        return Verdict(who, tuple(dict.fromkeys(f.cause for f in faults if f.who == who)), tuple(faults))
    if report["score"] == 1:
        return Verdict(None, (), ())
    unknown = [r["rule"] for r in report.get("rules", ()) if r["verdict"] == "unknown" and r["severity"] == "error"]
    beyond = tuple(f"rule:{name}" for name in unknown if name in (limits or {}))
    if beyond:
        return Verdict("limit", beyond, tuple(Fault("limit", c, len(held.messages) - 1) for c in beyond))
    causes = tuple(f"rule:{name}" for name in unknown) or ("outcome",)
    return Verdict("undecided", causes, tuple(Fault("undecided", c, len(held.messages) - 1) for c in causes))


def _limited(fault: Fault, limits: Mapping[str, str]) -> Fault:
    of_rule = fault.cause.removeprefix("rule:") in limits
    return evolve(fault, who="limit") if fault.who in ("agent", "user") and of_rule else fault


# --- environment ------------------------------------------------------------------------------------------------------


def environment_faults(held: Dialogue, report: dict[str, Any]) -> Iterator[Fault]:
    """A sandbox that could not say what a call does, or whose results are not those of the specification."""
    if held.ended == "environment_error":
        yield Fault("environment", "call_without_effect", len(held.messages) - 1)
    if "error" in report:
        yield Fault("environment", "cannot_be_judged", 0)
    for found in report.get("world", {}).get("mismatches", ()):
        at = found["event"]["message"]
        if not _other_sides(held.messages, at, str(found["recorded"])):
            yield Fault("environment", "other_result", at)


def _other_sides(messages: list[Chat], at: int, recorded: str) -> bool:
    """Whether a call was turned down because it is not that side's to make, which a replay does not look at."""
    names = [c["function"]["name"] for c in messages[at].get("tool_calls") or ()]
    return any(recorded == f"Error: there is no tool `{name}`" for name in names)


# --- agent ------------------------------------------------------------------------------------------------------------


def agent_faults(held: Dialogue, report: dict[str, Any]) -> Iterator[Fault]:
    """Broken rules, an end that is not as wanted, and a conversation that came to no end. What is missing at the end
    counts after all else: whoever ended the conversation too early answers for that."""
    last = len(held.messages) - 1
    for rule in report.get("rules", ()):
        if rule["verdict"] == "violated" and rule["severity"] == "error":
            at = next((e["message"] for e in rule["events"] if e["verdict"] == "violated"), last)
            who: Who = "user" if rule["blame"] == "user" else "agent"
            yield Fault(who, f"rule:{rule['rule']}", min(at, last))
    outcome = report.get("outcome") or {}
    for kind in dict.fromkeys(m["kind"] for m in outcome.get("missing", ())):
        yield Fault("agent", f"goal:{kind}", last + 1)
    for extra in outcome.get("redundant", ()):
        yield Fault("agent", "redundant", extra["event"]["message"])
    if held.ended != "user_stop" and held.ended != "environment_error":
        yield Fault(_stuck(held), held.ended, last)


def _stuck(held: Dialogue) -> Who:
    if held.ended == "user_error":
        return "user"
    wrong = {side: sum(kinds.values()) for side, kinds in held.errors.items()}
    more = wrong.get("user", 0) > wrong.get("agent", 0)
    return "user" if held.ended == "too_many_errors" and more else "agent"


# --- user -------------------------------------------------------------------------------------------------------------


def user_faults(task: Task, held: Dialogue, report: dict[str, Any], known: Vocabulary = NO_WORLD) -> Iterator[Fault]:
    """What the user made up, gave away, or left undone."""
    hidden = {key.lstrip("#") for key in hidden_keys(task)}
    sources = [task.prompt, dumps([f.phrase for f in task.profile.person])]
    for at, message in enumerate(held.messages):
        content = message.get("content") or ""
        if message["role"] in ("assistant", "tool") and _is_heard(held.messages, at):
            sources.append(content)
        elif message["role"] == "user" and content:
            for claim in [*(c for c in _stated(content) if not _known(c, sources)), *untold(content, sources, known)]:
                yield Fault("user", "leaked" if claim.lstrip("#") in hidden else "invented", at)
    early = _left_early(task, held, report)
    if early is not None:
        yield Fault("user", early, len(held.messages) - 1)


def _is_heard(messages: list[Chat], at: int) -> bool:
    """Whether the user gets to know a message: what the agent says, and what the user's own calls gave."""
    if messages[at]["role"] == "assistant":
        return True
    caller = next((m for m in reversed(messages[:at]) if m.get("tool_calls")), None)
    return caller is not None and caller["role"] == "user"


def _stated(text: str) -> list[str]:
    return [*claims(text), *EMAIL.findall(text)]


def _known(claim: str, sources: list[str]) -> bool:
    if "@" in claim:
        return any(claim.lower() in s.lower() for s in sources)
    return supports(claim, sources) is not False


def hidden_keys(task: Task) -> set[str]:
    """Keys of what was drawn that the user is not told."""
    told = {str(f.value) for f in (*task.profile.knows, *task.profile.volunteers, *task.profile.person)}
    return {key for key in _keys(task.bindings) if key not in told}


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str) and (name == "id" or name.endswith("_id")):
                yield item
            yield from _keys(item)
    elif isinstance(value, list):
        for item in value:
            yield from _keys(item)


def _left_early(task: Task, held: Dialogue, report: dict[str, Any]) -> str | None:
    """Whether the user ended the conversation before the agent could do its part."""
    outcome = report.get("outcome") or {}
    if held.ended != "user_stop" or outcome.get("verdict") != "violated":
        return None
    texts = [m["content"] for m in held.messages if m["role"] == "user" and m.get("content")]
    last = next((m["content"] for m in reversed(held.messages) if m["role"] == "assistant" and m.get("content")), "")
    if "?" in last and not any(cue in last.lower() for cue in say.ASKS_FOR_MORE) and not declines(last):
        return "left_at_a_question"
    said = " ".join(t for t in texts if not ends(t) or len(texts) > 1).lower()
    return "left_without_asking" if _unvoiced(task, said) else None


def _unvoiced(task: Task, said: str) -> bool:
    """Whether something that a wish is about was never named in any way."""
    heard = set(WORDS.findall(said))
    for fact in (*task.profile.describes, *task.profile.volunteers):
        words = set(WORDS.findall(fact.phrase.lower())) - {"the", "with", "and", "your", "among", "its"}
        if words and not words & heard:
            return True
    return False


__all__ = ["Fault", "Verdict", "hidden_keys", "judge", "user_faults"]
