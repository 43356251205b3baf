"""The wording of syntax problems. Lark's terminals become words of the language here and nowhere else."""

from collections.abc import Iterable

from ..source import Diagnostic, Label, Span, suggest
from .slips import SIGNS

WORDS = {
    "NAME": "a name",
    "STRING": "a text in quotes",
    "INT": "a whole number",
    "DECIMAL": "a number",
    "MONEY": "an amount such as $5",
    "DURATION": "a duration such as 24 hours",
    "DATE": "a date",
    "DATETIME": "a date and time",
    "TIME": "a time",
    "ROW": "a table row `| … |`",
    "COMPARE": "a comparison",
    "ADD": "`+`",
    "MUL": "`*`",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "COMMA": "`,`",
    "COLON": "`:`",
    "DOT": "`.`",
    "EQUAL": "`=`",
    "QMARK": "`?`",
    "MINUS": "`-`",
    "$END": "the end",
}
VALUES = {
    "NAME",
    "STRING",
    "INT",
    "DECIMAL",
    "MONEY",
    "DURATION",
    "DATE",
    "DATETIME",
    "TIME",
    "LPAR",
    "LSQB",
    "LBRACE",
    "MINUS",
    "DOT",
    "IT",
    "NOT",
    "SOME",
    "NO",
    "ANY",
    "ALL",
    "EARLIER",
    "IF",
}
MOST_SHOWN = 6


def keyword(terminal: str, patterns: dict[str, str]) -> str:
    return f"`{patterns[terminal]}`" if terminal in patterns else terminal.lower()


def expected_words(accepts: Iterable[str], patterns: dict[str, str]) -> str:
    """What could stand here, in words: values are summed up as «a value»."""
    accepted = set(accepts)
    words = []
    if len(accepted & VALUES) >= 8:
        words.append("a value")
        accepted -= VALUES
    words += sorted(WORDS.get(t) or keyword(t, patterns) for t in accepted)
    shown = words[:MOST_SHOWN] + (["…"] if len(words) > MOST_SHOWN else [])
    return " or ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def unexpected(
    shown: str, found: str, span: Span, accepts: Iterable[str], patterns: dict[str, str], known: str = ""
) -> Diagnostic:
    """Something stands where it cannot. `known`: what to write instead, where the slip is known by sight."""
    accepts = set(accepts)
    helps = []
    keywords = [patterns[t] for t in accepts if t in patterns and patterns[t].isalpha()]
    if known:
        helps.append(known)
    elif found.isidentifier() and (near := suggest(found, keywords)):
        helps.append("did you mean " + " or ".join(f"`{w}`" for w in near) + "?")
    elif found == "=" and "COMPARE" in accepts:
        helps.append("compare with `==`; a single `=` only follows `let`, `set` and a declaration's name")
    message = f"unexpected {shown}" if found else f"{shown} ends too early"
    expected = expected_words(accepts, patterns)
    notes = (f"expected {expected}",) if expected and not known else ()
    return Diagnostic(
        "unexpected",
        message,
        (Label(span, "not expected here" if found else "something is missing after this"),),
        notes=notes,
        help=tuple(helps),
    )


def unclosed_bracket(bracket: str, opened: Span, end: Span) -> Diagnostic:
    """A declaration ends while a bracket is open."""
    closing = {"{": "}", "(": ")", "[": "]"}[bracket]
    return Diagnostic(
        "unexpected",
        f"this declaration ends too early: a `{bracket}` is not closed",
        (Label(end, f"`{closing}` is missing, here or before"), Label(opened, "opened here", primary=False)),
    )


def unclosed_text(span: Span) -> Diagnostic:
    return Diagnostic(
        "unclosed-text",
        "this text is never closed",
        (Label(span, "the text begins here"),),
        help=('end it with `"` on the same line, or use `"""` for a text of several lines',),
    )


def strange_character(char: str, span: Span) -> Diagnostic:
    known = (SIGNS[char],) if char in SIGNS else ()
    return Diagnostic("unexpected", f"unexpected character `{char}`", (Label(span),), help=known)


def bad_text(message: str, span: Span, code: str) -> Diagnostic:
    """A slip inside one literal: `bad-text` or `bad-literal`."""
    return Diagnostic(code, message, (Label(span),))


def nested(span: Span) -> Diagnostic:
    return Diagnostic(
        "nested-too-deeply",
        "this is nested too deeply to be read",
        (Label(span),),
        help=("name parts of it with `let` or `define`",),
    )
