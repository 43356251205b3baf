"""Slips that are common enough to be known by sight: what others write where this language writes something else.

In: what stands where it cannot, and the text around it. Out: what to write instead, or nothing.
"""

import re

SIGNS = {
    "&": "write `and`",
    "|": "write `or`",
    "!": "write `not`; unequal is `!=`",
    "'": 'texts stand in `"…"`',
    ";": "nothing ends a statement: begin the next one",
    "%": "a share is a number: `0.1`; there is no sign for a remainder",
    "\u201c": 'texts stand in straight quotes: `"…"`',
    "\u20ac": "amounts are written with `$`, whichever currency they are in: `$5`",
    "\u00a3": "amounts are written with `$`, whichever currency they are in: `$5`",
}
_NUMBER = re.compile(r"(?P<number>[0-9][0-9_.]*)\s*$")
_CHANGE = re.compile(r"(?P<rest>(?:\??\.\w+|\[[^\]\n]*\])*)\s*(?P<sign>\+=|-=|=)(?!=)")
_TOOLS = re.compile(r"\b(?:to|except) (?P<first>\w+)\s*$")
_QUANTIFIER = re.compile(r"\b(?P<word>all|any)\s*$")
_GOAL = re.compile(r"\bgoal\s*$")
_LIMIT = re.compile(r"\bat most [0-9]+ [^{}]*$")
_TEXT = re.compile(r'"""(?:[^\\]|\\.)*?"""|"(?:[^"\\\n]|\\.)*"', re.DOTALL)
_BRACE = re.compile(r"\\.|([{}])", re.DOTALL)
_NAME = re.compile(r"(?P<name>[A-Za-z_][\w.]*)\s+$")
UNITS = {
    unit + end: f"1 {unit}" for unit in ("day", "hour", "minute", "second", "week") for end in ("", "s")
}  # fmt: skip
PERIODS = frozenset({"in", "within", "during", "each", "every"})
MONTHS = frozenset({"month", "months", "year", "years"})
MONEY = frozenset({"dollar", "dollars", "usd", "euro", "euros", "eur", "cent", "cents"})
QUANTIFIERS = {
    "all": "whether all hold is `every(condition for x in xs)`",
    "any": "whether one is there is `some (xs where …)`",
}
OTHER_WORDS = {
    "?": "`?.` reaches into what may be absent; what counts instead is `x else …`",
    "elif": "write `else` and put the next `if` into its braces",
    "while": "loops run over a list: `for item in list { … }`",
    "def": "functions are declared by `define`",
    "function": "functions are declared by `define`",
    "null": "what is not there is `absent`",
    "None": "what is not there is `absent`",
    "True": "write `true`",
    "False": "write `false`",
    "delete": "write `remove`",
    "raise": 'write `fail "…"`',
    "throw": 'write `fail "…"`',
    "assert": "write `require`",
    "contains": "write `contains(text, part)`, or `item in list`",
    "append": "write `insert x into list`",
    "push": "write `insert x into list`",
    "unless": "write `when not (…)`; what is allowed in spite of a rule is an `exception … to RULE.PART`",
    "excepts": "an exception is declared apart: `exception NAME to RULE.PART { … }`",
    "is": "compare with `==`; `is` tests for a case, `present` or `absent`",
}


def advice(found: str, before: str, after: str) -> str:
    """What to write instead of a word that stands where it cannot, or nothing."""
    if ends_in_hole(before, found):
        return 'a `"` inside `{…}` ends the text: write the whole text in `"""…"""`, or name the value by `let` before'
    number = _NUMBER.search(before)
    if number is not None and found in MONTHS:
        return "months and years differ in length: write days, or use `months_between`"
    if number is not None and found.lower() in MONEY:
        return f"write an amount as `${number['number']}`"
    name = _NAME.search(before)
    if name is not None and found in UNITS and name["name"] not in ("per", "let", "set", "for"):
        return f"a unit follows a number; for a name, multiply: `{name['name']} * {UNITS[found]}`"
    if name is not None and found in UNITS and name["name"] == "per":
        return "limits count within one conversation; `per .argument` counts for each value of an argument"
    tools = _TOOLS.search(before) if found == "," else None
    if tools is not None:
        return f"several tools stand in braces: `{{{tools['first']}, …}}`"
    quantifier = _QUANTIFIER.search(before) if found == "(" else None
    if quantifier is not None:
        return QUANTIFIERS[quantifier["word"]]
    if found == "{" and _GOAL.search(before):
        return "several goals are `goal all { … }`, or `goal any { … }`, with commas between them"
    if found in PERIODS and _LIMIT.search(before):
        return "limits count within one conversation; what happened before is told by rows: `count(… where …) < 3`"
    change = _CHANGE.match(after) if found.isidentifier() else None
    if change is not None and not before.rstrip(" ").endswith(("let", "set")):
        place = f"{found}{change['rest']}"
        if change["sign"] == "=":
            return f"a change begins with `set`: `set {place} = …`"
        word = "increase" if change["sign"] == "+=" else "decrease"
        return f"write `{word} {place} by …`"
    return OTHER_WORDS.get(found, "")


def ends_in_hole(before: str, found: str) -> bool:
    """Whether a text ended right before something, or before another text, while a `{` in it was open."""
    texts = list(_TEXT.finditer(before)) if '"' in before and "{" in before else []
    if not texts or not (texts[-1].end() == len(before) or found.startswith('"')):
        return False
    braces = [m[1] for m in _BRACE.finditer(texts[-1][0]) if m[1]]
    return braces.count("{") > braces.count("}")


__all__ = ["SIGNS", "advice"]
