"""What an agent has the user do with tools of the user's own: how it asks, and what it has looked at first.

An agent sees the other side's world only through what the user says. A careful one has a thing looked at before it has
it changed: of the user's tools that only look, one whose answer the change would make another.
"""

import re
from collections.abc import Iterable, Sequence

from ..backends.prompt.words import series, words
from ..backends.python.runtime.sandbox import Sandbox
from ..core.nodes import Const, Tool
from ..core.spec import Spec
from ..core.walk import walk
from . import phrases as say
from .dialogue import wire_text
from .tasks import Call

SHORT = re.compile(r"\b[A-Z]{2,}\b")


def request(call: Call, spec: Spec) -> tuple[str, str]:
    """What is to be done, and with what: `set the network mode preference`, ` to 4g`."""
    given = [(words(name), str(value)) for name, value in call["arguments"].items()]
    if len(given) == 1:
        form = say.ASK_WHICH_ONE if spec.tools[call["name"]].kind == "read" else say.ASK_HOW_ONE
        return _deed(call["name"], spec), form.format(value=given[0][1])
    how = say.ASK_HOW.format(details=series(f"{n} {v}" for n, v in given)) if given else ""
    return _deed(call["name"], spec), how


def requested(text: str, calls: Iterable[Call], spec: Spec) -> list[Call]:
    """The calls that a text asks for, by the tool's name or its words, those that it says most of first."""
    low = text.lower()
    found = [c for c in calls if f"`{c['name']}`" in text or _deed(c["name"], spec).lower() in low]
    return sorted(
        found, key=lambda c: (-len(c["name"]), sum(str(v).lower() not in low for v in c["arguments"].values()))
    )


def _deed(tool: str, spec: Spec) -> str:
    """A tool's name as something to do: `reset_sim_card` is to reset the SIM card, if anything is called SIM."""
    known = _short_names(spec)
    verb, *rest = (w.upper() if w.upper() in known else w for w in words(tool).split())
    return " ".join([verb, "the", *rest]) if rest else verb


def _short_names(spec: Spec) -> frozenset[str]:
    """What is written in capitals wherever the tools speak of it: in what they are said to do, and in what they say."""
    if spec.hash not in _SHORT_NAMES:
        told = (n.value for n in walk(tuple(t.body for t in spec.tools.values())) if isinstance(n, Const))
        texts = [
            *(t.doc for t in spec.tools.values()),
            *(text for text in told if isinstance(text, str) and " " in text),
        ]
        plain = {w for text in texts for w in re.findall(r"\w+", text) if w.islower()}
        names = {w for text in texts if not text.isupper() for w in SHORT.findall(text)}
        _SHORT_NAMES[spec.hash] = frozenset(w for w in names if w.lower() not in plain)
    return _SHORT_NAMES[spec.hash]


_SHORT_NAMES: dict[str, frozenset[str]] = {}  # by the hash of the specification


def looks(spec: Spec, like: Call) -> list[Call]:
    """The user's calls that only look, with the arguments of a call as far as they have the same names."""
    given = like["arguments"]
    return [
        {"requestor": "user", "name": t.name, "arguments": {p.name: given[p.name] for p in t.params}}
        for t in spec.tools.values()
        if _only_looks(t) and all(p.name in given for p in t.params)
    ]


def _only_looks(tool: Tool) -> bool:
    return tool.kind == "read" and tool.requestor == "user"


def shows(spec: Spec, c: Sandbox, call: Call, later: Sequence[Call]) -> tuple[Call, str] | None:
    """A look at what a step changes in the end, and what it shows now; None if there is none.

    `later`: the steps after it, as some changes come into force with one of these.
    """
    done, left = c.fork(), c.fork()
    for step in (call, *later):
        done.call(step["name"], step["arguments"])
    for step in later:
        left.call(step["name"], step["arguments"])
    for look in looks(spec, call):
        now, then, otherwise = (wire_text(s.fork().call(look["name"], look["arguments"])) for s in (c, done, left))
        if then not in (now, otherwise):
            return look, now
    return None


__all__ = ["looks", "request", "requested", "shows"]
