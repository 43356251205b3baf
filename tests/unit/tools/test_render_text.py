"""The look of diagnostics in a terminal."""

import re

import pytest

from cove_dsl.source import DataProblem, Diagnostic, Label, Piece, SourceFile, SourceMap, Span
from cove_dsl.source.files import found_at, specs_folder
from cove_dsl.tools.cells import excerpt, visible, width
from cove_dsl.tools.render_text import render_diagnostic, render_diagnostics


def sources_of(**texts: str) -> SourceMap:
    """One piece per file: `shop="…"` is the piece `shop` of `specs/shop.cove`."""
    files = {name: SourceFile(f"specs/{name}.cove", text) for name, text in texts.items()}
    return SourceMap({name: Piece(name, file, 0, file.text) for name, file in files.items()})


def label(sources: SourceMap, piece: str, target: str, text: str = "", *, primary: bool = True) -> Label:
    """A label on the first occurrence of a text."""
    start = sources.pieces[piece].text.index(target)
    return Label(Span(piece, start, start + len(target)), text, primary)


SHOP = "\n" * 11 + (
    "  require order.status == pending\n" + "\n" * 28 + "  pick order: user.orders where status == delivered\n"
    "  goal cancel_pending_order(order.order_id, no_longer_needed)\n"
)

EXPECTED = """\
error[unsatisfiable]: no conversation can meet these 3 requirements together
   ┌─ specs/shop.cove:41:33
   │
12 │   require order.status == pending
   │           ----------------------- cancelling needs a pending order
   ·
41 │   pick order: user.orders where status == delivered
   │                                 ^^^^^^^^^^^^^^^^^^^ but this scenario picks a delivered one
42 │   goal cancel_pending_order(order.order_id, no_longer_needed)
   │        ------------------------------------------------------ and must cancel it
   = note: dropping any one of the three resolves the conflict
   = help: write `expect refusal by cancel_pending_order.status` if the refusal is the point"""


def conflict(sources: SourceMap) -> Diagnostic:
    goal = "cancel_pending_order(order.order_id, no_longer_needed)"
    return Diagnostic(
        "unsatisfiable",
        "no conversation can meet these 3 requirements together",
        labels=(
            label(sources, "shop", "order.status == pending", "cancelling needs a pending order", primary=False),
            label(sources, "shop", "status == delivered", "but this scenario picks a delivered one"),
            label(sources, "shop", goal, "and must cancel it", primary=False),
        ),
        notes=("dropping any one of the three resolves the conflict",),
        help=("write `expect refusal by cancel_pending_order.status` if the refusal is the point",),
    )


def body(*labels: Label, sources: SourceMap) -> list[str]:
    """The rendered lines below the headline."""
    return render_diagnostic(Diagnostic("c", "m", labels), sources).split("\n")[1:]


def test_the_example_of_the_house():
    sources = sources_of(shop=SHOP)
    assert render_diagnostic(conflict(sources), sources) == EXPECTED


def test_colour_adds_nothing_but_escapes():
    sources = sources_of(shop=SHOP)
    coloured = render_diagnostic(conflict(sources), sources, colour=True)
    assert coloured != EXPECTED
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == EXPECTED


def test_several_files_with_the_primary_one_first():
    sources = sources_of(a="record Order\n", b="tool cancel\n")
    labels = (label(sources, "a", "Order", "declared here", primary=False), label(sources, "b", "cancel", "here"))
    assert body(*labels, sources=sources) == [
        "  ┌─ specs/b.cove:1:6",
        "  │",
        "1 │ tool cancel",
        "  │      ^^^^^^ here",
        "  │",
        "  ┌─ specs/a.cove:1:8",
        "  │",
        "1 │ record Order",
        "  │        ----- declared here",
    ]


def test_two_labels_on_one_line_get_a_row_each():
    sources = sources_of(a="x == y\n")
    rows = body(label(sources, "a", "y", "text"), label(sources, "a", "x", "money", primary=False), sources=sources)
    assert rows[2:] == ["1 │ x == y", "  │ - money", "  │      ^ text"]


def test_a_span_of_several_lines_is_shown_by_its_first():
    sources = sources_of(a="  rule r {\n    x\n  }\n")
    assert body(label(sources, "a", "rule r {\n    x\n  }"), sources=sources)[2:] == [
        "1 │   rule r {",
        "  │   ^^^^^^^^",
    ]


def test_an_empty_span_at_the_end_of_the_text_has_a_mark():
    sources = sources_of(a="rule")
    assert body(Label(Span("a", 4, 4), "expected a name"), sources=sources)[2:] == [
        "1 │ rule",
        "  │     ^ expected a name",
    ]


def test_tabs_and_wide_characters_keep_the_mark_below_its_text():
    sources = sources_of(a="\tx = '注文' bad", b="e\u0301 bad")
    assert body(label(sources, "a", "bad"), sources=sources)[2:] == ["1 │     x = '注文' bad", "  │                ^^^"]
    assert body(label(sources, "b", "bad"), sources=sources)[2:] == ["1 │ e\u0301 bad", "  │   ^^^"]


def test_hostile_text_is_shown_and_not_obeyed():
    hostile = "\x1b[2J\u202eevil\u200b\x07"
    sources = sources_of(a=f"let x = '{hostile}' bad\n")
    problem = Diagnostic(
        "c",
        f"unknown name `{hostile}`\nerror[fake]: no",
        (label(sources, "a", "bad", hostile),),
        notes=(f"{hostile}\nerror[fake]: no",),
        help=(hostile,),
    )
    text = render_diagnostic(problem, sources)
    assert all(char == "\n" or char.isprintable() for char in text)
    assert not any(line.startswith("error[fake]") for line in text.split("\n"))
    line, mark = next(pair for pair in zip(text.split("\n"), text.split("\n")[1:], strict=False) if "^^^" in pair[1])
    assert mark.index("^") == line.index("bad")


def test_a_label_without_a_place_becomes_a_note():
    sources = sources_of(a="x")
    assert body(Label(Span("nowhere", 0, 1), "made by a macro"), sources=sources) == ["  = note: made by a macro"]


def test_problems_are_sorted_by_place_and_capped():
    sources = sources_of(a="x\n" * 30)
    problems = [Diagnostic("c", f"number {n}", (Label(Span("a", 2 * n, 2 * n + 1)),)) for n in reversed(range(25))]
    text = render_diagnostics(problems, sources)
    assert text.index("number 0\n") < text.index("number 1\n") < text.index("number 19\n")
    assert "number 20" not in text
    assert text.endswith("\n\nand 5 more")


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (DataProblem("bad-json", "not JSON", "db.json"), "error[bad-json]: db.json: not JSON"),
        (
            DataProblem("bad-type", "a number was expected", "calls.jsonl", 7, "t-1", "calls[0].name"),
            "error[bad-type]: calls.jsonl:7: record t-1: field calls[0].name: a number was expected",
        ),
        (DataProblem("odd", "a\x1b[2J", "d\n", severity="warning"), "warning[odd]: d\\n: a\\u{1b}[2J"),
    ],
)
def test_data_problems_name_file_line_record_and_field(problem: DataProblem, text: str):
    assert render_diagnostic(problem, SourceMap({})) == text


@pytest.mark.parametrize("column", [0, 100, 500_000, 999_997])
def test_a_very_long_line_is_cut_round_its_label(column: int):
    line = "x" * column + "bad" + "y" * (999_997 - column)
    sources = sources_of(a=line)
    shown, mark = body(Label(Span("a", column, column + 3)), sources=sources)[2:]
    assert len(shown) < 200
    assert shown[mark.index("^") :][:3] == "bad"


def test_labels_outside_the_window_still_have_a_row():
    sources = sources_of(a="first " + "x" * 5000 + " last")
    rows = body(label(sources, "a", "first", "one"), label(sources, "a", "last", "two"), sources=sources)
    assert [row.split()[-1] for row in rows[3:]] == ["one", "two"]


def test_visible_and_width():
    assert visible("a\tb\u2066c\ud800") == "a\\tb\\u{2066}c\\u{d800}"
    assert width("注文e\u0301") == 5
    assert excerpt("\tx", 0).text == "    x"


def test_a_bundled_file_is_named_by_where_it_is_found(tmp_path, monkeypatch):
    """Under its short name where that leads to it, and where it lies in any other folder; a reader's own come first."""
    module, lies = "specs/modules/desk.cove", str(specs_folder() / "modules" / "desk.cove")
    text = specs_folder().joinpath("modules", "desk.cove").read_text(encoding="utf-8")
    sources = SourceMap({"desk": Piece("desk", SourceFile(module, text), 0, text)})
    problem = Diagnostic("shadowed", "…", (label(sources, "desk", "rule explicit_yes"),))
    monkeypatch.chdir(tmp_path)
    assert f"┌─ {lies}:6:1" in render_diagnostic(problem, sources)
    assert found_at("specs/modules/nowhere.cove") == "specs/modules/nowhere.cove"
    assert found_at("modules/desk.cove") == "modules/desk.cove"
    assert found_at("specs") == "specs"
    assert found_at("") == ""
    (tmp_path / "specs" / "modules").mkdir(parents=True)
    (tmp_path / module).write_text(text, encoding="utf-8")
    assert f"┌─ {module}:6:1" in render_diagnostic(problem, sources)
