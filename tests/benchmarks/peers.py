"""The same rules in AgentLTL, in Invariant and here: do the verdicts agree, and what does each cost?

    python tests/benchmarks/peers.py

Makes a virtual environment of its own for the two, in the cache folder, from the package index; refuses where that
cannot be reached. Each side runs in a process of its own. Prints medians and ratios of one run, asserts that verdicts
agree, and no time. Not part of the test suite.
"""

import json
import os
import random
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from cove_dsl.source.files import cache_folder  # noqa: E402

PEERS = ("agentltl==0.2.1", "invariant-ai==0.3.5")
SIDES = Path(__file__).parent / "sides"
SHARED = Path(os.environ.get("COVE_SHARED") or ROOT.parent / "shared" / "tau2")
POINTS = [50, 100, 200, 400]
TOOLS = 24
Job = dict[str, Any]


class Unreachable(Exception):
    """The package index did not give the peers."""


def interpreter() -> str:
    """The Python that has the peers; made once, kept by their versions. Raises Unreachable."""
    home = cache_folder() / ("peers-" + "-".join(p.replace("==", "-") for p in PEERS))
    python, whole = home / "bin" / "python", home / "whole"
    if not whole.exists():
        print(f"making a virtual environment for {' and '.join(PEERS)} …", flush=True)
        venv.create(home, clear=True, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        install += ["--retries", "1", "--timeout", "15", *PEERS]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unreachable(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pip failed")
        whole.touch()
    return str(python)


def ask(side: str, python: str, job: Job) -> dict[str, Any]:
    """What one side finds. Its own folder comes first on its path."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SIDES), *([str(ROOT)] if side == "cove" else [])])}
    script = str(SIDES / f"{side}_side.py")
    done = subprocess.run([python, script], input=json.dumps(job), capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        raise SystemExit(f"the side of {side} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


# --- jobs ------------------------------------------------------------------------------------------------------------


def rules(count: int, phrases: int, dice: random.Random, tools: list[str]) -> list[dict[str, Any]]:
    """Orders, limits and prohibitions over drawn tools, and phrases that must not be said."""
    made: list[dict[str, Any]] = []
    for i in range(count - phrases):
        a, b = dice.sample(tools, 2)
        kind = ("order", "limit", "never_after")[i % 3]
        made.append({"name": f"r{i}", "kind": kind, "a": a, "b": b, "n": dice.randint(3, 9)})
    return made + [{"name": f"p{i}", "kind": "phrase", "phrase": f"secret word {i}"} for i in range(phrases)]


def call(name: str, number: int, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    made = {"id": f"c{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
    return [
        {"role": "assistant", "content": "", "tool_calls": [made]},
        {"role": "tool", "tool_call_id": f"c{number}", "content": '{"done": true}'},
    ]


def drift(tools: list[str], done: float, dice: random.Random) -> str:
    """Early tools early and late ones late, more or less, so that an order is sometimes kept and sometimes broken."""
    at = round(dice.gauss(done * len(tools), len(tools) / 6))
    return tools[min(max(at, 0), len(tools) - 1)]


def batch(dice: random.Random) -> Job:
    tools = [f"tool_{i}" for i in range(TOOLS)]
    messages = [m for i in range(80) for m in call(drift(tools, i / 80, dice), i, {"n": i})]
    return {"rules": rules(20, 0, dice, tools), "messages": messages, "points": []}


def growing(dice: random.Random) -> Job:
    tools = [f"tool_{i}" for i in range(TOOLS)]
    messages: list[dict[str, Any]] = []
    while len(messages) < POINTS[-1] + 2:
        at = len(messages)
        if at % 10 == 0:
            word = f"secret word {dice.randint(0, 9)}" if dice.random() < 0.1 else "nothing to hide"
            messages.append({"role": "user", "content": f"This is what I want next, number {at}."})
            messages.append({"role": "assistant", "content": f"I look into number {at}; there is {word}."})
        else:
            messages += call(drift(tools, at / POINTS[-1], dice), at, {"n": at})
    return {"rules": rules(25, 5, dice, tools), "messages": messages, "points": POINTS}


def recorded(dice: random.Random) -> Job | None:
    """A recorded conversation, with rules over the tools that it calls."""
    file = SHARED / "trajectories" / "retail-gpt41.jsonl"
    if not file.exists():
        return None
    with file.open(encoding="utf-8") as lines:
        raw = max((json.loads(line)["messages"] for line in lines), key=len)
    messages = [m for i, message in enumerate(raw) for m in _plain(message, i)]
    tools = sorted({c["function"]["name"] for m in messages for c in m.get("tool_calls") or ()})
    return {"rules": rules(20, 2, dice, tools), "messages": messages, "points": []}


def _plain(message: dict[str, Any], at: int) -> list[dict[str, Any]]:
    """A message in the nested shape that all three read. Calls and words of one message are told apart."""
    if message["role"] == "tool":
        return [{"role": "tool", "tool_call_id": message["id"], "content": message["content"] or ""}]
    calls = [
        {"id": c["id"], "type": "function", "function": {"name": c["name"], "arguments": c["arguments"]}}
        for c in message.get("tool_calls") or ()
    ]
    said = {"role": message["role"], "content": message["content"] or ""}
    return [{**said, "tool_calls": calls}] if calls else [said]


# --- printing --------------------------------------------------------------------------------------------------------


def agree(found: dict[str, dict[str, Any]]) -> str:
    """Whether the same rules are broken by all; a side is not asked about what it left out."""
    ours = set(found["cove"]["violated"])
    for side, theirs in found.items():
        if ours - set(theirs["left_out"]) != set(theirs["violated"]):
            raise SystemExit(f"the verdicts differ: {side} finds {theirs['violated']}, we find {sorted(ours)}")
    left = {side: len(theirs["left_out"]) for side, theirs in found.items() if theirs["left_out"]}
    return f"verdicts agree ({len(ours)} rules broken)" + "".join(f"; {s} cannot state {n}" for s, n in left.items())


def all_sides(job: Job, python: str) -> dict[str, dict[str, Any]]:
    return {
        "cove": ask("cove", sys.executable, job),
        "agentltl": ask("agentltl", python, job),
        "invariant": ask("invariant", python, job),
    }


def show_score(title: str, job: Job, python: str) -> None:
    found = all_sides(job, python)
    print(f"\n{title}: {agree(found)}")
    ours = found["cove"]["score"]
    for side, what in found.items():
        print(f"  {side:10} {what['score'] / 1000:10.3f} ms   {what['score'] / ours:8.1f} ×")
    print(f"  of ours, reading the messages takes {found['cove']['read'] / 1000:.3f} ms")


def show_online(title: str, job: Job, python: str) -> None:
    found = all_sides(job, python)
    print(f"\n{title}: {agree(found)}")
    print("  events           " + "".join(f"{p:>12}" for p in POINTS))
    ours = found["cove"]
    for what, label in (("asked", "ask for a call"), ("event", "call or result"), ("message", "message")):
        print(f"  {label:16} " + "".join(f"{ours[what].get(str(p), 0):>9.1f} µs" for p in POINTS))
    for side in ("agentltl", "invariant"):
        theirs = found[side]["call"]
        print(f"  {side:16} " + "".join(f"{theirs[str(p)]:>9.0f} µs" for p in POINTS if str(p) in theirs))
        ratios = [
            theirs[str(p)] / (ours["asked"][str(p)] + 2 * ours["event"][str(p)]) for p in POINTS if str(p) in theirs
        ]
        print("    × of a call    " + "".join(f"{r:>12.1f}" for r in ratios))


def main() -> None:
    try:
        python = interpreter()
    except Unreachable as why:
        raise SystemExit(
            f"no comparison: the package index did not give {' and '.join(PEERS)}; is it reachable? {why}"
        ) from None
    dice = random.Random(20)
    show_score("20 rules, 80 calls, scored whole", batch(dice), python)
    show_online("25 rules, online", growing(dice), python)
    job = recorded(dice)
    if job is None:
        print("\nno recorded conversation here (../shared/tau2, or the path in COVE_SHARED)")
    else:
        show_score(f"20 rules, a recorded conversation of {len(job['messages'])} messages", job, python)


if __name__ == "__main__":
    main()
