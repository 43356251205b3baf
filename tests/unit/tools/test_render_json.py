"""The published JSON of a problem."""

import json

from cove_dsl.source import DataProblem, Diagnostic, Fix, Label, Piece, SourceFile, SourceMap, Span
from cove_dsl.tools.render_json import encode_problem, render_json

FILE = SourceFile("specs/é.cove", "rule é\n  chek x\n")
SOURCES = SourceMap({"p": Piece("p", FILE, 7, FILE.text[7:])})
CHEK = Span("p", 2, 6)
PLACE = {
    "path": "specs/é.cove",
    "start": {"line": 2, "column": 3, "offset": 10},
    "end": {"line": 2, "column": 7, "offset": 14},
}


def test_a_diagnostic_in_the_published_shape():
    labels = (Label(CHEK, "here"), Label(Span("gone", 0, 1), "", primary=False))
    problem = Diagnostic(
        "syntax", "unknown word `chek`", labels, notes=("n",), help=("h",), fixes=(Fix(CHEK, "check", "write `check`"),)
    )
    assert encode_problem(problem, SOURCES) == {
        "code": "syntax",
        "severity": "error",
        "message": "unknown word `chek`",
        "labels": [
            {"span": PLACE, "primary": True, "text": "here"},
            {"span": None, "primary": False, "text": ""},
        ],
        "notes": ["n"],
        "help": ["h"],
        "fixes": [{"span": PLACE, "replacement": "check", "title": "write `check`"}],
    }


def test_a_data_problem_has_the_same_keys_and_its_place():
    problem = DataProblem("bad-type", "m", "db.json", 3, "r", "f", "warning")
    encoded = encode_problem(problem, SOURCES)
    assert encoded.keys() >= {"code", "severity", "message", "labels", "notes", "help", "fixes"}
    assert [encoded[key] for key in ("path", "line", "record", "field")] == ["db.json", 3, "r", "f"]


def test_one_line_per_problem_sorted_by_place():
    problems = [Diagnostic("b", "nowhere"), Diagnostic("a", "odd\n\ud800", (Label(CHEK),))]
    lines = render_json(problems, SOURCES).splitlines()
    assert [json.loads(line)["code"] for line in lines] == ["a", "b"]
    assert all(line.isascii() for line in lines)
    assert render_json([], SOURCES) == ""
