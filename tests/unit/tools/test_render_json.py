"""The published JSON of a problem."""

import json

from click.testing import CliRunner

from cove_dsl.source import DataProblem, Diagnostic, Fix, Label, Piece, SourceFile, SourceMap, Span
from cove_dsl.tools.cli import covec
from cove_dsl.tools.render_json import encode_problem, encode_problems

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


def test_problems_come_in_the_order_of_their_places():
    problems = [Diagnostic("b", "nowhere"), Diagnostic("a", "odd", (Label(CHEK),))]
    assert [row["code"] for row in encode_problems(problems, SOURCES)] == ["a", "b"]
    assert encode_problems([], SOURCES) == []


def test_check_gives_problems_in_the_order_of_their_places(tmp_path):
    """Whichever step of the compiler found them."""
    path = tmp_path / "d.cove"
    path.write_text("domain d\ndefine a -> int = b\ndefine b -> int = a\ndefine c -> int = zz\nenum e { x, x }\n")
    told = CliRunner().invoke(covec, ["check", str(path), "--format", "json"]).stdout.splitlines()
    places = [json.loads(line)["labels"][0]["span"]["start"]["line"] for line in told]
    assert places == [2, 4, 5]
    assert all(line.isascii() for line in told)
