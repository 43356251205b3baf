"""What lies in a run's folder, told apart from what somebody made of it since.

A manifest and rows have shapes, in the terms in which results of tools are held against their types
(`backends.python.runtime.shapes`); whoever reads a row of that shape finds every member it takes.
"""

from typing import Any, Final

from ..backends.python.runtime.shapes import Kind, conforms, shape_problem


def _record(**fields: Kind) -> Any:
    return None, {"": fields}


def _optional(kind: Kind) -> Kind:
    return "optional", kind


def _list(kind: Kind) -> Kind:
    return "list", kind


def _of(name: str) -> Kind:
    return "record", name


_COUNTS: Final = ("map", "int")
_CALLS: Final = _optional(_list(_of("call")))
_SAID: Final[dict[str, Kind]] = {"content": _optional("text"), "tool_calls": _CALLS}
_SHAPES: Final[dict[str, Any]] = {
    "manifest": _record(
        spec="text", spec_hash="text", world_hash="text", n="int", seed="int", versions=_of("versions"),
        agent="json", user="json",
    ),
    "versions": _record(**{"cove-dsl": "text"}),
    "model": _record(model="text"),
    "row": _record(
        id="text", messages=_list(_of("message")), tools=_list(_of("tool")), user_tools=_optional(_list(_of("tool"))),
        start=_list(("tuple", "text", "json")), cove=_of("task"), termination="text", blame=_optional("text"),
        causes=_list("text"), faults=_list(_of("fault")), errors=("map", _COUNTS), dropped=_COUNTS, user_prompt="text",
        report=_of("report"), planted=_optional(_of("planted")), unseen=_optional(_list("text")),
        limits=_optional(("map", "text")),
    ),
    "message": ("role", {
        "system": _SAID, "user": _SAID, "assistant": _SAID,
        "tool": {"content": "text", "tool_call_id": "text", "name": "text"},
    }),
    "call": _record(id="text", function=_of("function")),
    "function": _record(name="text", arguments="json"),
    "tool": _record(type="text", function=_of("declared")),
    "declared": _record(name="text"),
    "task": _record(
        index="int", scenario=_list("text"), accept=_list(_list(_of("made"))), said=_list(_of("said")),
        descriptions=_list(_of("described")), profile=_of("profile"), world=_of("world"),
    ),
    "made": _record(name="text", arguments=("map", "json"), requestor=_optional("text")),
    "said": _record(name="text", amount=_optional("number"), text=_optional("text")),
    "described": _record(table="text", by=_list(("tuple", _list("text"), "bool", "json"))),
    "profile": _record(person=_list(_of("fact"))),
    "fact": _record(label="text"),
    "world": _record(hash="text"),
    "fault": _record(who="text", cause="text", message="int"),
    "planted": _record(flaw="text", only="bool"),
    "report": _record(
        verdict="text", score=_optional("number"), rules=_optional(_list(_of("rule"))),
        outcome=_optional(_of("outcome")),
    ),
    "outcome": _record(missing=_optional(_list(_of("missing")))),
    "missing": _record(kind="text", at="text", fields=_list(_of("apart"))),
    "apart": _record(field="text", wanted="json", found="json"),
    "rule": _record(
        rule="text", verdict="text", severity="text", message="text", triggered="int", events=_list(_of("event")),
    ),
    "summary": _record(requests=("map", ("map", "number"))),
    "event": _record(label="text", verdict="text", message="int"),
}  # fmt: skip


def manifest_problem(found: Any) -> str | None:
    """Why this is no run's manifest, or None."""
    problem = shape_problem(found, _of("manifest"), _SHAPES)
    if problem is not None:
        return problem
    models = {side: found.get(side) for side in ("agent", "user") if not isinstance(found.get(side), str)}
    return next(filter(None, (shape_problem(m, _of("model"), _SHAPES, f"/{side}") for side, m in models.items())), None)


def row_problem(found: Any) -> str | None:
    """Why this is no dialogue of a run, or None."""
    problem = shape_problem(found, _of("row"), _SHAPES)
    if problem is not None:
        return problem
    report = found["report"]
    said = [(message, "content") for message in found["messages"]]
    for holder, name in ((found, "blame"), (report, "score"), *said):
        if name not in holder:  # null is an answer, nothing is none
            return f"`{name}` is missing"
    for holder, name in ((found, "unseen"), (report, "rules"), (report, "outcome"), (report.get("outcome"), "missing")):
        if holder is not None and holder.get(name, ()) is None:  # here it is the other way round
            return f"`{name}` must not be null"
    calls = (call["function"] for message in found["messages"] for call in message.get("tool_calls") or ())
    wrong = next((c["name"] for c in calls if not isinstance(c.get("arguments"), (dict, str))), None)
    return f"what `{wrong}` was called with must be an object, or a text that is none" if wrong is not None else None


def requests_in(summary: Any) -> dict[str, dict[str, Any]]:
    """What models were asked, by side and kind, as far as this is a summary."""
    found: dict[str, dict[str, Any]] = summary["requests"] if conforms(summary, _of("summary"), _SHAPES) else {}
    return found


__all__ = ["manifest_problem", "requests_in", "row_problem"]
