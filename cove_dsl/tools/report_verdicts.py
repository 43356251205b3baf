"""Judged conversations for continuous integration: a case for each, a notice for each finding and each doubt."""

from collections.abc import Iterable
from typing import Any

from attrs import evolve

from ..backends.python.runtime.sandbox import Program
from ..source.registry import CODES
from ..world.conversations import Record, Refusal
from ..world.findings import ENDED, GOALS, Finding, Key, event_key
from .ci import Case, Level, Notice, Place, Reports, RuleCard, Status
from .oddities import KINDS, sentences

_STATUS: dict[str, Status] = {"satisfied": "passed", "violated": "failed", "unknown": "skipped"}


def report_rules(reports: Reports, program: Program, rules: Iterable[str]) -> None:
    """The rules that are judged, whether or not they are broken."""
    for name in rules:
        rule = program.rules[name]
        reports.rule(RuleCard(name, rule.text or name, _level(rule.severity)))


def _level(severity: str) -> Level:
    return "error" if severity == "error" else "warning" if severity == "warning" else "note"


def report_refusal(reports: Reports, program: Program, path: str, refusal: Refusal) -> None:
    """A record that could not be read."""
    place = Place(path, refusal.problem.line)
    name = refusal.id or f"{path}:{refusal.problem.line or '?'}"
    reports.case(Case(program.name, name, "error", refusal.problem.message, place=place))
    code = refusal.problem.code
    reports.note(Notice(code, "error", refusal.problem.message, place), CODES[code].title)


def report_row(
    reports: Reports,
    program: Program,
    path: str,
    record: Record,
    row: dict[str, Any],
    found: list[Finding],
    compared: bool,
    has_state: bool,
) -> None:
    """A judged record. `compared`: whether there was a baseline. `has_state`: whether there was a database."""
    place = Place(path, record.line or None)
    if "error" in row:
        reports.case(Case(program.name, record.id, "error", row["error"], place=place))
        reports.note(Notice("bad-record", "error", row["error"], place), CODES["bad-record"].title)
        return
    doubts = _doubts(program, row)
    found = [_explained(program, f) for f in found]
    lost = _lost(row)
    odd = list(sentences(row, program.tools, has_state))
    case = _case(program.name, record.id, row["counts_as"], found, [*(k.title for k, _, _ in doubts), *lost], place)
    remarks = [f"message {event['message']}: {text}" for _, event, text in odd]
    reports.case(evolve(case, remarks="\n".join(filter(None, [case.remarks, *remarks]))))
    for kind, event, text in odd:
        where = Place(path, record.line or None, within=f"{record.id}#{_pointer(event['message'], event.get('call'))}")
        name = f"call:{kind.replace(' ', '-')}"
        reports.note(Notice(name, "warning", f"{record.id}: {text}", where), KINDS[kind])
    for text in lost:
        reports.note(Notice("goal:unknown", "none", f"{record.id}: {text}", place), "not known whether it was reached")
    for finding in found:
        reports.note(_notice(finding, path, record, compared), GOALS.get(finding.key.rule.partition(":")[2], ""))
    for key, text, span in doubts:
        message = f"{key.title} is not known {key.where} of {record.id}: {text}"
        related = (Place.of_span(span),) if span is not None else ()
        reports.note(Notice(key.rule, "none", message, _place(path, record, key), related, _named(key)), text)


def _explained(program: Program, finding: Finding) -> Finding:
    """A finding with the text of its rule, and the reason of its own label alone."""
    return finding if finding.key.is_goal else evolve(finding, text=_text(program, finding.key))


def _text(program: Program, key: Key) -> str:
    rule = program.rules[key.rule]
    reason = rule.reasons.get(key.label)
    return f"{rule.text} ({reason})" if reason else rule.text


def _case(suite: str, name: str, counts_as: str, found: list[Finding], doubts: list[str], place: Place) -> Case:
    counting = [f for f in found if f.counts]
    status = _STATUS[counts_as]
    message = ""
    if status == "failed":
        message = ", ".join(dict.fromkeys(f.key.title for f in counting))
    elif status == "skipped":
        message = f"undecided: {', '.join(dict.fromkeys(doubts))}"
    remarks = [f"{_why(f)}: {_sentence(f)}" for f in found if not f.counts]
    return Case(suite, name, status, message, "\n".join(map(_sentence, counting)), "\n".join(remarks), place)


def _why(finding: Finding) -> str:
    if finding.waived is not None:
        return f"waived until {finding.waived['expires']} ({finding.waived['reason']})"
    return "known before" if finding.known else finding.severity


def _sentence(finding: Finding) -> str:
    if finding.key.is_goal:
        return finding.text
    at = f" ({finding.span['path']}:{finding.span['start']['line']})" if finding.span is not None else ""
    return f"{finding.key.title} {finding.key.where}: {finding.text}{at}"


def _notice(finding: Finding, path: str, record: Record, compared: bool) -> Notice:
    key = finding.key
    related = (Place.of_span(finding.span),) if finding.span is not None else ()
    text = finding.text if key.is_goal else f"{key.title} is violated {key.where} of {record.id}: {finding.text}"
    return Notice(
        key.rule,
        _level(finding.severity),
        f"{record.id}: {text}" if key.is_goal else text,
        _place(path, record, key),
        related,
        _named(key),
        finding.waived,
        finding.known if compared else None,
    )


def _place(path: str, record: Record, key: Key) -> Place:
    """The record's line, and the event in it as a JSON pointer."""
    pointer = _pointer(key.message, key.call if key.call > ENDED else None)
    return Place(path, record.line or None, within=f"{record.id}#{pointer}")


def _pointer(message: int, call: int | None) -> str:
    """An event as a JSON pointer into its record."""
    return ("" if message < 0 else f"/messages/{message}") + ("" if call is None else f"/tool_calls/{call}")


def _named(key: Key) -> str:
    return "\n".join(map(str, key))


_Doubt = tuple[Key, str, Any]


def _lost(row: dict[str, Any]) -> list[str]:
    """Why it is not known whether the goal was reached, where it is not."""
    outcome = row["outcome"]
    if outcome["verdict"] != "unknown" or outcome["state"] == "absent":
        return []
    errors = outcome.get("plan_errors")
    return [f"the task's own plan fails: {errors[0]['error']}" if errors else "the end against what was wanted"]


def _doubts(program: Program, row: dict[str, Any]) -> list[_Doubt]:
    """What binds and is not known: rule and event, the rule's text, its place."""
    return [
        (key, _text(program, key), rule["span"])
        for rule in row["rules"]
        if rule["severity"] == "error"
        for event in rule["events"]
        if event["verdict"] == "unknown"
        for key in (event_key(row["id"], rule["rule"], event),)
    ]
