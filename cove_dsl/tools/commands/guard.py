"""`covec guard`: a policy between an agent and an MCP server."""

import sys
from datetime import datetime
from typing import Literal

import click

from ...world.desk import Desk, World
from ...world.state import world_of
from ..output import FINE, PROBLEMS, USAGE, say
from .common import spec_or_exit, state_or_exit


@click.command("guard", context_settings={"ignore_unknown_options": True})
@click.argument("spec_name", metavar="SPEC")
@click.argument("server", nargs=-1, required=True, metavar="-- COMMAND [ARGUMENT...]")
@click.option(
    "--state", metavar="DB", help="What is known of the database at first; without it, results teach what is so."
)
@click.option("--complete", metavar="TABLE", multiple=True, help="A table of which DB holds every row there is; `all`.")
@click.option("--now", metavar="MOMENT|live", help="What `clock` says; `live`: what this machine's clock does.")
@click.option(
    "--undecided", type=click.Choice(["deny", "allow"]), default="deny", show_default=True,
    help="What happens to a call of which too little is known.",
)  # fmt: skip
def command(
    spec_name: str,
    server: tuple[str, ...],
    state: str | None,
    complete: tuple[str, ...],
    now: str | None,
    undecided: Literal["allow", "deny"],
) -> None:
    """Stand between an agent and the MCP server that COMMAND starts: serve its tools, refuse what SPEC forbids.

    Configure it in the agent in place of the server. A proxy does not hear what is said: rules that need words are left
    out, and named at the start.
    """
    try:
        import anyio

        from ..proxy import NoProxy, serve
    except ImportError:
        raise click.UsageError("this needs the mcp package: pip install cove-dsl[mcp]") from None
    desk = Desk(spec_or_exit(spec_name))
    database = state_or_exit(state, desk.spec)
    world = World(desk.program, world_of(database, desk.program)) if database is not None else None
    try:
        whole = True if "all" in complete else complete
        monitor = desk.monitor(world, False, whole, (lambda: datetime.now().astimezone()) if now == "live" else now)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if monitor.left_out:
        say(f"not guarded, because a proxy does not hear what is said: {', '.join(monitor.left_out)}")
    try:
        anyio.run(serve, monitor, list(server), undecided, say)
    except NoProxy as error:
        say(f"error: {error}")
        sys.exit(USAGE)
    except OSError as error:
        say(f"error: cannot start `{server[0]}`: {error.strerror or error}")
        sys.exit(PROBLEMS)
    sys.exit(FINE)
