"""`covec solve`: can everybody be served, does every rule do something, can every tool be used?"""

import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from ..numbers import POSITIVE, WHOLE
from ..output import FINE, PROBLEMS, UNDECIDED, Output, say, use_colour
from ..selection import chosen
from .common import output_options, spec_or_exit, state_or_exit

if TYPE_CHECKING:
    from ...core.spec import Spec
    from ...source import Diagnostic


MOST_NAMES = 6


@click.command("solve")
@click.argument("spec_name", metavar="SPEC")
@click.option("--scenario", "scenarios", multiple=True, metavar="GLOB", help="Only scenarios whose name matches.")
@click.option("--rule", "rules", multiple=True, metavar="GLOB", help="Only rules whose name matches.")
@click.option("--state", metavar="DB", help="Ask about this database instead of about any.")
@click.option("--stories", is_flag=True, help="Show the conversations that were found.")
@click.option("--all-cores", is_flag=True, help="Of what cannot be, show every minimal conflict and what would end it.")
@click.option(
    "--neighbours", is_flag=True, help="For each rule, a shortest conversation that breaks it and nothing else."
)
@click.option("--as-tests", is_flag=True, help="Write these as tests of the language, each of which passes.")
@click.option("--rewards", is_flag=True, help="Whether a task pays an agent that serves nobody.")
@click.option(
    "--tasks",
    type=WHOLE,
    default=3,
    show_default=True,
    help="How many tasks of each scenario --rewards draws.",
)
@click.option(
    "--rows",
    type=WHOLE,
    default=3,
    show_default=True,
    help="How many rows a table has at most in small worlds.",
)
@click.option(
    "--steps",
    type=WHOLE,
    default=3_000_000,
    show_default=True,
    help="The solver's budget for one question.",
)
@click.option("--seconds", type=WHOLE, default=20, show_default=True, help="The backstop for one question.")
@click.option(
    "--budget",
    type=POSITIVE,
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="The backstop for everything.",
)
@click.option("--memory", type=WHOLE, default=4096, show_default=True, metavar="MB", help="What the solver may have.")
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@output_options
def command(
    spec_name: str, scenarios: tuple[str, ...], rules: tuple[str, ...], state: str | None, stories: bool,
    all_cores: bool, neighbours: bool, as_tests: bool, rewards: bool, tasks: int, rows: int, steps: int, seconds: int,
    budget: float, memory: int, seed: int, as_json: bool, form: str, path: str | None, force: bool,
) -> None:  # fmt: skip
    """Ask everything about SPEC. Every conversation shown was replayed by the reference evaluator, every conflict asked
    again without each of its parts."""
    from ...backends.smt import Budget
    from ...solve.search import Knobs

    alone = {"--state": state, "--scenario": scenarios, "--rewards": rewards, "--all-cores": all_cores}
    over_a_world = {"--rule": rules, "--all-cores": all_cores}
    _refuse_beside("--as-tests" if as_tests else "--neighbours", neighbours or as_tests, alone)
    _refuse_beside("--rewards", rewards, over_a_world)
    _refuse_beside("--state", state is not None, over_a_world)
    spec = spec_or_exit(spec_name)
    chosen(spec.scenarios, scenarios, what="scenario")
    chosen(spec.rules, rules)
    form = "json" if as_json or path else form
    knobs = Knobs(Budget(steps, seconds * 1000, seed), rows)
    with Output(path, force, form) as out:
        if neighbours or as_tests:
            code = _neighbours(spec, spec_name, knobs, rules, as_tests, out)
        elif rewards:
            code = _rewards(spec, state, scenarios, seed, tasks, stories, out)
        elif state is not None:
            code = _over_a_database(spec, state, scenarios, seed, stories, out)
        else:
            code = _Report(spec, knobs, stories, all_cores, out).run(scenarios, rules, budget, memory)
    sys.exit(code)


def _refuse_beside(name: str, is_given: bool, others: dict[str, Any]) -> None:
    """Raises UsageError for an option that another would leave aside: what is asked for is asked, or refused."""
    for other, value in others.items() if is_given else ():
        if value:
            raise click.UsageError(f"{other} does not go with {name}")


def _neighbours(spec: "Spec", name: str, knobs: Any, rules: tuple[str, ...], as_tests: bool, out: Output) -> int:
    """The smallest step over each rule."""
    from ...solve.neighbours import neighbours
    from ..render_neighbours import neighbour_lines, neighbour_row, neighbour_tests

    found = []
    for one in neighbours(spec, knobs, rules):
        found.append(one)
        if not as_tests:
            out.row(neighbour_row(one, spec) if out.form == "json" else None, "\n".join(neighbour_lines(one, spec)))
    for line in neighbour_tests(found, spec, name) if as_tests else ():
        out.line(line)
    return UNDECIDED if any(n.status == "unknown" for n in found) else FINE


def _rewards(
    spec: "Spec", path: str | None, globs: tuple[str, ...], seed: int, tasks: int, stories: bool, out: Output
) -> int:
    """What tasks pay agents without merit, over a database or the specification's own world."""
    from ...solve.rewards import rewards
    from ..render_rewards import reward_lines, reward_row, summary
    from .data import generated_or_exit

    state = state_or_exit(path, spec) if path is not None else generated_or_exit(spec, 0)
    rows = []
    for row in rewards(spec, state, globs, seed, tasks):
        rows.append(row)
        out.row(reward_row(row, spec), "\n".join(reward_lines(row, spec, stories)))
    say(summary(rows, spec))
    return PROBLEMS if any(r.wrong for r in rows) else UNDECIDED if any(not r.tasks for r in rows) else FINE


class _Report:
    """Prints answers as they come, and remembers what they come to."""

    def __init__(self, spec: "Spec", knobs: Any, stories: bool, all_cores: bool, out: Output) -> None:
        self.spec, self.knobs, self.stories, self.all_cores, self.out = spec, knobs, stories, all_cores, out
        self.problems: list[Diagnostic] = []
        self.undecided = False
        self.late: list[str] = []
        self.parts: dict[str, tuple[int, ...]] = {}
        self.named: list[str] = []

    def run(self, scenarios: tuple[str, ...], rules: tuple[str, ...], seconds: float, memory: int) -> int:
        """Asks in a process of its own; where that dies, what it was about stays open and another takes the rest."""
        from ...solve.apart import Died, apart
        from ...solve.survey import Surveyor, lost

        deadline = time.monotonic() + seconds
        left = Surveyor(self.spec).asks(scenarios, rules)
        while left:
            surveyor = Surveyor(self.spec, self.knobs, max(deadline - time.monotonic(), 0.0))
            asking, done = left[0], set()
            try:
                for what, thing in apart(partial(self._ask, surveyor, left, memory)):
                    if what == "began":
                        asking = left[thing]
                        continue
                    done.add(thing[0])
                    self._print(*thing[1:])
                left = []
            except Died as end:
                self._print(*self._told(lost(asking, end)))
                left = [a for n, a in enumerate(left) if n not in done and a is not asking]
        return self._close()

    def _ask(self, surveyor: Any, asks: list[Any], memory: int, hand: Any) -> None:
        from ...backends.smt.solve import limit_memory

        limit_memory(memory)
        number = {(a.kind, a.name): n for n, a in enumerate(asks)}
        for found in surveyor.answers(asks, lambda ask: hand(("began", number[ask.kind, ask.name]))):
            kind, name = ("scenario", found.scenario) if hasattr(found, "scenario") else (found.kind, found.name)
            hand(("answer", (number[kind, name], *self._told(found))))

    def _told(self, found: Any) -> tuple[Any, ...]:
        """An answer as a row, as lines, with what is wrong, and whether it stayed open."""
        from ...solve.survey import about_finding, about_parts, about_scenario
        from ..render_solved import finding_lines, finding_row, parts_lines, parts_row, scenario_lines, scenario_row

        if hasattr(found, "scenario"):
            row = scenario_row(found, self.spec, self.knobs, self.all_cores)
            lines = scenario_lines(found, row, self.stories)
            return row, lines, [about_scenario(found, self.spec)], found.status == "unknown" and not found.expected
        if found.kind in ("values", "branches"):
            return parts_row(found, self.spec), parts_lines(found), about_parts(found), False
        lines = finding_lines(found, self.stories)
        return finding_row(found, self.spec), lines, [about_finding(found, self.spec)], found.finding == "unknown"

    def _print(
        self, row: dict[str, Any], lines: list[str], problems: "list[Diagnostic | None]", undecided: bool
    ) -> None:
        from ..render_solved import parts_named

        late = row["doubt"] is not None and row["doubt"]["knob"] == "--budget"
        self.late += [next(str(v) for v in row.values())] if late and undecided else []
        self.problems += [p for p in problems if p is not None and not late]
        self.undecided = self.undecided or undecided
        if row.get("parts"):
            counts = row["number"], row["wrong"], len(row["missed"]) - row["wrong"], len(row["open"])
            before = self.parts.get(row["parts"], (0, 0, 0, 0))
            self.parts[row["parts"]] = tuple(a + b for a, b in zip(before, counts, strict=True))
            self.named += parts_named(row)
        if lines or self.out.form == "json":
            self.out.row(row, "\n".join(lines))

    def _close(self) -> int:
        from ..render_solved import parts_counted
        from ..render_text import render_diagnostics

        if self.parts and self.out.form != "json":
            self.out.line("\n".join([parts_counted(self.parts), *self.named]))
        if self.problems:
            say(render_diagnostics(self.problems, self.spec.sources, colour=use_colour(sys.stderr), cap=100))
        if self.late:
            names = ", ".join(f"`{n}`" for n in self.late[:MOST_NAMES]) + (" …" if len(self.late) > MOST_NAMES else "")
            them = "these answers came" if len(self.late) > 1 else "this answer came"
            say(f"the time was up before {them}: {names}; give everything more (`--budget`)")
        wrong = any(p.severity == "error" or p.code == "refusal-not-forced" for p in self.problems)
        return PROBLEMS if wrong else UNDECIDED if self.undecided else FINE


def _over_a_database(spec: "Spec", path: str, globs: tuple[str, ...], seed: int, stories: bool, out: Output) -> int:
    """Each scenario over a database: a task that is drawn and whose plan is carried out is a proof."""
    from ...solve.instances import instances
    from ..render_solved import instance_lines

    answers = set[str]()
    for found in instances(spec, state_or_exit(path, spec), globs, seed):
        answers.add(found["status"])
        out.row(found, "\n".join(instance_lines(found, stories)))
    return PROBLEMS if "unsat" in answers else UNDECIDED if "unknown" in answers else FINE
