"""Which recorded turns were read for labels, and which half each belongs to.

In: the folder of recorded conversations. Out: references to turns, the same ones on every machine. Fixed before any
turn was read: the seed, the pools, the cues that enrich them, and the halves. A pool takes about half its turns from
those with one of its cues, since what it looks for is rare; the other half has none of them, and shows what the cues
miss. Cues were chosen wide and play no part in any recogniser.
"""

import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from attrs import evolve, frozen

SEED = "recognisers-1"
TRAINING = {"airline": 30, "retail": 74, "telecom": 74}  # how many tasks each public training split has

Messages = list[dict[str, Any]]
Places = dict[str, dict[str, list["Turn"]]]  # turns by domain and file


@frozen
class Turn:
    """A message of a recorded conversation; `call` is the place of a call in it, for what is asked of calls."""

    file: str
    id: str
    message: int
    call: int | None = None


@frozen
class Pool:
    """What is drawn for one recogniser: how many, by which turns among domains, enriched by which cues, from where."""

    name: str
    size: int
    domains: str
    cues: str
    fits: Callable[[Messages, int], bool] = lambda messages, at: True


def _anywhere(pattern: str) -> Callable[[Messages, int], bool]:
    return lambda messages, at: any(re.search(pattern, str(m["content"]), re.I) for m in messages)


POOLS = (
    Pool("reason", 130, "airline airline retail",
         r"because|reason|no longer|mistake|accident|need|want|plan|sick|ill\b|health|weather|airline|emergency|"
         r"due|family",
         _anywhere("cancel")),
    Pool("compensation", 110, "airline airline airline airline retail telecom",
         r"compensat|voucher|certificate|refund|credit|gesture|make (it )?up|inconvenien|goodwill|reimburs|"
         r"something for"),
    Pool("gives_id", 90, "airline retail telecom",
         r"[0-9]{3}|_|\b[A-Z0-9]{6}\b", lambda messages, at: at < 12),
    Pool("wants_person", 110, "airline airline retail telecom",
         r"human|agent|representative|supervisor|manager|person|someone|transfer|escalat|speak|talk"),
)  # fmt: skip
# After a first reading of the tuning half what is looked for proved too rare: more turns, from where it is near.
NEAR = (
    Pool("reason_asked", 110, "airline airline retail", r"cancel", lambda messages, at: _asked_why(messages, at)),
    Pool("reason/answer", 90, "airline airline retail", r"",
         lambda messages, at: "reason" in _before(messages, at) and "cancel" in _before(messages, at)),
    Pool("compensation/near", 100, "airline", POOLS[1].cues, _anywhere("compensat")),
    Pool("gives_id/near", 70, "airline retail telecom", r"[0-9]{3}|(?-i:\b[A-Z0-9]{6}\b)",
         lambda messages, at: at < 12),
    Pool("wants_person/near", 90, "airline airline retail telecom", POOLS[3].cues,
         lambda messages, at: _transfers(messages, at)),
)  # fmt: skip
# A second draw for the second half, made after the first had been looked at and the words had changed once.
AGAIN = {
    "reason": 30,
    "reason_asked": 70,
    "compensation/near": 70,
    "gives_id/near": 60,
    "wants_person/near": 70,
    "lists": 60,
}
ONCE_MORE = {"reason_asked": 60, "lists": 45}  # after `lists` and the reasons had changed once more
PROPOSALS = 100  # calls for `lists`
PROPOSING = "airline airline retail retail telecom"


def recogniser_of(pool: str) -> str:
    """The recogniser that a pool's turns are labelled for."""
    first = next((p.name for p in POOLS if pool.startswith(p.name)), pool)
    return "wants_compensation" if first == "compensation" else first


def half_of(domain: str, task_id: str, training: frozenset[str]) -> Literal["tune", "report"]:
    """By a hash of the task, so that the same wishes never stand in both halves; unseen tasks are never tuned on."""
    if task_id not in training:
        return "report"
    return "tune" if hashlib.sha256(f"{domain}/{task_id}".encode()).digest()[0] % 4 else "report"


def records(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every recorded conversation with a user, with its file's name."""
    for path in sorted((folder / "trajectories").glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                if not record.get("solo"):
                    yield path.name, record


def training_tasks(folder: Path) -> dict[str, frozenset[str]]:
    found = {}
    for domain, size in TRAINING.items():
        tasks = json.loads((folder / domain / "tasks.train.json").read_text(encoding="utf-8"))
        found[domain] = frozenset(str(task["id"]) for task in tasks)
        assert len(found[domain]) == size
    return found


def drawn(folder: Path) -> dict[str, list[Turn]]:
    """The turns that were read, by pool; a pool's name begins with the recogniser's."""
    everything = list(records(folder))
    found = {pool.name: _draw(pool, everything) for pool in (*POOLS, *NEAR)}
    found["lists"] = _draw_calls(folder, everything)
    return found


def drawn_again(
    folder: Path, sizes: dict[str, int], before: tuple[dict[str, list[Turn]], ...]
) -> dict[str, list[Turn]]:
    """Further turns of the second half, none of them drawn before. `sizes`: how many, by pool."""
    training, seed = training_tasks(folder), "again" * len(before)
    second = [
        (file, record)
        for file, record in records(folder)
        if half_of(record["domain"], str(record["task_id"]), training[record["domain"]]) == "report"
    ]
    found: dict[str, list[Turn]] = {}
    for pool in (*POOLS, *NEAR):
        if pool.name in sizes:
            taken = _taken(before, recogniser_of(pool.name))
            found[pool.name] = _draw(evolve(pool, size=sizes[pool.name]), second, seed, taken)
    found["lists"] = _draw_calls(folder, second, sizes["lists"], seed, _taken(before, "lists"))
    return found


def _taken(before: tuple[dict[str, list[Turn]], ...], recogniser: str) -> frozenset[Turn]:
    return frozenset(t for draw in before for pool, ts in draw.items() if recogniser_of(pool) == recogniser for t in ts)


def draws(folder: Path) -> tuple[dict[str, list[Turn]], ...]:
    """All turns that were read, by draw and pool."""
    first = drawn(folder)
    second = drawn_again(folder, AGAIN, (first,))
    return first, second, drawn_again(folder, ONCE_MORE, (first, second))


def _draw(
    pool: Pool, everything: list[tuple[str, dict[str, Any]]], seed: str = "", taken: frozenset[Turn] = frozenset()
) -> list[Turn]:
    cued: Places = {}
    plain: Places = {}
    for file, record in everything:
        messages = record["messages"]
        for at, message in enumerate(messages):
            text = str(message["content"] or "")
            turn = Turn(file, record["id"], at)
            if message["role"] != "user" or len(text) < 4 or text[:3] == "###" or turn in taken:
                continue
            if pool.fits(messages, at):
                kind = cued if re.search(pool.cues, text, re.I) else plain
                kind.setdefault(record["domain"], {}).setdefault(file, []).append(turn)
    rng, many = random.Random(f"{SEED}/{pool.name}{seed}"), pool.size * 2 // 3
    return _spread(cued, pool.domains, many, rng) + _spread(plain, pool.domains, pool.size - many, rng)


def _draw_calls(
    folder: Path,
    everything: list[tuple[str, dict[str, Any]]],
    size: int = PROPOSALS,
    seed: str = "",
    taken: frozenset[Turn] = frozenset(),
) -> list[Turn]:
    """Changing calls of the agent that come after the agent and then the user have spoken."""
    found: Places = {}
    for file, record in everything:
        domain, writes = record["domain"], _writes(folder, record["domain"])
        for at, message in enumerate(record["messages"]):
            for number, call in enumerate(message.get("tool_calls") or ()):
                name = call.get("name") or call["function"]["name"]
                turn = Turn(file, record["id"], at, number)
                if message["role"] != "assistant" or name not in writes or turn in taken:
                    continue
                if _answered(record["messages"][:at]):
                    found.setdefault(domain, {}).setdefault(file, []).append(turn)
    return _spread(found, PROPOSING, size, random.Random(f"{SEED}/lists{seed}"))


def _before(messages: Messages, at: int) -> str:
    """What the agent said last, in small letters."""
    said = [str(m["content"]) for m in messages[:at] if m["role"] == "assistant" and m["content"]]
    return said[-1].lower() if said else ""


def _asked_why(messages: Messages, at: int) -> bool:
    return "cancel" in str(messages[at]["content"]).lower() or "reason" in _before(messages, at)


def _transfers(messages: Messages, at: int) -> bool:
    """Whether a hand-over, done or spoken of, is near: within the next four messages."""
    return any("transfer" in json.dumps([m.get("tool_calls"), m["content"]]).lower() for m in messages[at - 1 : at + 4])


def _answered(messages: Messages) -> bool:
    said = [m["role"] for m in messages if m["role"] in ("assistant", "user") and m["content"]]
    return "user" in said[said.index("assistant") :] if "assistant" in said else False


def _writes(folder: Path, domain: str) -> frozenset[str]:
    tools = json.loads((folder / domain / "tools.json").read_text(encoding="utf-8"))
    return frozenset(t["name"] for t in tools if t["kind"] == "write" and t["requestor"] == "assistant")


def _spread(places: Places, domains: str, size: int, rng: random.Random) -> list[Turn]:
    """So many turns: domains take turns as told, the files of a domain one after the other."""
    for files in places.values():
        for turns in files.values():
            rng.shuffle(turns)
    found: list[Turn] = []
    rotation = domains.split()
    while len(found) < size and any(any(places.get(d, {}).values()) for d in rotation):
        for domain in rotation:
            files = {name: turns for name, turns in places.get(domain, {}).items() if turns}
            if files:
                name = min(files, key=lambda name: (sum(t.file == name for t in found), name))
                found.append(files[name].pop())
    return found[:size]
