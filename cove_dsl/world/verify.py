"""Judging records: each in its own world, with its own gold, never touched by another."""

from typing import Any

from ..backends.python.runtime.language import RECOGNISER_VERSION
from ..backends.python.runtime.report import verify_conversation
from ..backends.python.runtime.sandbox import Program
from ..backends.python.runtime.world import World
from .conversations import Gold, Record

ENDED = frozenset({"user_stop", "agent_stop"})


def verify_record(
    program: Program, world: World, record: Record, rules: frozenset[str] | None = None, sync_plans: bool = True
) -> dict[str, Any]:
    """The verify line of one record, with the version of the recognisers that read it; a record that cannot be judged
    gives `{id, verdict: "unknown", error}`.

    `rules`: those to report; what they presuppose is judged too. Where no user took part (`solo`), rules about what is
    said are left out: nobody is there to say it to.
    """
    helping = presupposed(program, rules) if rules is not None else frozenset()
    if record.solo:
        silent = frozenset(n for n, r in program.rules.items() if not r.talk)
        rules, helping = silent if rules is None else rules & silent, helping & silent
    done = None if record.termination is None else record.termination in ENDED
    # tau-bench v1 ends a conversation with the result of the call that hands it over, and records no ending.
    cut = done is False or (done is None and record.bench == "tau1")
    found = verify_conversation(
        program, record.messages, world, task_of(record), rules, done, record.start, sync_plans, helping, cut
    )
    return {"id": record.id, **found, **({} if "error" in found else {"recognisers": RECOGNISER_VERSION})}


def presupposed(program: Program, rules: frozenset[str]) -> frozenset[str]:
    """The rules that some rules rest on, directly or not, without themselves."""
    found, fresh = frozenset[str](), rules
    while fresh:
        fresh = frozenset(p for n in fresh for p in program.rules[n].presupposes) - found - rules
        found |= fresh
    return found


def task_of(record: Record) -> dict[str, Any] | None:
    """A record's task in the shape that a checker reads."""
    if record.cove is not None:
        return {"cove": record.cove}
    return gold_task(record.gold) if record.gold is not None else None


def gold_task(gold: Gold) -> dict[str, Any]:
    actions = [
        {"requestor": a.requestor, "name": a.name, "arguments": a.arguments, "compare_args": a.compared}
        for a in gold.actions
    ]
    return {
        "evaluation_criteria": {
            "actions": actions,
            "communicate_info": list(gold.communicate),
            "reward_basis": list(gold.reward_basis),
            "env_assertions": gold.assertions,
        }
    }
