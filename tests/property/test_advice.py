"""What a refusal says to do can be done, and leads somewhere: over every desk and recipe of the repository.

Conversations are those of the desks' own tests, whole, without one of their messages, and with other arguments.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import cove_dsl as cove
from cove_dsl.core.types import BOOL, EnumType, Ref, strip
from cove_dsl.world.spectest import run_tests
from tests.support.advised import Follower, Scene, made_calls, read

ROOT = Path(__file__).parents[2]
SHIPPED = ["airline", "retail", "telecom", "clinic"]
EXAMPLES = ["docs/examples/tea.cove", "docs/examples/refunds.cove"]
RECIPES = sorted(f"docs/cookbook/{p.name}" for p in (ROOT / "docs/cookbook").glob("*.md") if p.stem != "README")
MOST = 60  # refusals of a desk


def desk_of(name: str, folder: Path) -> cove.Desk:
    """A bundled desk by name, a file, or the policy of a recipe."""
    if not name.endswith(".md"):
        return cove.load(name if name in SHIPPED else str(ROOT / name))
    page = (ROOT / name).read_text(encoding="utf-8")
    (block,) = re.findall(r"^```cove\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[:1]
    (folder / "policy.cove").write_text(block, encoding="utf-8")
    return cove.load(str(folder / "policy.cove"))


def prefixes(messages: list[dict[str, Any]]) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any]]]:
    """Conversations up to a call of the agent's, whole and without one thing that came before."""
    for at, message in enumerate(messages):
        for call in (message.get("tool_calls") or ()) if message["role"] == "assistant" else ():
            before = messages[:at]
            yield before, call["function"]
            for left, _ in enumerate(before):
                if before[left]["role"] != "tool":
                    end = next((i for i in range(left + 1, at) if before[i]["role"] != "tool"), at)
                    yield [*before[:left], *before[end:]], call["function"]


def variants(desk: cove.Desk, world: Any, tool: str, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield arguments
    for param in desk.spec.tools[tool].params:
        value, kind = arguments.get(param.name), strip(param.type)
        others: list[Any] = []
        if isinstance(kind, EnumType):
            others = list(desk.spec.enums[kind.name].values.values())
        elif kind == BOOL:
            others = [value is not True]
        elif isinstance(kind, Ref) and kind.table in desk.spec.tables:
            key = desk.spec.tables[kind.table].key
            others = ["NOBODY99", *(row[key] for row in islice(world.all_rows(kind.table), 3))]
        elif str(kind) == "date":
            others = ["2020-01-01", "2035-01-01"]
        elif isinstance(value, int) and not isinstance(value, bool):
            others = [value * 100]
        yield from (arguments | {param.name: other} for other in others if other != value)


def refusals(desk: cove.Desk) -> Iterator[Follower]:
    """Calls that are refused in conversations of the desk's own tests, each kind of refusal a few times."""
    results = run_tests(desk)
    known = [c for r in results for c in made_calls(r.messages)]
    seen: Counter[Any] = Counter()
    for result in results:
        if result.start is None:
            continue
        world = cove.World(desk.program, result.start)
        for before, call in prefixes(list(result.messages)):
            scene = Scene(desk, world, before, known)
            for arguments in variants(desk, result.start, call["name"], read(call["arguments"])):
                decision = scene.decides(call["name"], arguments)
                kind = call["name"], decision.about
                if decision.verdict == "deny" and seen[kind] < 2:
                    seen[kind] += 1
                    yield Follower(scene.again(), call["name"], arguments)


@pytest.mark.parametrize("name", [*SHIPPED, *EXAMPLES, *RECIPES])
def test_advice_can_be_followed_and_leads_somewhere(name, tmp_path):
    followed = [f.follow() for f in islice(refusals(desk_of(name, tmp_path)), MOST)]
    assert len(followed) >= 5
    assert {f.came_to for f in followed} & {"allowed", "given up"}
