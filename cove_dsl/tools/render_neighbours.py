"""The smallest step over each rule, as lines for people, rows for programs, and tests of the language."""

from collections.abc import Iterator
from typing import Any

from ..core.spec import Spec
from ..pipeline import Compiler
from ..solve.neighbours import Neighbour
from ..solve.setting import setting
from ..solve.telling import tell, to_json
from ..solve.written import Unwritten, as_test
from ..source.files import find_spec, module_files, spec_files
from ..world.desk import Desk
from ..world.spectest import run_tests
from .cells import visible
from .render_json import encode_span

NAMED = "neighbour of "
FILE = "neighbours.cove"


def neighbour_lines(found: Neighbour, spec: Spec) -> Iterator[str]:
    match found.status:
        case "found":
            label = f" ({', '.join(filter(None, found.labels))})" if any(found.labels) else ""
            short = "shortest within the bounds, " if found.shortest else ""
            events = len(found.story.events) if found.story is not None else 0
            yield f"✓ {found.rule}{label} is broken, and nothing else ({short}{events} event{'s' * (events != 1)})"
        case "none":
            yield f"! {found.rule} is never the only one broken: {found.argument}"
        case _:
            why = found.doubt.why if found.doubt is not None else "nothing is known"
            yield f"? {found.rule} stays open: {visible(why)}"
    if found.spoken is not None:
        yield from (f"    {visible(line)}" for line in setting(found.spoken, [spec.rules[found.rule]], spec))
        yield from (f"  {visible(line)}" for line in tell(found.spoken))
    if found.refused:
        yield "    (the tool refuses this call anyway: only who asks before it sees the rule)"


def neighbour_row(found: Neighbour, spec: Spec) -> dict[str, Any]:
    """`{rule, neighbour, argument, labels[], events, shortest, refused, doubt, witness, test}`."""
    doubt = None
    if found.doubt is not None:
        span = encode_span(found.doubt.span, spec.sources) if found.doubt.span is not None else None
        doubt = {"why": found.doubt.why, "span": span, "knob": found.doubt.knob}
    return {
        "rule": found.rule, "neighbour": found.status, "argument": found.argument, "labels": list(found.labels),
        "events": len(found.story.events) if found.story is not None else None, "shortest": found.shortest,
        "refused": found.refused, "doubt": doubt, "millis": found.millis,
        "witness": to_json(found.spoken, spec) if found.spoken is not None else None, "test": _text(found, spec)[0],
    }  # fmt: skip


def _text(found: Neighbour, spec: Spec) -> tuple[str | None, str]:
    """A test, or why there is none."""
    if found.spoken is None:
        return None, found.doubt.why if found.doubt is not None else found.argument
    try:
        return as_test(found.spoken, found.rule, found.labels, f"{NAMED}{found.rule}", spec), ""
    except Unwritten as no:
        return None, str(no)


def neighbour_tests(found: list[Neighbour], spec: Spec, name: str) -> Iterator[str]:
    """A test for each rule, run before it is shown; where there is none, a comment says why."""
    texts = {n.rule: _text(n, spec) for n in found}
    failing = _failing("\n".join(t for t, _ in texts.values() if t is not None), name)
    yield f"# The smallest step over each rule of `{spec.name}`: it is broken, and nothing else."
    for rule, (text, why) in texts.items():
        why = failing.get(rule, why)
        yield f"\n# {rule}: no test, {visible(why)}" if text is None or rule in failing else f"\n{text.rstrip()}"


def _failing(text: str, name: str) -> dict[str, str]:
    """Tests that do not pass beside the specification, with what they found."""
    path = find_spec(name)
    compiled = Compiler().compile([*spec_files(path), (FILE, text.encode())], module_files(path))
    if compiled.spec is None:
        raise AssertionError("a test that was written cannot be read: " + compiled.errors[0].message)
    results = run_tests(Desk(compiled.spec), f"{NAMED}*")
    return {r.name.removeprefix(NAMED): r.failures[0].message for r in results if r.failures}


__all__ = ["neighbour_lines", "neighbour_row", "neighbour_tests"]
