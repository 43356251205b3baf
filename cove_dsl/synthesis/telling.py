"""What a clerk has to ask before a call, to tell after it, and to say when it refuses: read from the rules.

In: a specification, and a monitor that has seen the conversation so far. Out: facts that are still unheard, and
sentences, each in the words that the rules themselves listen for.
"""

import random
import re
from collections.abc import Sequence

from ..backends.prompt.words import closed, opening, series, words
from ..backends.python.runtime.language import mentions
from ..backends.python.runtime.values import UNKNOWN
from ..core.nodes import Check, Duty, Events, Rule
from ..core.spec import Spec
from ..core.types import EnumType, strip
from ..core.walk import walk
from ..world.monitor import Monitor
from . import phrases as say
from .goals import event_of
from .scenes import definition, exact_words, facts_in, owed_phrases, recognisers_in
from .tasks import Call
from .wording import asked_of, duty_sentence, open_question, pick, reason_sentence, rule_sentence


class Telling:
    """The words that the rules of a desk want of its clerk."""

    def __init__(self, spec: Spec, monitor: Monitor, rng: random.Random) -> None:
        self.spec, self.monitor, self.rng = spec, monitor, rng

    def broken(self, call: Call) -> list[Rule]:
        """The rules that do not clearly allow a call as things stand, whatever they presuppose."""
        found = self.monitor.run.allows(event_of(call), presuming=False)
        return [
            self.spec.rules[n] for n in dict.fromkeys(j.rule for j in found if j.verdict in ("violated", "unknown"))
        ]

    # --- before a call

    def unheard(self, call: Call, now: Sequence[str], before: Sequence[str]) -> list[str]:
        """The facts that rules on a call rest on, and that the user has not stated about this wish: those without which
        a rule cannot be judged, and those that were stated about another."""
        undecided = {n for rule in self.broken(call) for n in facts_in(rule, self.spec)}
        rules = [rule for rule in self.spec.rules.values() if _guards(rule, call["name"])]
        every = {n: None for rule in rules for n in facts_in(rule, self.spec)}
        return [n for n in every if not self._states(n, now) and (n in undecided or self._states(n, before))]

    def _states(self, fact: str, texts: Sequence[str]) -> bool:
        """Whether some messages of the user state a fact."""
        run = self.monitor.run
        alone = Monitor(self.spec, run.program._replace(rules={}), run.world)
        alone.observe([{"role": "user", "content": text} for text in texts])
        return definition(self.spec, fact)(alone.run) not in (UNKNOWN, None)

    def question(self, fact: str, call: Call, before: Sequence[str]) -> str:
        """The question for a fact: as a parameter of its type, as a rule has it asked, or in its own words."""
        for p in self.spec.tools[call["name"]].params:
            if isinstance(p.type, EnumType) and p.type == strip(self.spec.defines[fact].returns):
                return self.choice(p.name, p.type)
        rules = [r for r in self.spec.rules.values() if _guards(r, call["name"])]
        asked = next((q for r in rules if (q := open_question(r)) is not None), None) or asked_of(
            self.spec.defines[fact].doc
        )
        forms = say.ASK_OPEN_AGAIN if self._states(fact, before) else say.ASK_OPEN
        return pick(self.rng, forms).format(question=asked)

    def choice(self, name: str, kind: EnumType) -> str:
        """The question for one of the values of an enum."""
        values = [v.replace("_", " ") for v in self.spec.enums[kind.name].values.values()]
        forms = say.ASK_WHY if re.fullmatch(say.QUESTION_WORD, words(name)) else say.ASK_CHOICE
        return pick(self.rng, forms).format(thing=words(name), values=series(values, "or"))

    def reminders(self, call: Call) -> list[str]:
        """What the rules want said or asked before a call, in the words that they listen for."""
        found = []
        for rule in self.broken(call):
            question, duty = open_question(rule), self._duty(rule)
            if question is not None:
                found.append(pick(self.rng, say.ASK_OPEN).format(question=question))
            elif duty is not None:
                found.append(pick(self.rng, say.REMIND).format(duty=closed(opening(duty))))
        return found

    # --- after a call

    def owed(self, tool: str) -> list[str]:
        """What the rules want told, by the end, after a call of a tool."""
        every = self.spec.rules.values()
        rules = [r for r in every if (r.when == "end" and _looks_for(r, tool)) or _is_owed_after(r, tool)]
        return [text for r in rules for text in self._paid(r)]

    def _paid(self, rule: Rule) -> list[str]:
        """What pays a rule's duty: the sentence that it names, or its own words with all that has to be mentioned."""
        line = exact_words(rule)
        said = [text for text in (line or self._duty(rule),) if text is not None]
        lacking = [p for p in owed_phrases(rule) if not mentions(" ".join(said), p)]
        return [*said, say.NOTE.format(words=series(lacking))] if lacking else said

    def _duty(self, rule: Rule) -> str | None:
        """What a rule wants told: in its own words, or with one of its recognisers' words put into the future."""
        text = duty_sentence(rule, self.spec)
        names = [n for n in recognisers_in(rule) if self.spec.defines[n].kind == "recogniser"]
        if text is None or self._recognised(names, text):
            return text
        phrases = [p for n in names for group, _ in self.spec.defines[n].phrases for p in group]
        variants = [re.sub(rf"\b{re.escape(p)}s\b", f"will {p}", text) for p in phrases]
        return next((v for v in variants if self._recognised(names, v)), None)

    def _recognised(self, names: list[str], text: str) -> bool:
        found = [definition(self.spec, n) for n in names]
        return not found or any(f(self.monitor.run, text) is True for f in found)

    # --- instead of a call

    def refusal(self, rule: str, label: str) -> str:
        """Why a call is refused: what an author says of the requirement that it fails, else what the rule says."""
        found = self.spec.rules[rule]
        told = [n for n in walk(found.body) if isinstance(n, Check)]
        why = [c.because for c in told if c.label == label or (not label and len(told) == 1)]
        said = next((s for s in (reason_sentence(w, self.spec) for w in why if w) if s is not None), None)
        return said or rule_sentence(found)


def _guards(rule: Rule, tool: str) -> bool:
    """Whether a rule is judged before a call of a tool."""
    pattern = rule.pattern if rule.when == "before" else None
    return pattern is not None and pattern.kind == "call" and (not pattern.tools or tool in pattern.tools)


def _is_owed_after(rule: Rule, tool: str) -> bool:
    """Whether a rule wants something after a call of a tool."""
    after = rule.when == "after" and rule.pattern is not None and tool in rule.pattern.tools
    return after and any(d.mode in ("then", "eventually") and _is_said(d) for d in rule.duties)


def _is_said(duty: Duty) -> bool:
    """Whether a duty is paid by a message of the agent."""
    return duty.pattern is not None and duty.pattern.kind == "message" and duty.pattern.role in ("agent", None)


def _looks_for(rule: Rule, tool: str) -> bool:
    return any(isinstance(n, Events) and tool in n.pattern.tools for n in walk(rule.body))


__all__ = ["Telling"]
