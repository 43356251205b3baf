"""`covec`: the command line. Each command lives in a module of its own, loaded when it is called."""

import importlib
import io
import keyword
import os
import sys
from typing import Any

import click

COMMANDS = {
    "check": "parse, resolve and type a specification, then ask the solver's cheap questions",
    "solve": "ask the solver everything: can each scenario be, does each rule do something",
    "diff": "compare two policies: what does each forbid that the other allows",
    "build": "write the checker, prompts, tool schemas and solver scripts of a specification",
    "replay": "run recorded calls in the specification's own sandbox",
    "verify": "judge conversations against goals and policy",
    "audit": "hold a benchmark's tasks and recorded rewards against the policy",
    "data": "make a world that fits the specification",
    "sample": "draw tasks, each proved by carrying it out",
    "synth": "make tasks, hold dialogues, keep those that verify",
    "export": "make a dataset of a run, for trainers and benchmarks",
    "coverage": "which conditions of the policy some conversations have exercised",
    "report": "what a run holds: yield, blame, lengths, rules, variety, the worst dialogues",
    "test": "run the specification's own tests",
    "init": "begin a new desk",
    "import": "make a skeleton of a specification from tool schemas",
    "show": "one conversation as a timeline, with state changes and verdicts",
    "fmt": "lay out specifications in one way",
    "guard": "stand between an agent and an MCP server, and refuse what the policy forbids",
    "explain": "what a diagnostic's code means, and what to do",
}


class Commands(click.Group):
    """Loads a command's module only when that command is meant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"cove_dsl.tools.commands.{name}{'_' * keyword.iskeyword(name)}")
        found: click.Command = module.command
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS:
            from ..source import suggest

            near = suggest(args[0], COMMANDS)
            hint = "; did you mean " + " or ".join(f"`{n}`" for n in near) + "?" if near else ""
            raise click.UsageError(f"there is no command `{args[0]}`{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cove-dsl", prog_name="covec")
def covec() -> None:
    """One language for service desks: what tools do, what the policy allows, what users come for.

    SPEC is a .cove file, a folder that holds one desk, or the name of a bundled desk.
    Exit codes: 0 fine, 1 the input has problems, 2 usage, 3 undecided, 70 a bug of ours, 130 stopped.
    """


def main() -> None:
    """Runs covec; a failure that is ours says so and asks for a report."""
    speak_utf8()
    try:
        covec.main(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        print("stopped", file=sys.stderr)
        sys.exit(130)
    except FileNotFoundError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        place = error.filename2 or error.filename
        print(f"error: {place}: {error.strerror}" if place else f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except Exception as error:
        if os.environ.get("COVE_TRACEBACK"):
            raise
        print(f"this is a bug in covec: {type(error).__name__}: {error}", file=sys.stderr)
        print("please report it with the command and its output under COVE_TRACEBACK=1", file=sys.stderr)
        sys.exit(70)


def speak_utf8() -> None:
    """Results are UTF-8 wherever they go: a locale or a console that has no word for `✓` is no reason to fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(encoding="utf-8")


if __name__ == "__main__":
    main()
