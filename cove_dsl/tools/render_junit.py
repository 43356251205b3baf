"""JUnit XML, in the shape that continuous integration agrees on: `testsuites`, `testsuite`, `testcase`.

There is no binding standard. What is written here is what the common readers (Jenkins, GitLab, GitHub actions) share:
`failure` for what is wrong, `error` for what could not be judged, `skipped` for what is undecided. No times and no
host: the same input gives the same bytes.
"""

import re
from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from .ci import Case

_TAGS = {"failed": "failure", "error": "error", "skipped": "skipped"}
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_junit(command: str, cases: Sequence[Case]) -> str:
    """A whole document. Neighbouring cases of one suite stand together."""
    root = ET.Element("testsuites", {"name": command} | _counts(cases))
    for name, group in groupby(cases, key=lambda case: case.suite):
        members = list(group)
        suite = ET.SubElement(root, "testsuite", {"name": _legal(name)} | _counts(members))
        for case in members:
            _case(suite, case)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    statuses = [case.status for case in cases]
    return {
        "tests": str(len(cases)),
        "failures": str(statuses.count("failed")),
        "errors": str(statuses.count("error")),
        "skipped": str(statuses.count("skipped")),
    }


def _case(suite: ET.Element, case: Case) -> None:
    about = {"classname": _legal(case.suite), "name": _legal(case.name)}
    if case.place is not None:
        about |= {"file": _legal(case.place.path)} | ({"line": str(case.place.line)} if case.place.line else {})
    made = ET.SubElement(suite, "testcase", about)
    if case.status in _TAGS:
        ET.SubElement(made, _TAGS[case.status], message=_legal(case.message)).text = _legal(case.body) or None
    if case.remarks:
        ET.SubElement(made, "system-out").text = _legal(case.remarks)


def _legal(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return _ILLEGAL.sub("\ufffd", text)
