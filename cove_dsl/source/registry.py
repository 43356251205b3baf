"""The code registry: every diagnostic code there is, each with a title.

A code is kebab-case and permanent: once published it is never renamed or given another meaning. Each has a page
`docs/diagnostics/CODE.md`.
"""

from attrs import frozen


@frozen
class Code:
    """A permanent diagnostic code and what it stands for, in a few words."""

    code: str
    title: str


TITLES = {
    "idle-goal": "a scenario that is met by doing nothing",
    "unreachable-tool": "a tool that can never be used within the rules",
    "unreachable-value": "a value that no call within the rules has",
    "unreachable-branch": "a branch of a tool that no call comes to",
    "undecided": "a question that the solver leaves open",
    "says-less": "a way of saying something that leaves a part of it out",
    "says-the-same": "a rule that is only broken together with another",
    "refused-otherwise": "a refusal that is not the named rule's",
    "refused-anyway": "a refusal that does not need the named rule",
    "never-shown": "a key that no agent could learn",
    "never-seen": "a field that a rule decides by and nothing shows",
    "never-said": "something that a rule asks for and a user cannot say",
    "never-judged": "a rule that is never judged",
    "never-broken": "a rule that nothing can break",
    "never-kept": "a rule whose demand nobody can meet",
    "always-excepted": "a rule that an exception takes away altogether",
    "ambiguous-name": "a name that could mean two things",
    "bad-baseline": "a list of known violations that cannot be read",
    "bad-literal": "a number, date or time that does not exist",
    "bad-number": "a number out of its range",
    "bad-pattern": "a pattern of words that cannot be read",
    "bad-record": "a record of a data file that cannot be read",
    "bad-state": "a database that does not fit the specification",
    "bad-table": "a lookup table that is not whole",
    "bad-text": "a slip inside a text",
    "bad-tools": "a description of tools that cannot be read",
    "bad-waiver": "a waiver that cannot be read or names no rule",
    "checks-nothing": "a rule, test or loop without an effect",
    "expected-declaration": "text that begins no declaration",
    "file-too-large": "a file of more than a megabyte",
    "forbidden-character": "a character that cannot be seen",
    "may-be-absent": "a value used that may be absent",
    "missing-field": "a record made without a field",
    "missing-type": "a definition without a type",
    "name-taken": "a name that is declared twice",
    "nested-too-deeply": "something nested too deeply to be read",
    "never-absent": "a precaution against what cannot happen",
    "never-equal": "a comparison that is always false",
    "no-domain": "a specification without a domain",
    "no-goal": "a scenario without a goal",
    "no-return": "a tool that may end without an answer",
    "no-tools": "a rule about no tool at all",
    "no-trigger": "a rule that is never judged",
    "not-a-place": "a change of something that is not kept",
    "not-allowed-here": "a construct out of its place",
    "not-kept": "something of a tool's schema that no type says",
    "not-ordered": "a comparison of what has no order",
    "not-utf8": "a file that is not UTF-8 text",
    "odd-wish": "a goal's text that no user could say",
    "odd-name": "a name that only a tool, an argument or a field can have",
    "recursive": "something defined in terms of itself",
    "refusal-not-forced": "an expected refusal that nothing forces",
    "test-failed": "a test of the specification that fails",
    "unclosed-text": "a text without its closing quote",
    "unexpected": "something that cannot stand where it stands",
    "unknown-field": "a field that does not exist",
    "unknown-label": "a label that no requirement has",
    "unknown-module": "a module that does not exist",
    "unknown-name": "a name that was never declared",
    "unknown-rule": "a rule that does not exist",
    "unknown-tool": "a tool that does not exist",
    "unknown-value": "a value that does not exist",
    "unsatisfiable": "requirements that cannot be met together",
    "unsupported-construct": "a construct that a back end cannot express",
    "waiver-expired": "a waiver that is past its day",
    "waiver-unused": "a waiver that covers nothing",
    "wrong-arguments": "arguments that do not fit",
    "wrong-party": "a tool called by the other side",
    "wrong-rule": "a rule whose parts do not go together",
    "wrong-type": "a value of the wrong type",
}
CODES: dict[str, Code] = {code: Code(code, title) for code, title in TITLES.items()}
