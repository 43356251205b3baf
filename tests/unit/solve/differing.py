"""Pairs of small desks whose policies are known to differ, or not to: made from a table, so that there are many.

An `Edit` is what happens to a rule, and how the policy as a whole then differs. Each is written once, over a `Field`
that the rule is about (see `planted`).
"""

from collections.abc import Iterator

from attrs import frozen

from .planted import FIELDS, HEAD

OPPOSITE = {"stricter": "looser", "looser": "stricter", "incomparable": "incomparable", "equivalent": "equivalent"}


@frozen
class Edit:
    """Two desks, how the second differs from the first, and whether a proof is expected where nothing was found."""

    name: str
    old: str
    new: str
    relation: str
    proved: bool = True


def rule(body: str, name: str = "r", trigger: str = "before call to drop") -> str:
    return f'rule {name} "…" {{ {trigger}  let o = orders[call.order_id] else skip  {body} }}\n'


def edits() -> Iterator[Edit]:
    """Every edit over every field."""
    for field in FIELDS:
        some, other, always = (t.format(x="o") for t in (field.some, field.other, field.always))

        def desk(*rules: str, field=field) -> str:
            return HEAD.format(name=field.name, kind=field.kind, check="") + "".join(rules)

        plain = rule(f"require n: {some}")
        pairs = {
            "dropped": ((plain,), (), "looser", True),
            "widened": ((plain,), (rule(f"require n: {some} or {other}"),), "looser", True),
            "narrowed": ((rule("require n: 1 == 2"),), (rule(f"when {some}  require n: 1 == 2"),), "looser", True),
            "more required": ((plain,), (plain, rule("require n: 1 == 2", "s")), "stricter", True),
            "another tool": (
                (plain,), (rule(f"require n: {some}", trigger="before call to look"),), "incomparable", True,
            ),
            "turned round": (
                (plain,), (rule(f"require n: not ({some})"),), "incomparable", True,
            ),
            "a warning": ((plain,), (plain.replace('"…"', '"…" warning'),), "looser", True),
            "excepted": (
                (plain,),
                (plain, f'exception e to r.n "…" {{ let o = orders[call.order_id] else skip  when {other} }}\n'),
                "looser", True,
            ),
            "no more than before": (
                (plain,), (rule(f"require n: {some} and ({some} or {always})"),), "equivalent", False,
            ),
            "said otherwise": ((plain,), (rule(f"when not ({some})  require n: 1 == 2", "t"),), "equivalent", True),
            "De Morgan": (
                (rule(f"require n: {some} or {other}"),),
                (rule(f"require n: not (not ({other}) and not ({some}))"),), "equivalent", True,
            ),
            "cut up": (
                (rule(f"require n: {some}  require m: {other}"),),
                (rule(f"require m: {other}", "b"), rule(f"require n: {some}", "a")), "equivalent", True,
            ),
        }  # fmt: skip
        for name, (old, new, relation, proved) in pairs.items():
            yield Edit(f"{name}:{field.name}", desk(*old), desk(*new), relation, proved)


__all__ = ["OPPOSITE", "Edit", "edits"]
