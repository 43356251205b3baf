"""Every word the prompts use that no author of a specification wrote. A writer can edit this file without reading code;
what stands in braces is filled in and has to stay.
"""

# --- the agent's prompt -----------------------------------------------------------------------------------------------

AGENT_TITLE = "# {doc}: agent policy"
AGENT_INTRO = (
    "You are the service agent of this desk. This is the policy you follow. Your tools are described separately."
)
CLOCK = "The current time is {time}."
GENERAL = "## General rules"
BY_TOOL = "## Rules for particular tools"
CHANGES = "These tools change the database: {tools}."
SHOULD = "You should follow this advice:"
SHOULD_ALSO = "You should also follow this advice:"
EXCEPTION = "Exception: {text}"
EXCEPTED_WHEN = "{text} It holds only if {conditions}."
WORLD = "## What the data looks like"
WORLD_INTRO = "A `?` marks what may be missing."
RECORD_HEADER = ("Field", "Type", "Meaning")
RECORD_HEADER_SHORT = ("Field", "Type")
ENUMS = "### Values"
ENUM_HEADER = ("Type", "Values")
CASES_TITLE = "One of these kinds, told apart by `{tag}`:"
TABLES = "## Reference tables"
TABLE_CORNER = "{row} \\ {column}"
FORMULAS = "## How things are worked out"
FORMULA = "The {name} {of} {be} {value}."
FORMULA_PLAIN = "The {name} {be} {value}."

# --- moments at which a rule is judged --------------------------------------------------------------------------------

USER_TOOLS = "## What the user can do"
USER_TOOLS_INTRO = (
    "These the user does, not you. Ask for them, one step after the other, and go by what the user then tells you."
)
USER_TOOLS_HEADER = ("Tool", "What it does")
BY_USER = "{tools} by the user"
BEFORE_CALL = "Before calling {tools}"
AFTER_CALL = {
    None: "After calling {tools}",
    "ok": "After a successful call to {tools}",
    "failed": "After a failed call to {tools}",
}
BEFORE_MESSAGE = {
    "agent": "Before each message to the user",
    "user": "Before each message of the user",
    None: "Before each message",
}
AFTER_MESSAGE = {
    "agent": "After each message to the user",
    "user": "After each message of the user",
    None: "After each message",
}
ON_STEP = "Whenever you act"
AT_END = "By the end of the conversation"

ANY_TOOL = "any tool"
WRITE_TOOLS = "any tool that changes the database"
TOOLS_EXCEPT = "any tool other than {tools}"
TOOLS_TAKING = "any tool that takes {param}"

# --- conditions around a requirement ----------------------------------------------------------------------------------

IF = "if {conditions}"
UNLESS = "unless {conditions}"
WHENEVER = "whenever {condition}, {then}"
FOR_EVERY = "for every {item} in {source}"
FOR_EVERY_PAIR = "for every {item}, taken in pairs from {source}"
FOR_EVERY_EVENT = "for every {source}"
MEANING = "{name} being {value}"
NEVER_HERE = "do not go ahead"
ONLY_IF = "go ahead only if {condition}"
OTHERWISE_DO = "Otherwise {what}."
OTHERWISE_SAY = "Otherwise refuse: {reason}"
REASON_IS = "The reason: {reason}"
# A reason that asks for something in general, and so says what has to hold. Any other may speak of the case in which it
# does not hold ("The bird is in moult and cannot fly."): it never stands without the condition.
DEMANDING = (
    r"\b(?:must|should|have to|has to|may (?:not|only|never)|only\b.*\bmay)\b|"
    r"^(?:do|don't|make|either|keep|take|use|give|go|start|list|check|look|wait|call|collect|confirm|find|count|"
    r"obtain|name|state|leave|read|show|stop|be|let|have|get|set|charge|pay|put|write|work)\b"
)
# A reason that says what to do instead.
REACTING = r"^(?:ask|tell|offer|suggest|advise|refer|send|hand|transfer|explain|say|refuse|deny|point|inform)\b"
# A reason that says itself when something is to be done.
WHEN = r"^(?:once|when|if|where|as soon as)\b[^,]*, "
LISTED = "{value} for every {item} in {source}"

# --- what a rule owes -------------------------------------------------------------------------------------------------

THEN = "the very next thing {must} {event}"
NOTHING = "after that, do nothing more"
NOTHING_MORE = "do nothing more"
EVENTUALLY = "at some later point there {must} {event}"
NEVER = "there {modal} never again be {event}"
UNTIL = "{sentence}, until there is {event}"
FOLLOWING = "after the {event} that follows, {text}"
WITH = "{event} for which {condition}"
# Of an event that a condition speaks of as `it`: what it does, said of the event itself.
THAT = "{event} that {condition}"
# A message that is owed some time, as what it has to do.
TELL = {"must": "before the conversation ends, {deed}", "should": "before the conversation ends, you should {deed}"}
TELL_USER = "tell the user"
EVENTS = {
    "message": {"agent": "a message from you", "user": "a message from the user", None: "a message"},
    "step": {"agent": "a step of yours", "user": "a step of the user", None: "a step"},
}
CALL_EVENT = {None: "a call to {tools}", "ok": "a successful call to {tools}", "failed": "a failed call to {tools}"}

# --- things that happened ---------------------------------------------------------------------------------------------

LAST = {"agent": "your last message", "user": "the user's last message", None: "the last message"}
FIRST = {"agent": "your first message", "user": "the user's first message", None: "the first message"}
EARLIER = {"agent": "your earlier messages", "user": "the user's earlier messages", None: "the earlier messages"}
ONE_EARLIER = {
    "agent": "an earlier message of yours",
    "user": "an earlier message of the user",
    None: "an earlier message",
}
NO_EARLIER = {
    "agent": "no earlier message of yours",
    "user": "no earlier message of the user",
    None: "no earlier message",
}
CALLS = {
    None: "earlier calls to {tools}",
    "ok": "earlier successful calls to {tools}",
    "failed": "earlier failed calls to {tools}",
}
ONE_CALL = {None: "an earlier call to {tools}", "ok": "an earlier successful call to {tools}",
            "failed": "an earlier failed call to {tools}"}  # fmt: skip
NO_CALL = {None: "no earlier call to {tools}", "ok": "no earlier successful call to {tools}",
           "failed": "no earlier failed call to {tools}"}  # fmt: skip
NTH_CALL = {None: "the {nth} call to {tools}", "ok": "the {nth} successful call to {tools}",
            "failed": "the {nth} failed call to {tools}"}  # fmt: skip
STEPS = "the earlier steps"
BEFORE = "{events} before {event}"
AFTER = "{events} since {event}"
LIMIT = {None: "{tools} may be called {times}{per}", "ok": "{tools} may be called successfully {times}{per}",
         "failed": "calls to {tools} may fail {times}{per}"}  # fmt: skip
LIMIT_MESSAGES = "{event} may be sent {times}"
AT_MOST_TIMES = {1: "at most once", 2: "at most twice"}
AT_MOST_MANY = "at most {n} times"
PER = " for the same {keys}"
SAME_KEY = "the same `{key}`"

# --- naming things ----------------------------------------------------------------------------------------------------

OF = "{field} of {owner}"
POSSESSIVE = "{owner}'s {field}"
STEP_FIELDS = {"calls": "the tool calls in the step", "text": "the message in the step", "role": "who takes the step"}
CALL_FIELDS = {"tool": "the tool called", "error": "the error of {call}", "result": "the result of {call}",
               "role": "the party that makes {call}", "arguments": "the arguments of {call}"}  # fmt: skip
ITS = "its {field}"
MESSAGE_FIELDS = {"text": "the text of {message}", "role": "the sender of {message}"}
THIS_CALL = "the call"
THIS_MESSAGE = {"agent": "your message", "user": "the user's message", None: "the message"}
THIS_STEP = "what you do at once"
ROW = "the {row} with {key_name} {key}"
ENTRY = "the entry for {key} in {map}"
ITEM_AT = "item {n} of {list}"
NOW = "now"
TODAY = "today"
STATED = "what the user said about {what}"
FOR_BOTH = "{field} for {owners}"
ADJECTIVES = frozenset(
    ("best", "current", "first", "former", "last", "new", "next", "old", "original", "other", "second", "wanted")
)
THE_ONE = "the one"
# Names of fields and definitions that are no nouns are said as they are written: "the bird's last flown" is no English.
# Each is looked for in the name's words: participles and adjectives at the end, `most` at the start.
NO_NOUN = (
    r"(?:.* )?(?!hundred$)(?:[a-z]{2,}[^e]ed|used|owed|born|bought|broken|built|caught|chosen|done|drawn|driven|eaten|"
    r"flown|forgotten|found|given|gone|grown|heard|held|hidden|kept|known|laid|lent|lost|made|met|paid|proven|run|seen|"
    r"sent|shown|sold|spent|spoken|stolen|taken|taught|thrown|told|won|worn|written|active|available|busy|closed|due|"
    r"early|empty|free|full|idle|late|missing|old|open|overdue|ready|sick|spare|valid|weak|young)|"
    r"(?:most|least|fewest) .+"
)
# Names that begin with a verb: of what is true or false, `has_pets`.
VERBS = {"has": "have", "needs": "need", "wants": "want", "allows": "allow", "accepts": "accept", "takes": "take",
         "owns": "own", "includes": "include", "requires": "require", "offers": "offer"}  # fmt: skip
# What something or somebody does whose measure follows: names of fields that are no plurals.
MEASURING = ("owes", "costs", "weighs", "lasts", "earns")
COPULAS = ("is", "are", "was", "were")
CAN = {False: "can", True: "cannot"}
ABLE = "able to"
SPANS = ("seconds", "minutes", "hours", "days", "nights", "weeks", "months", "years")
TIME_FIELD = "{field} time"
EMPTY = "an empty list"
NONE = "nothing"
TRUTH = {True: "true", False: "false"}
ELSE = ", otherwise "
CONDITIONAL = "{then} if {condition}" + ELSE + "{other}"
NEW_RECORD = "a {record} with {fields}"
FOR_WHICH = "{items} for which {condition}"
BUT_PREFERABLY = "{items}, preferably those for which {condition}"
LOWEST = "those of {items} with the lowest {key}"
HIGHEST = "those of {items} with the highest {key}"
IN_ORDER = {"order": "{items} in order of {key}", "order_descending": "{items} in descending order of {key}"}
MAPPED = "{value} for every {item} in {source}"
FOLDS = {
    "count": "the number of {0}",
    "sum": "the total of {0}",
    "min": "the lowest of {0}",
    "max": "the highest of {0}",
    "first": "the first of {0}",
    "last": "the last of {0}",
    "only": "the only one of {0}",
}
ANY_OF = {"some": "at least one of {items}", "no": "none of {items}", "every": "every one of {items}"}
# Of one thing or another, where more has to hold beside it.
EITHER = "either {0}"
EVERY = "for every {item}"
ITEM_OF = "{item} in {list}"
THAT_ONE = "that {event}"
OPERATORS = {
    "add": "{0} plus {1}",
    "subtract": "{0} minus {1}",
    "multiply": "{0} times {1}",
    "divide": "{0} divided by {1}",
    "shift": "{1} after {0}",
    "negate": "minus {0}",
    "range": "{0} to {1}",
    "elapsed": "the time since {0}",
    "distinct": "{0} without repetitions",
    "sorted": "{0} in order",
    "reversed": "{0} in reverse",
    "flatten": "all of {0}",
    "take": "the first {1} of {0}",
    "running_totals": "the running totals of {0}",
    "keys": "the keys of {0}",
    "values": "{0}",
    "map_of": "{0}",
    "zip": "{all}",
    "abs": "the amount of {0}",
    "round": "{0} rounded to {1} places",
    "floor": "{0} rounded down",
    "ceiling": "{0} rounded up",
    "arithmetic": "the result of {0}",
    "text": "{0}",
    "dollars": "{0}",
    "fixed": "{0} with {1} digits after the point",
    "lower": "{0} in lower case",
    "length": "the length of {0}",
    "split": "the parts of {0} between {1}",
    "join": "{0} joined by {1}",
    "date_of": "the day of {0}",
    "time_of": "the time of day of {0}",
    "at_time": "{1} on {0}",
    "months_between": "the whole months from {0} to {1}",
    "sentences": "the sentences of {0}",
    "claims": "the facts stated in {0}",
    "invented": "the facts in {0} that neither the user nor a tool has given",
    "invented_by": "the facts in {0} that are not in {1}",
}
# What is put in brackets inside another of these, as nobody could tell else what is done first.
ARITHMETIC = frozenset(("if", "range", "subtract", "add", "elapsed", "multiply", "divide", "negate"))
# Conditions that are not comparisons: the verb, and what follows it. {1} is the second argument.
PREDICATES = {
    "affirms": ("be", "an explicit yes"),
    "mentions": ("mention", "{1}"),
    "matches": ("have", "a sentence like {1}"),
    "says": ("say", "{1}"),
    "says_amount": ("state", "the amount {1}"),
    "says_id": ("give", "the id {1}"),
    "lists": ("list", "the details of {1}"),
    "same_text": ("be", "{1}, upper and lower case aside"),
    "contains": ("contain", "{1}"),
    "starts_with": ("start", "with {1}"),
    "ends_with": ("end", "with {1}"),
    "only_characters": ("consist", "of nothing but the characters {1}"),
    "contains_all": ("include", "all of {1}"),
    "same_items": ("hold", "the same things as {1}"),
}
# An amount that is not a number in the policy, but has to be looked up or worked out.
AMOUNT_OF = "how much {value} {be}"
COMPARISONS = {"lt": "less than {1}", "le": "at most {1}", "gt": "more than {1}", "ge": "at least {1}"}
TIME_COMPARISONS = {"lt": "before {1}", "le": "no later than {1}", "gt": "after {1}", "ge": "no earlier than {1}"}
OPPOSITES = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}
PLAIN_PREPOSITIONS = frozenset(("at", "by", "for", "from", "in", "of", "on", "to", "until", "with"))
PLACING = ("at", "in", "on")
PARTICLES = ("in", "off", "out", "up")  # `check_in`, `pick_up`: what is done at a moment
BETWEEN = "between {0} and {1}"
AMONG = "among {0}"
GIVEN = "given"
JUST_IF = "{what} if, and only if, {condition}"
BOTH_OR_NEITHER = "both or neither of these hold: {what}; {condition}"
IMPLIES = "if {condition}, {then}"
THERE = "there {be} {value}"
NONE_SO_FAR = "{value} {be} {made}"
MADE = {"call": "made", "message": "sent", "step": "taken"}
THE_CALL_IS_TO = "the call {be} to {tools}"
SHOWS = "{message} {show} that {what}"
COUNTS = "{message} {count} as \u201c{name}\u201d{rest}"
FOR = " for {0}"

# What may stand between a number and what it counts, and words that end like a plural and are none.
MORE = "more|other|extra|further|additional|new|spare"
NO_PLURALS = ("is", "has", "was", "this", "its", "does", "goes", "always", "perhaps", "gps", "plus", "minus", "times")

# --- types, for the tables of the data --------------------------------------------------------------------------------

TYPES = {
    "text": "text", "id": "id", "email": "email address", "int": "whole number", "decimal": "number",
    "money": "amount in dollars", "bool": "true or false", "date": "date", "time": "time", "datetime": "date and time",
    "duration": "length of time", "json": "anything",
}  # fmt: skip
REF_TYPE = "{row} id"
LIST_TYPE = "list of {item}"
MAP_TYPE = "map of {key} to {value}"
OPTIONAL_TYPE = "{item}?"

# --- the user's prompt ------------------------------------------------------------------------------------------------

USER_TITLE = "# You are a customer"
USER_INTRO = (
    "You are talking to the agent of a service desk ({doc}). Play this person, and nobody else. Write as people write "
    "to a service desk: short messages, in your own words, about one thing at a time."
)
USER_STORY = "## Your situation"
USER_GOAL = "## What you want"
USER_VOLUNTEERS = "## What you say of your own accord"
USER_KNOWS = "## What you know, and say when asked"
USER_DESCRIBES = "## What you can only describe"
USER_DESCRIBES_NOTE = "You know no number for it."
USER_RULES = "## How to talk"
USER_RULE_LINES = (
    "Open with what you want, not with everything you know.",
    "Say only what is written here. Asked for anything else, say that you do not know or have it; never make it up.",
    "Do not do the agent's work: leave it to the agent to find out what is possible.",
    "When the agent lists what it is about to do, say yes clearly if it is what you want, and what is wrong if not.",
)
STOP = "###STOP###"
USER_STOP = (
    "When everything you want is done, or has been refused and you have nothing left to try, answer with `{stop}` and "
    "nothing else. Do the same when you are handed over to somebody else."
)
FACT = "{label}: {value}"
LINE = '"{words}"'
CALLED = '{thing}, which you call "{words}"'
YOU = "you"
YOUR = "your {thing}"
THE = "the {thing}"
SOMEBODYS = "somebody's {thing}"
DO = "{verb}{details}."
DETAILS = " ({details})"
DETAIL = "{param}: {value}"
SEE = "see \u201c{label}\u201d"
ANY_WILL_DO = "{param}: any that works"
LEARN = "Find out {text}."
WANT_REACHED = "In the end, {text}."
NOTHING_WANTED = "You do not want anything to be changed."
LEAVE_IT = "If that cannot be done, leave it at that."
OTHERWISE = "If that cannot be done: {goal}"
EITHER_OF = "Either of these, whichever the agent offers: {goals}"
ALL_OF = "All of these: {goals}"
ONLY_WHEN = "If {condition}: {goal}"
THE_LOWEST = "the one with the lowest {key}"
THE_HIGHEST = "the one with the highest {key}"
DESCRIBED = "{thing} with {details}"
NAMED = "called {name}"
# Fields that hold what a thing is called.
OF_A_NAME = ("first", "last", "full", "given", "family", "middle", "user", "display")
NAME_FIELDS = ("name", "title", "called", "alias", "callsign")
# A question of a few words, which says nothing where nobody asks: `how long`, `why`.
ASKING = r"(?:how|what|when|where|which|who|why|whether)(?: [\w']+){0,2}"
WITH_PREFERENCE = "{one} among those that suit you best"
AMONG_ITS = "{value} among its {list}"
