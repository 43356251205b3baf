"""The card of a dataset: what it is, how it was made, and how to check it. Enters: counts. Leaves: Markdown."""

from typing import Any

CARD = """---
tags: [synthetic, tool-use, dialogue, cove-dsl]
language: [en]
---

# {title}

{rows:,} rows of the form `{form}`, made from {fit:,} of {dialogues:,} dialogues between a user and the agent of the
service desk `{spec}`. Everybody and everything in it is made up.

## How it was made

| | |
|---|---|
| specification | `{spec}`, hash `{spec_hash}` |
| world | hash `{world_hash}` |
| seed | {seed} |
| agent | {agent} |
| user | {user} |
| made with | cove-dsl {version}, recognisers {recognisers} |

Each task was drawn from a scenario of the specification over that world, and kept only if a plan that meets its goals
was carried out. Two parties talked about it over a sandbox. A checker that was generated from the same specification
judged the end of the world, what was said, and every rule; no model judged anything. {selection}

## What is in it

| scenario | dialogues | rows come from |
|---|---|---|
{scenarios}

{failures}

## How to check it

Every row carries, under `cove`, what it was judged by: the plans that are acceptable, what had to be said, how things
were described, the hashes of specification and world, and the score. `{folder}/world.json` is the world, and
`{folder}/spec` the specification.

    covec verify {folder}/spec {file}

says of each dialogue what it came to, without a network.
"""


def card(manifest: dict[str, Any], form: str, file: str, folder: str, count: dict[str, Any]) -> str:
    """`count`: rows, fit, dialogues, scenarios by name with made and kept, blame, lowest score kept, and of those kept
    the ones that the form cannot hold, by reason."""
    scenarios = [f"| `{name}` | {made} | {kept} |" for name, (made, kept) in sorted(count["scenarios"].items())]
    return CARD.format(
        title=f"Dialogues of the desk `{manifest['spec']}`", rows=count["rows"], form=form, fit=count["fit"],
        dialogues=count["dialogues"], spec=manifest["spec"], spec_hash=manifest["spec_hash"][:16],
        world_hash=manifest["world_hash"][:16], seed=manifest["seed"], agent=_party(manifest["agent"]),
        user=_party(manifest["user"]), version=manifest["versions"]["cove-dsl"],
        recognisers=manifest["versions"].get("recognisers", "unknown"), scenarios="\n".join(scenarios),
        selection=_selection(count["at_least"]), failures=_failures(count, folder), folder=folder, file=file,
    )  # fmt: skip


def _party(party: Any) -> str:
    return party if isinstance(party, str) else f"`{party['model']}`"


def _selection(at_least: float) -> str:
    if at_least == 1:
        return "Only dialogues with the full score are in it."
    return f"Dialogues that the user brought to an end with a score of at least {at_least:g} are in it."


def _failures(count: dict[str, Any], folder: str) -> str:
    left = count["dialogues"] - count["fit"]
    reasons = "; ".join(f"{reason} ({n})" for reason, n in sorted(count["skipped"].items()))
    more = f" Among the dialogues that are fit, some have no row in this form: {reasons}." if reasons else ""
    if not left:
        return f"No dialogue failed.{more}" if more else "No dialogue was left out."
    blame = ", ".join(f"{who} ({n})" for who, n in sorted(count["blame"].items()))
    return f"{left:,} dialogues were left out and lie in `{folder}/failed.jsonl`. At fault: {blame}.{more}"


__all__ = ["card"]
