"""SARIF 2.1.0 (OASIS standard): one run of one tool, its rules, its results.

A result's rule is a rule of the policy, a kind of goal, or a diagnostic's code; all are permanent names. What is waived
is a suppressed result; what a baseline knew has `baselineState`. `fingerprints` name a result from run to run.
"""

import hashlib
import json
import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .ci import Notice, Place, Reports, RuleCard

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render_sarif(reports: Reports, exit_code: int) -> str:
    """A whole log."""
    indexes = {name: i for i, name in enumerate(reports.rules)}
    driver = {
        "name": "covec",
        "semanticVersion": _version(),
        "rules": [_rule(card) for card in reports.rules.values()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "exitCode": exit_code}],
        "results": [_result(notice, indexes[notice.rule]) for notice in reports.notices],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=True, indent=1) + "\n"


def _version() -> str:
    try:
        return version("cove-dsl")
    except PackageNotFoundError:
        return "0.0.0"


def _rule(card: RuleCard) -> dict[str, Any]:
    return {
        "id": card.id,
        "shortDescription": {"text": card.text},
        "defaultConfiguration": {"level": card.level},
    }


def _result(notice: Notice, index: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "ruleId": notice.rule,
        "ruleIndex": index,
        "kind": "open" if notice.level == "none" else "fail",
        "level": notice.level,
        "message": {"text": notice.message},
    }
    if notice.place is not None:
        made["locations"] = [_location(notice.place)]
    if notice.related:
        made["relatedLocations"] = [_location(place, i) for i, place in enumerate(notice.related)]
    if notice.key is not None:
        made["partialFingerprints"] = {"cove/v1": hashlib.sha256(notice.key.encode("utf-8", "replace")).hexdigest()}
    if notice.waived is not None:
        until = f"{notice.waived['reason']} (until {notice.waived['expires']})"
        made["suppressions"] = [{"kind": "external", "status": "accepted", "justification": until}]
    if notice.known is not None:
        made["baselineState"] = "unchanged" if notice.known else "new"
    return made


def _location(place: Place, number: int | None = None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri(place.path)}}
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    if place.line is not None:
        physical["region"] = {name: value for name, value in region.items() if value is not None}
    made: dict[str, Any] = {} if number is None else {"id": number}
    made["physicalLocation"] = physical
    if place.within is not None:
        made["logicalLocations"] = [{"fullyQualifiedName": place.within}]
    return made


def uri(path: str) -> str:
    """A path as a URI reference: relative to the working folder where it lies in it."""
    found = Path(path)
    if found.is_absolute() and found.is_relative_to(Path.cwd()):
        found = found.relative_to(Path.cwd())
    return found.as_uri() if found.is_absolute() else quote(os.fsencode(found.as_posix()))
