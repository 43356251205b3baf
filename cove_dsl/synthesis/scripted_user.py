"""A user that follows a task's agenda: says what it wants, answers what it knows, agrees to what it came for, and goes.

It listens to the agent's words alone, so it can sit opposite any agent. It never says a key that its task hides.
"""

import random
import re
from collections.abc import Sequence
from typing import Any, Literal

from ..backends.prompt.words import opening, words
from ..core.spec import Spec
from . import phrases as say
from .deeds import is_of_the_desk, mine, verb_phrase
from .heard import tells
from .parties import STOP, Chat, calling, ends, spoken
from .requests import looks, requested
from .tasks import Fact, Move, Task
from .wording import answers, asking_once, capital, fact_sentence, in_full, pick, series

MOST_REPEATS = 3
FORTHCOMING = 0.25
BRIEF = 0.4  # of those who are asked who they are
NO_CALL: dict[str, Any] = {"arguments": {}}


class ScriptedUser:
    """One user for one task."""

    def __init__(self, task: Task, spec: Spec) -> None:
        self.task, self.spec = task, spec
        self.rng = random.Random(f"user:{task.id}")
        self.at = -1
        self.told: set[tuple[str, Fact]] = set()
        self.known_asked = self.waited = 0
        self.heard: list[str] = []
        self.agreed = False
        # some say at once who they are, and most when asked
        self.is_forthcoming = random.Random(f"pace:{task.id}").random() < FORTHCOMING
        self.made: list[dict[str, Any]] = []

    def reply(self, messages: list[Chat]) -> Chat:
        last = messages[-1] if messages else None
        if last is not None and last["role"] == "tool" and self.made:
            return spoken(pick(self.rng, say.SEEN).format(result=last["content"]), "user")
        call = self._asked_to_do(str(last["content"] or "")) if last is not None and self.at >= 0 else None
        if call is not None:
            self.made.append(call)
            return calling(call["name"], call["arguments"], len(self.made), "user")
        return spoken(self._say(messages), "user")

    def _asked_to_do(self, text: str) -> dict[str, Any] | None:
        """The call of the user's own that the agent asks for: a look at any time, a change if it belongs to what the
        user has come for, once."""
        steps = [m.call for m in self.task.moves if m.kind == "ask"]
        changes = [call for call in steps if call not in self.made]
        seen = [look for step in [NO_CALL, *steps] for look in looks(self.spec, step)]
        return next(iter(requested(text, [*changes, *seen], self.spec)), None)

    def _say(self, messages: list[Chat]) -> str:
        text = str(messages[-1].get("content") or "")
        low = text.lower()
        self.heard.append(text)
        if self.at < 0:
            wish = self._next(False)
            known = self.is_forthcoming and self.task.profile.person and self.task.lookups
            return f"{wish} {self._identity(False)}" if known and not ends(wish) else wish
        if any(cue in low for cue in say.ASKS_FOR_YES):
            # who came for something takes it, allowed or not
            self.agreed = self.move.kind in ("do", "refuse") or self.move.led
            return pick(self.rng, say.YES if self.agreed else say.NO)
        if "?" in text and self._asks_who(low):
            return self._who(low)
        if any(cue in low for cue in say.ASKS_FOR_MORE) and not self._open_question(low):
            return self._next(any(cue in low for cue in say.REFUSES))
        if "?" in text:
            return self._answer(low)
        return self._hear(text, low)

    def _hear(self, text: str, low: str) -> str:
        """What to say to something that asks nothing: a refusal, a deed or an answer closes the wish, being handed over
        ends it all, and to anything else there is only so much patience."""
        if say.WAITS in low and self.waited < MOST_REPEATS:
            self.waited += 1
            return pick(self.rng, say.GO_ON)
        if self.move.kind in ("act", "tell") or any(cue in low for cue in say.HANDS_OVER):
            return STOP
        if any(cue in low for cue in say.REFUSES):
            return self._next(True)
        if self.agreed or (self.move.kind == "learn" and re.search(r"\d", low)):
            return self._next(False)
        self.waited += 1
        return pick(self.rng, say.GO_ON) if self.waited <= MOST_REPEATS else f"{pick(self.rng, say.GIVE_UP)} {STOP}"

    @property
    def move(self) -> Move:
        return self.task.moves[min(self.at, len(self.task.moves) - 1)]

    def _open_question(self, low: str) -> bool:
        """Whether more is asked than whether there is more."""
        return low.count("?") > 1 and "named everything" in low

    # --- wishes

    def _next(self, refused: bool) -> str:
        """The next wish that what was heard of this one does not settle already, or goodbye."""
        before = self.move if self.at >= 0 else None
        self.at += 1
        while before is not None and before.led and self.at < len(self.task.moves) and self._goes_on(before):
            self.at += 1
        heard = "" if refused else " ".join(self.heard)
        while before is not None and self.at < len(self.task.moves) and answers(heard, self.move, before):
            self.at += 1
        self.heard = []
        self.agreed = False
        if before is not None and refused and before.kind == "do":
            return f"{pick(self.rng, say.ACCEPT_NO)} {STOP}"
        if self.at >= len(self.task.moves):
            forms = say.ACCEPT_NO if refused else say.THANKS
            return f"{pick(self.rng, forms)} {STOP}"
        return self._wish(self.move, before, refused)

    def _goes_on(self, before: Move) -> bool:
        """Whether the next move is part of what the user has asked for already."""
        return self.task.moves[self.at].led and self.task.moves[self.at].scenario == before.scenario

    def _belongs(self, move: Move) -> bool:
        """Whether a move is part of the end that the user has named, to which the agent leads."""
        return move.led and self.move.led and move.scenario == self.move.scenario

    def _wish(self, move: Move, before: Move | None, refused: bool) -> str:
        is_story = move.led or move.kind == "tell" or (move.kind == "act" and not move.text)
        facts = sorted(self._opening_facts(move), key=lambda f: is_story and f.kind == "describes")
        described = [f for f in facts if f.kind == "describes"]
        sentences = [fact_sentence(f, self.rng, f not in described[1:]) for f in facts]
        story = mine(self._persona())
        sentences += [story] if story and (len(described) > 1 or move.story) else []
        if is_story:
            text = " ".join(dict.fromkeys([*([story] if story else []), *sentences]))
            return pick(self.rng, say.STORY if before is None else say.NEXT_STORY).format(text=text)
        if move.kind == "learn":
            first = pick(self.rng, say.QUESTION if before is None else say.NEXT_QUESTION).format(
                text=mine(opening(move.text))
            )
            return " ".join([first, *sentences])
        if (
            refused
            and before is not None
            and before.call.get("name") == move.call["name"]
            and before.scenario == move.scenario
            and move.text in ("", before.text)
        ):
            settles = [s for s in story.split(". ") if s.startswith("If ")]
            return " ".join([pick(self.rng, say.FALLBACK_SAME), *settles, *sentences])
        instead = refused and before is not None and before.scenario == move.scenario
        forms = self._wishing(move, "first" if before is None else "instead" if instead else "next")
        form, verb = pick(self.rng, forms), verb_phrase(move, self.spec, self.rng)
        self._tell(move, [f for f in self._untold(move) if _is_worded(f) and tells(verb, f)])
        said_so = [s for f, s in zip(facts, sentences, strict=False) if f in described and mine(f.phrase) in verb]
        return " ".join([form.format(verb=verb), *(s for s in sentences if s not in said_so)])

    def _wishing(self, move: Move, when: Literal["first", "next", "instead"]) -> Sequence[str]:
        """The ways to wish for a call: as the user's own deed, or as the desk's."""
        if is_of_the_desk(move, self.spec):
            return {"first": say.DEED, "next": say.NEXT_DEED, "instead": say.FALLBACK_DEED}[when]
        other = say.FALLBACK_TALK if move.kind == "act" else say.FALLBACK
        return {"first": say.WISH, "next": say.NEXT_WISH, "instead": other}[when]

    def _asked(self, fact: Fact, low: str) -> bool:
        slots = [p for p, names in self.move.slots.items() if set(names) & set(fact.names)]
        return any(name.replace("_", " ").lower() in low for name in (*slots, *fact.names, fact.label) if name)

    def _persona(self) -> str:
        """What the user says of the wish in general: not how it behaves."""
        said = dict(zip(self.task.scenarios, self.task.profile.personas, strict=True))[self.move.scenario]
        sentences = re.split(r"(?<=[.!?])\s+", said)
        return " ".join(s for s in sentences if not re.match(say.STAGE_DIRECTION, s))

    def _opening_facts(self, move: Move) -> list[Fact]:
        """What belongs to the wish: what is described and volunteered, descriptions first."""
        untold = self._untold(move)
        facts = [f for f in untold if f.kind != "knows"]
        later = [f for f in untold if f.kind == "knows" and f.shape != "choice" and self.at > 0]
        self._tell(move, [*facts, *later])
        return sorted(facts, key=lambda f: f.kind != "describes") + later

    def _untold(self, move: Move) -> list[Fact]:
        """What was not said yet of this wish: of another it may have been."""
        return [f for f in move.facts if (move.scenario, f) not in self.told]

    def _tell(self, move: Move, facts: list[Fact]) -> None:
        self.told.update((move.scenario, f) for f in facts)

    # --- answers

    def _asks_who(self, low: str) -> bool:
        names = [re.escape(n) for n in (*map(_name, self.task.profile.person), *self._details())]
        return (
            bool(self.task.profile.person)
            and self.known_asked < MOST_REPEATS
            and any(re.search(rf"\b{n}\b", low) for n in names)
            and bool(re.search(r"\byour\b|\bfirst name\b", low))
            and (self.known_asked == 0 or "find you" in low)
            # who has said it already is asked for it only where it is called `your email`
            and (not self.is_forthcoming or any(re.search(rf"\byour (?:\w+ )?{n}\b", low) for n in names))
        )

    def _details(self) -> list[str]:
        """What the desk calls what the user can be found by: an author may have put it into other words."""
        return [called for k in self.task.lookups for n in k.arguments for called in (words(n), in_full(n))]

    def _who(self, low: str) -> str:
        """Who the user is, by the first way that is known; then by all that is."""
        self.known_asked += 1
        person = self.task.profile.person
        said = self._identity(self.known_asked > 1)
        asked = re.search(r"your ([a-z]+)", low)
        known = [*(f"{_name(f)} {_label(f)}" for f in person), *self._details()]
        missing = asked is not None and all(asked[1] not in name for name in known)
        return (pick(self.rng, say.MISSING).format(label=asked[1]) if missing and asked else "") + said

    def _identity(self, everything: bool) -> str:
        """What is known of the user by which one can be found: by the first way, or by all."""
        person = self.task.profile.person
        wanted = set(map(str, self.task.lookups[0].arguments.values())) if self.task.lookups else set()
        facts = [f for f in person if wanted & _leaves(f)] if not everything else list(person)
        told = facts or list(person)
        if len(told) == 1 and self.known_asked and told[0].shape != "sentence" and self.rng.random() < BRIEF:
            return pick(self.rng, say.WHO_BRIEFLY).format(value=told[0].phrase)
        return capital(series(say.WHO.format(label=_label(f), value=f.phrase) for f in told)) + "."

    def _answer(self, low: str) -> str:
        """Whatever is known about the matter and was not said yet; a choice only if it is asked for."""
        for move in [m for m in self.task.moves if m is self.move or self._belongs(m)]:
            facts = [
                f for f in self._untold(move) if self._asked(f, low) or (move is self.move and f.shape != "choice")
            ]
            if facts:
                self._tell(move, facts)
                return asking_once([fact_sentence(f, self.rng) for f in facts])
        if re.search(r"\bwhich\b", low):
            return pick(self.rng, say.ANYTHING_WORKS)
        if self.move.others and self._persona():
            return mine(self._persona().split(":")[0].rstrip(".") + ".")
        return pick(self.rng, say.THAT_IS_ALL)


def _is_worded(fact: Fact) -> bool:
    """Whether a value is words that mean one thing wherever they stand, such as a name."""
    return fact.shape == "text" and re.search(r"[^\W\d_]{3}", fact.phrase) is not None


def _name(fact: Fact) -> str:
    """What a clerk calls a fact: a field's name; of what an author has put into words, the first word after `my`."""
    if " " not in fact.label:
        return fact.label.split(".")[-1].replace("_", " ")
    found = re.findall(r"[\w'’-]+", _label(fact))
    return found[1] if len(found) > 1 else fact.label


def _label(fact: Fact) -> str:
    """`user.address.zip` is a zip; what an author has put into words stays."""
    if " " in fact.label:
        return mine(fact.label)
    *path, name = fact.label.split(".")
    return f"my {in_full(name, words(path[-1]) if path else '')}"


def _leaves(fact: Fact) -> set[str]:
    return set(map(str, fact.value.values())) if isinstance(fact.value, dict) else {str(fact.value)}


__all__ = ["ScriptedUser"]
