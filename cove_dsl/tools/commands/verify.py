"""`covec verify`: did the agent do what was wanted, and keep to the policy?"""

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import click
from attrs import define, field

from ...backends.python.runtime.sandbox import Program
from ...backends.python.runtime.standalone import NO_STATE, lacks, told_lacking
from ...backends.python.runtime.world import World
from ...source import DataProblem
from ...world.conversations import Record, Refusal, TasksError, read_tasks
from ...world.ledger import Ledger
from ...world.program import program_of
from ...world.state import apply_start, world_of
from ...world.verify import verify_record
from ..cells import visible
from ..ci import Reports, report_options
from ..oddities import Oddities, in_short
from ..output import FINE, PROBLEMS, UNDECIDED, Output, refuse_existing, say, use_colour
from ..report_verdicts import report_refusal, report_row, report_rules
from ..selection import chosen, rule_options
from ..unknown import Unknown
from .accepting import accepting_options, ledger_or_exit, report_acceptance
from .common import json_lines, now_option, output_options, show_data_problem, spec_at, state_or_exit
from .conversations import Conversations


@click.command("verify")
@click.argument("spec_name", metavar="SPEC")
@click.argument("input_path", metavar="INPUT")
@click.option(
    "--state", metavar="DB", help="The database before each conversation; without it only what results reveal is known."
)
@now_option
@click.option("--tasks", metavar="TASKS", help="Benchmark tasks: gold by task id, for records that carry none.")
@rule_options("judge only", "do not judge")
@click.option(
    "--plans-without-sync", is_flag=True, help="Run a task's own plan without `sync`, as tau2-bench runs its gold."
)
@click.option("--timeline", is_flag=True, help="Show each conversation with state changes and verdicts.")
@accepting_options
@report_options
@output_options
def command(
    spec_name: str,
    input_path: str,
    state: str | None,
    now: str | None,
    tasks: str | None,
    rule: tuple[str, ...],
    skip_rule: tuple[str, ...],
    plans_without_sync: bool,
    timeline: bool,
    waivers: str | None,
    today: datetime | None,
    baseline: str | None,
    write_baseline: str | None,
    junit: str | None,
    sarif: str | None,
    form: str,
    path: str | None,
    force: bool,
) -> None:
    """Judge the conversations of INPUT: JSON Lines, a run's folder, an export, or a results file of tau-bench or
    tau2-bench.

    Exits 1 where a conversation is violated or refused, else 3 where one is undecided. Warnings of what is odd in a
    recording change neither verdict nor exit code. What is waived or known from a baseline is reported, and does not
    count.
    """
    source = Conversations.at(input_path, state)
    reports = Reports("covec verify", junit, sarif, force)
    refuse_existing(write_baseline, force)
    spec = spec_at(spec_name, now)
    program = program_of(spec)
    rules = chosen(program.rules, rule, skip_rule)
    ledger = ledger_or_exit(waivers, baseline, write_baseline is not None, program.rules, today)
    world = world_of(state_or_exit(source.state, spec), program)
    gold, known = _tasks(tasks), source.state is not None
    odd, unknown = Oddities(tuple(program.tools), known), Unknown(spec, known)
    moment = spec.clock if now is not None else None
    judging = _Judging(
        program, world, rules, not plans_without_sync, ledger, reports, str(source.path), odd, unknown, moment
    )
    with Output(path, force, "json" if path else form) as out:
        judging.all(source.records(world, gold), out, timeline and form == "text" and not path)
    if not known and set(judging.tally) - {"refused"}:
        say("\n".join(filter(None, (NO_STATE, source.lacking()))))
    for line in (
        *told_lacking(judging.lacking, "; so does a file of tasks (`--tasks`)"),
        *judging.open.summary(),
        *judging.odd.summary(),
    ):
        say(line)
    say(judging.summary())
    report_acceptance(ledger, write_baseline, judging.rules, reports)
    code = judging.exit_code(accepting=write_baseline is not None and baseline is None)
    reports.write(code)
    sys.exit(code)


@define(eq=False)
class _Judging:
    """Records on their way through the rules, the ledger, and to whoever wants to know."""

    program: Program
    world: World
    chosen: frozenset[str] | None
    sync_plans: bool
    ledger: Ledger
    reports: Reports
    path: str
    odd: Oddities
    open: Unknown
    now: str | None
    tally: Counter[str] = field(factory=Counter, init=False)
    counted: Counter[str] = field(factory=Counter, init=False)
    lacking: Counter[str] = field(factory=Counter, init=False)

    @property
    def rules(self) -> list[str]:
        return [n for n in self.program.rules if self.chosen is None or n in self.chosen]

    def all(self, records: Iterable[Record | Refusal], out: Output, timeline: bool) -> None:
        report_rules(self.reports, self.program, self.rules)
        for record in records:
            row = self._refused(record) if isinstance(record, Refusal) else self._judged(record)
            self.tally["refused" if "error" in row else row["verdict"]] += 1
            self.odd.enter(row)
            self.open.enter(row)
            self.counted["refused" if "error" in row else row["counts_as"]] += 1
            if timeline and isinstance(record, Record):
                _show(self.program, self.world, record, row)
            else:
                line = record.problem.line if isinstance(record, Refusal) else record.line
                empty = isinstance(record, Record) and "error" not in row and not record.messages
                out.row(row, _line(row, line) + "  no messages" * empty if out.form == "text" else "")

    def _refused(self, refusal: Refusal) -> dict[str, Any]:
        show_data_problem(refusal.problem)
        report_refusal(self.reports, self.program, self.path, refusal)
        return {"id": refusal.id, "verdict": "unknown", "error": refusal.problem.message}

    def _judged(self, record: Record) -> dict[str, Any]:
        row = verify_record(self.program, self.world, record, self.chosen, self.sync_plans)
        if self.now is not None and "error" not in row:
            row["now"] = self.now
        if "error" in row:
            show_data_problem(DataProblem("bad-record", row["error"], self.path, record.line or None, record.id))
        self.lacking.update(lacks(row, record.messages))
        found = self.ledger.enter(row)
        if self.reports:
            compared = self.ledger.baseline is not None
            report_row(self.reports, self.program, self.path, record, row, found, compared, self.odd.has_state)
        return row

    def summary(self) -> str:
        """How many conversations came to what, and what of their violations was accepted."""
        verdicts = " · ".join(f"{n} {verdict}" for verdict, n in sorted(self.tally.items())) or self._nothing()
        if self.ledger.waivers is None and self.ledger.baseline is None:
            return verdicts
        return f"{verdicts}\nviolations: {' · '.join(f'{n} {kind}' for kind, n in self.ledger.counts.items())}"

    def _nothing(self) -> str:
        return f"no conversations: {self.path} holds no record, so nothing was judged"

    def exit_code(self, accepting: bool) -> int:
        """`accepting`: what was found has just been written down as known."""
        if self.counted["refused"] or (self.counted["violated"] and not accepting):
            return PROBLEMS
        return UNDECIDED if self.counted["unknown"] else FINE


def _tasks(path: str | None) -> Any:
    if path is None:
        return None
    json_lines(path)
    try:
        return read_tasks(path)
    except TasksError as error:
        show_data_problem(error.problem)
        sys.exit(PROBLEMS)


def _line(row: dict[str, Any], line: int | None) -> str:
    """A conversation in a line: `~` where all that is wrong is accepted. `line`: where it stands in its file."""
    if "error" in row:
        name = str(row["id"]) if row["id"] is not None else f"line {line}" if line else "the file"
        return f"? {visible(name)}  refused: {visible(row['error'])}"
    accepted = row["verdict"] == "violated" and row["counts_as"] == "satisfied"
    verdict = "accepted" if accepted else row["counts_as"]
    mark = {"satisfied": "✓", "violated": "✗", "unknown": "?", "accepted": "~"}[verdict]
    broken = [f"{r['rule']}{_why(r)}" for r in row["rules"] if r["verdict"] == "violated"]
    score = "–" if row["score"] is None else f"{row['score']:.2f}"
    open_ = [r["rule"] for r in row["rules"] if r["verdict"] == "unknown" and r["severity"] == "error"]
    errors = row["outcome"].get("plan_errors")
    odd = in_short(row)
    unsound = f"  the task's own plan fails: {visible(str(errors[0]['error']))}" if errors else ""
    return (
        f"{mark} {visible(str(row['id']))}  score {score}  state {row['outcome']['state']}{_why(row['outcome'])}"
        + (f"  broke {', '.join(broken)}" if broken else "")
        + (f"  unknown {', '.join(open_)}" if open_ else "")
        + unsound
        + (f"  {odd}" if odd else "")
    )


def _why(part: dict[str, Any]) -> str:
    """Why a violation does not count."""
    if "waived" in part:
        return f" (waived until {part['waived']['expires']})"
    if part.get("known"):
        return " (known)"
    return " (warning)" if part.get("severity") == "warning" else ""


def _show(program: Program, world: World, record: Record, row: dict[str, Any]) -> None:
    from ..timeline import console, render_timeline

    screen = console(use_colour(sys.stdout))
    screen.rule(visible(record.id))
    if "error" in row:
        screen.print(f"refused: {visible(row['error'])}")
        return
    screen.print(render_timeline(program, apply_start(world, record.start), record.messages, row))
