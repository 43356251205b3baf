"""Options of commands that let models talk: who plays which side, and what asking them may take."""

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click

from ..synthesis.dialogue import Caps
from ..synthesis.flaws import FLAWS
from ..synthesis.models.asking import Limits, Price
from ..synthesis.models.endpoint import Model
from ..synthesis.run import FLAWED, SCRIPTED, Means
from .numbers import POSITIVE, Number

DEFAULTS, CAPS = Limits(), Caps()

# Option, type, default, how its value is called, what it does. A default that is a tuple: may be given several times.
OPTIONS: tuple[tuple[str, Any, Any, str, str], ...] = (
    ("--agent", str, SCRIPTED, "PARTY", "Who plays the desk: scripted, or a model as openai/NAME@BASE_URL. "
     "Its key is read from OPENAI_API_KEY. flawed, or flawed:NAME, errs on purpose."),
    ("--user", str, SCRIPTED, "PARTY", "Who plays the user; likewise."),
    ("--agent-arg", str, (), "NAME=VALUE", "Goes into every request to the agent's model, such as temperature=0.7. "
     "VALUE is JSON or a text."),
    ("--user-arg", str, (), "NAME=VALUE", "Likewise, to the user's model."),
    ("--max-steps", click.IntRange(2), CAPS.steps, "N", "Messages after which a dialogue is given up."),
    ("--max-errors", click.IntRange(0), CAPS.errors, "N", "Failed calls that a dialogue may have."),
    ("--in-flight", click.IntRange(1), DEFAULTS.in_flight, "N", "Dialogues with models held at once."),
    ("--per-minute", POSITIVE, None, "N", "Requests sent in a minute, at most."),
    ("--budget", Number(0), None, "DOLLARS", "Stop when so much is spent; needs --price."),
    ("--token-budget", click.IntRange(0), None, "N", "Stop when so many tokens are used."),
    ("--price", str, (), "NAME=IN,OUT", "Dollars for a million tokens that go into a model, and come out of it."),
    ("--timeout", POSITIVE, DEFAULTS.timeout, "SECONDS", "How long a request may take before it is sent again."),
    ("--tries", click.IntRange(1), DEFAULTS.tries, "N", "How often one request is sent."),
    ("--answers", str, None, "FILE", "Where the answers of models are kept, if not in RUN. Runs may share it."),
)  # fmt: skip


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options; a command gets them by name, read by `party` and `means`."""
    for name, kind, default, metavar, text in reversed(OPTIONS):
        many = isinstance(default, tuple)
        shown = default is not None and not many
        option = click.option(
            name, type=kind, default=default, multiple=many, metavar=metavar, help=text, show_default=shown
        )
        command = option(command)
    return command


def caps(options: dict[str, Any]) -> Caps:
    """When a dialogue is given up."""
    return Caps(options["max_steps"], options["max_errors"])


def party(options: dict[str, Any], side: str) -> str | Model:
    """A side's party, as the options name it."""
    name: str = options[side]
    pairs = options[f"{side}_arg"]
    args = {n: _value(v) for n, v in (_pair(p, f"--{side}-arg") for p in pairs)}
    if name == SCRIPTED:
        if args:
            raise click.UsageError(f"--{side}-arg is for models, and the {side} is scripted")
        return SCRIPTED
    if side == "agent" and name.partition(":")[0] == FLAWED:
        glob = name.partition(":")[2] or "*"
        if not any(fnmatchcase(flaw, glob) for flaw in FLAWS):
            raise click.BadParameter(f"`{glob}` is no flaw; there are {', '.join(FLAWS)}", param_hint="--agent")
        return name
    try:
        return Model.parse(name, args)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=f"--{side}") from None


def means(options: dict[str, Any], *parties: str | Model) -> Means:
    """What the run may use. A budget in dollars is of no use for a model without a price."""
    prices = dict(_price(p) for p in options["price"])
    unpriced = [m.name for m in parties if isinstance(m, Model) and m.name not in prices]
    if options["budget"] is not None and unpriced:
        raise click.UsageError(f"--budget needs the price of every model: --price {unpriced[0]}=IN,OUT is missing")
    limits = Limits(
        options["in_flight"], options["per_minute"], options["budget"], options["token_budget"], options["timeout"],
        options["tries"],
    )  # fmt: skip
    return Means(limits, Path(options["answers"]) if options["answers"] else None, prices)


def _price(text: str) -> tuple[str, Price]:
    name, numbers = _pair(text, "--price")
    try:
        prompt, completion = (Number(0).convert(part, None, None) for part in numbers.split(","))
    except (ValueError, click.BadParameter):
        raise click.BadParameter(f"`{text}` must be NAME=IN,OUT, in dollars", param_hint="--price") from None
    return name, Price(prompt, completion)


def _pair(text: str, option: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise click.BadParameter(f"`{text}` must be NAME=VALUE", param_hint=option)
    return name, value


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


__all__ = ["caps", "means", "model_options", "party"]
