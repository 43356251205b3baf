"""A run's report as one page that needs nothing else: charts, and dialogues with verdicts on their turns.

Enters: statistics. Leaves: HTML. Everything that comes from data is escaped; the page works without a network, and but
for its filter without scripts.
"""

from collections import Counter
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from ..synthesis.statistics import FIT, OUTCOMES, Lengths, Rule, Statistics
from ..world.state import dumps
from .report_coverage import Covered, PolicyCoverage

Row = dict[str, Any]
STYLE, SCRIPT = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
MARKS = {"violated": "✗", "unknown": "?", "attempted": "!", "satisfied": "✓"}
LONGEST_RESULT = 1_200
MOST_BARS = 36
MOST_PLANS = 5


def page(found: Statistics, covered: PolicyCoverage | None, manifest: Row, requests: Row) -> str:
    """The whole page."""
    title = escape(f"Run of {manifest['spec']}")
    body = [
        _head(found, manifest),
        _outcomes("Yield by scenario", found.scenarios),
        _outcomes("Yield by how things are described", found.descriptions),
        _flaws(found.planted),
        _causes(found.causes),
        _histograms(found.lengths),
        _rules(found.rules, found.total),
        _coverage(covered),
        _variety(found),
        _requests(requests),
        _viewer(found.worst()),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body>{''.join(body)}<script>{SCRIPT}</script></body></html>\n"
    )


def _section(title: str, body: str, name: str = "") -> str:
    return f'<section id="{name}"><h2>{escape(title)}</h2>{body}</section>' if body else ""


# --- numbers ----------------------------------------------------------------------------------------------------------


BLAMELESS = {"limit": "beyond the scripted agent", "undecided": "undecided"}


def _tile(outcome: str) -> str:
    return BLAMELESS.get(outcome, f"{outcome} at fault")


def _head(found: Statistics, manifest: Row) -> str:
    share = found.outcomes[FIT] / max(found.total, 1)
    tiles = [("verified", f"{share:.0%}", f"{found.outcomes[FIT]:,} of {found.total:,} dialogues")]
    tiles += [
        (_tile(o), f"{found.outcomes[o]:,}", "dialogues") for o in OUTCOMES[1:] if o != "limit" or found.outcomes[o]
    ]
    boxes = "".join(
        f'<div class="tile"><b>{escape(value)}</b><span>{escape(name)}</span><small>{escape(note)}</small></div>'
        for name, value, note in tiles
    )
    facts = [f"agent {_party(manifest['agent'])}", f"user {_party(manifest['user'])}", f"seed {manifest['seed']}"]
    facts.append(f"{manifest['n']:,} tasks asked for")
    facts += [f"{what} {number}" for what, number in manifest["versions"].items()]
    title = f"<h1>Run of <code>{escape(manifest['spec'])}</code></h1>"
    return f"<header>{title}<p>{escape(' · '.join(facts))}</p><div class=tiles>{boxes}</div></header>"


def _party(party: Any) -> str:
    return party if isinstance(party, str) else str(party["model"])


def _outcomes(title: str, parts: dict[str, Counter[str]]) -> str:
    most = max((counts.total() for counts in parts.values()), default=0)
    rows = "".join(
        f"<tr><th scope=row>{escape(name)}</th><td class=wide>{_stack(counts, most)}</td>"
        f"<td class=n>{counts[FIT]}/{counts.total()}</td></tr>"
        for name, counts in sorted(parts.items(), key=lambda p: (p[1][FIT] / p[1].total(), p[0]))
    )
    return _section(title, f"{_legend()}<table>{rows}</table>" if rows else "")


def _legend() -> str:
    return "<p class=legend>" + "".join(f'<span><i class="{o}"></i>{o}</span>' for o in OUTCOMES) + "</p>"


def _stack(counts: Counter[str], most: int) -> str:
    """One bar of all outcomes, as long as there are dialogues; what is small is told in the tip as well."""
    parts = [(o, counts[o]) for o in OUTCOMES if counts[o]]
    tip = escape(", ".join(f"{o}: {n}" for o, n in parts))
    return (
        f'<div class=stack style="width:{counts.total() / most:.1%}" title="{tip}">'
        + "".join(f'<i class="{o}" style="flex:{n}"></i>' for o, n in parts)
        + "</div>"
    )


def _flaws(planted: dict[str, Counter[str]]) -> str:
    kinds = ("found alone", "found with more", "not found")
    head = "".join(f"<th class=n>{kind}</th>" for kind in kinds)
    rows = "".join(
        f"<tr><th scope=row>{escape(name)}</th>"
        + "".join(f"<td class=n>{counts[kind] or '–'}</td>" for kind in kinds)
        + "</tr>"
        for name, counts in sorted(planted.items())
    )
    table = f"<table class=sums><tr><th>flaw</th>{head}</tr>{rows}</table>" if rows else ""
    return _section("Flaws that were planted, and whether the checker saw them", table)


def _causes(causes: Counter[str]) -> str:
    most = max(causes.values(), default=0)
    rows = "".join(
        f"<tr><th scope=row>{escape(name)}</th><td class=wide>{_bar(n / most)}</td><td class=n>{n}</td></tr>"
        for name, n in causes.most_common()
    )
    return _section("Why dialogues failed", f"<table>{rows}</table>" if rows else "")


def _bar(share: float) -> str:
    return f'<div class=bar><i style="width:{share:.1%}"></i></div>'


def _histograms(lengths: dict[str, Lengths]) -> str:
    return _section(
        "How long dialogues are", f"<div class=charts>{''.join(_histogram(n, v) for n, v in lengths.items())}</div>"
    )


def _histogram(name: str, lengths: Lengths) -> str:
    """Bars over lengths, joined so that they are not too many."""
    low, high = min(lengths.counts, default=0), max(lengths.counts, default=0)
    width = max(1, -(-(high - low + 1) // MOST_BARS))
    bins = Counter(dict.fromkeys(range(low, high + 1, width), 0))
    for length, n in lengths.counts.items():
        bins[low + (length - low) // width * width] += n
    most, step = max(bins.values(), default=1) or 1, 300 / max(len(bins), 1)
    bars = "".join(
        f'<rect x="{i * step + 1:.1f}" y="{100 - (tall := 96 * n / most):.1f}" width="{max(step - 2, 1):.1f}" '
        f'height="{tall:.1f}" rx="2"><title>{_range(at, width)}: {n} dialogues</title></rect>'
        for i, (at, n) in enumerate(sorted(bins.items()))
    )
    told = lengths.to_json()
    return (
        f'<figure><figcaption>{escape(name)}</figcaption><svg viewBox="0 0 300 118" role="img" '
        f'aria-label="{escape(name)}: median {told["median"]}">{bars}<line x1="0" y1="100" x2="300" y2="100"/>'
        f'<text x="0" y="114">{low}</text><text x="300" y="114" text-anchor="end">{high}</text></svg>'
        f"<small>median {told['median']} · 90 % up to {told['p90']} · mean {told['mean']}</small></figure>"
    )


def _range(at: int, width: int) -> str:
    return f"{at} to {at + width - 1}" if width > 1 else str(at)


def _rules(rules: dict[str, Rule], total: int) -> str:
    checkable = {name: rule for name, rule in rules.items() if rule.severity != "judged"}
    rows = "".join(
        f"<tr{' class=never' if not rule.triggered else ''}><th scope=row>{escape(name)}</th>"
        f"<td>{escape(rule.severity)}</td>"
        f"<td class=wide>{_bar(rule.triggered / max(total, 1))}</td><td class=n>{rule.triggered}</td>"
        f"<td class=n>{rule.verdicts['violated'] or ''}</td><td class=n>{rule.verdicts['unknown'] or ''}</td></tr>"
        for name, rule in sorted(checkable.items(), key=lambda r: (-r[1].verdicts["violated"], -r[1].triggered, r[0]))
    )
    head = (
        "<tr><th>rule</th><th>severity</th><th>set off in dialogues</th><th></th><th>broken</th><th>unknown</th></tr>"
    )
    return _section("Which rules the dialogues set off", f"<table>{head}{rows}</table>" if rows else "")


def _coverage(covered: PolicyCoverage | None) -> str:
    """The rules and definitions with sides that never decided, the least covered first."""
    title = "Which conditions of the rules have decided"
    if covered is None or covered.reason:
        return _section(title, f"<p>Not looked at: {escape(covered.reason)}.</p>" if covered else "")
    open_ = [r for r in covered.rules if r.gaps]
    rows = "".join(
        f"<tr><th scope=row>{_gaps(rule)}</th><td class=wide>{_bar(rule.decided / rule.sides)}</td>"
        f"<td class=n>{rule.decided} of {rule.sides}</td></tr>"
        for rule in open_
    )
    rest = f"<p>{escape(covered.rest()[0].upper() + covered.rest()[1:])}.</p>" if covered.rest() else ""
    why = (
        "A condition is taken apart into atoms, each of which can be true or false: two sides. A side has decided "
        "where the condition had come out otherwise if the atom alone had."
    )
    table = f"<table>{rows}</table>" if rows else ""
    return _section(title, f"<p>{escape(covered.summary())}. <small>{why}</small></p>{table}{rest}")


def _gaps(rule: Covered) -> str:
    gaps = "".join(f"<li>{escape(gap.words())}</li>" for gap in rule.gaps)
    return f"<details><summary>{escape(rule.name)}</summary><ul>{gaps}</ul></details>"


def _variety(found: Statistics) -> str:
    told = found.variety()
    most = max(found.tools.values(), default=1)
    grams = "".join(
        f"<tr><th scope=row>{escape(side)}'s words</th>"
        + "".join(f"<td class=n>{g[f'distinct_{n}']:.1%}</td>" for n in (1, 2, 3))
        + "</tr>"
        for side, g in told["words"].items()
    )
    tools = "".join(
        f"<tr><th scope=row>{escape(name)}</th><td class=wide>{_bar(n / most)}</td><td class=n>{n}</td></tr>"
        for name, n in found.tools.most_common()
    )
    heads = "".join(f"<th class=n>{name}</th>" for name in ("words", "pairs", "triples"))
    sequences = f"{told['tool_sequences']:,} distinct sequences of tools ({told['distinct_tool_sequences']:.0%})"
    openings = f"{told['openings']:,} distinct openings ({told['distinct_openings']:.0%})"
    text = (
        f"<p>{sequences} and {openings} in {found.total:,} dialogues.</p>"
        f"<table class=sums><tr><th>distinct among all</th>{heads}</tr>{grams}</table>"
        f"<h3>Calls by tool</h3><table>{tools}</table>"
    )
    return _section("How much they differ", text)


def _requests(requests: Row) -> str:
    rows = "".join(
        f"<tr><th scope=row>{escape(side)}: {escape(what.replace('_', ' '))}</th><td class=n>{n:,}</td></tr>"
        for side, counts in requests.items() for what, n in counts.items()
    )  # fmt: skip
    return _section("What models were asked", f"<table>{rows}</table>" if rows else "")


# --- dialogues --------------------------------------------------------------------------------------------------------


def _viewer(rows: list[Row]) -> str:
    links = "".join(
        f'<li data-text="{escape(_search_text(row))}"><a href="#{_anchor(row)}"><i class="{_outcome(row)}"></i>'
        f"<span>{escape(row['id'])}{_why(row)}</span><small>{_score(row)}</small></a></li>"
        for row in rows
    )
    shown = "".join(map(_dialogue, rows))
    body = (
        f'<div class=viewer><nav><input type=search placeholder="filter by scenario, cause, rule" aria-label=filter>'
        f"<ol>{links}</ol></nav><div class=stage>{shown}</div></div>"
    )
    return _section("Dialogues worth a look: one of each kind, the worst first", body if rows else "", "dialogues")


def _outcome(row: Row) -> str:
    return escape(row["blame"] or FIT)


def _why(row: Row) -> str:
    return f"<em>{escape(', '.join(row['causes']))}</em>" if row["causes"] else ""


def _anchor(row: Row) -> str:
    return "d-" + "".join(c if c.isalnum() else "-" for c in row["id"])


def _search_text(row: Row) -> str:
    return " ".join([row["id"], row["blame"] or FIT, *row["causes"], *row["cove"]["scenario"], row["termination"]])


def _score(row: Row) -> str:
    score = row["report"]["score"]
    return "–" if score is None else f"{score:.2f}"


def _dialogue(row: Row) -> str:
    notes = _notes(row)
    turns = "".join(_turn(i, m, notes.get(i, ())) for i, m in enumerate(row["messages"]) if m["role"] != "system")
    why = f"{_tile(row['blame'])}: {', '.join(row['causes'])}" if row["blame"] else "verified"
    end = "".join(f"<li>{escape(_missing(m))}</li>" for m in row["report"].get("outcome", {}).get("missing", ()))
    ending = f"<ul class=missing>{end}</ul>" if end else ""
    told = f"score {_score(row)} · {why} · ended by {row['termination'].replace('_', ' ')}"
    return (
        f'<article id="{_anchor(row)}"><h3>{escape(row["id"])}</h3>'
        f'<p><i class="{_outcome(row)}"></i>{escape(told)}</p>{ending}'
        f"<details><summary>What the user was told</summary><pre>{escape(row['user_prompt'])}</pre></details>"
        f"<details><summary>What was wanted</summary><pre>{escape(_wanted(row))}</pre></details>{turns}</article>"
    )


def _missing(found: Row) -> str:
    fields = ", ".join(f"{f['field']}: {_apart(f.get('wanted'), f.get('found'))}" for f in found["fields"])
    return f"{found['kind']} {found['at']}" + (f" ({fields})" if fields else "")


def _apart(wanted: Any, found: Any) -> str:
    """Two values in short: of long ones that begin alike, from where they differ."""
    texts = [dumps(wanted), dumps(found)]
    alike = next((i for i, pair in enumerate(zip(*texts, strict=False)) if pair[0] != pair[1]), min(map(len, texts)))
    cut = alike - 20 if alike > 50 else 0
    a, b = (f"…{text[cut:]}" if cut else text for text in texts)
    return f"{_cut(a)} wanted, {_cut(b)} found"


def _short(value: Any) -> str:
    return _cut(dumps(value))


def _cut(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "…"


def _wanted(row: Row) -> str:
    plans = [
        [f"{c['name']}({dumps(c['arguments'])})" for c in plan] or ["no change"]
        for plan in row["cove"]["accept"][:MOST_PLANS]
    ]
    more = len(row["cove"]["accept"]) - len(plans)
    plans += [[f"{more} more ways"]] if more > 0 else []
    said = [_short(item) for item in row["cove"]["said"]]
    return "\nor\n".join("\n".join(plan) for plan in plans) + ("\nsaid: " + ", ".join(said) if said else "")


def _notes(row: Row) -> dict[int, list[tuple[str, str]]]:
    """What is to be said at each message: rules that were broken or are unknown, and faults that are no rule's."""
    notes: dict[int, list[tuple[str, str]]] = {}
    for rule in row["report"].get("rules", ()):
        if rule["severity"] == "judged":
            continue
        for event in rule["events"]:
            text = f"{rule['rule']}.{event['label']}" if event["label"] else rule["rule"]
            note = (event["verdict"], f"{text}: {rule['message']}")
            at = min(max(event["message"], 1), len(row["messages"]) - 1)
            notes.setdefault(at, []).append(note)
    for fault in row["faults"]:
        if not fault["cause"].startswith("rule:"):
            at = min(fault["message"], len(row["messages"]) - 1)
            notes.setdefault(at, []).append(("violated", f"{fault['who']}: {fault['cause']}"))
    return notes


def _turn(index: int, message: Row, notes: Iterable[tuple[str, str]]) -> str:
    marks = "".join(
        f'<li class="{escape(verdict)}"><b>{MARKS.get(verdict, "")}</b> {escape(text)}</li>'
        for verdict, text in dict.fromkeys(notes)
    )
    text = message.get("content") or ""
    if message["role"] == "tool":
        cut = text if len(text) <= LONGEST_RESULT else text[:LONGEST_RESULT] + " …"
        head = f"{escape(message['name'])} gave {len(text):,} characters"
        body = f"<details><summary>{head}</summary><pre>{escape(cut)}</pre></details>"
    else:
        calls = "".join(f"<pre class=call>{escape(_call(c))}</pre>" for c in message.get("tool_calls") or ())
        body = (f"<p>{escape(text)}</p>" if text else "") + calls
    return (
        f'<div class="turn {escape(message["role"])}"><small>{index} {escape(message["role"])}</small>{body}'
        + (f"<ul>{marks}</ul>" if marks else "")
        + "</div>"
    )


def _call(call: Row) -> str:
    arguments = call["function"]["arguments"]
    if isinstance(arguments, dict):
        return f"{call['function']['name']}({', '.join(f'{k}={dumps(v)}' for k, v in arguments.items())})"
    return f"{call['function']['name']}({arguments})"


__all__ = ["page"]
