"""What scripted parties say, apart from what a specification says itself. A writer can edit this file without reading
code; what stands in braces is filled in and has to stay. Each list holds ways to say the same thing.
"""

import re

# --- what the scripted agent is not able to do ------------------------------------------------------------------------

NO_WORDS = (
    "rule `{rule}`{label} wants something said, and no words were found that it takes: write in it what is to be said, "
    "with `says(…)`, `mentions(…)` or `says_amount(…)`"
)
WORDS_FORBIDDEN = (
    "rule `{rule}`{label} wants something said that rule `{other}` forbids: write an `exception` to one of them, "
    "or other words"
)
NO_OTHER_WAY = (
    "rule `{rule}` forbids `{call}` at that point, and no other way is known: see what `covec check` says of it"
)
NOBODY_FOUND = (
    "; nobody was looked up, as `{tool}` asks for `{asked}`, and no field of `{record}` has this name: "
    "name the two alike, or let the argument be left out"
)
TWO_RULES = (
    "rule `{other}` wants `{call}`, and rule `{rule}` forbids it at that point: write an `exception` to one of them"
)

# --- the agent --------------------------------------------------------------------------------------------------------

GREETING = (
    "Hello! How can I help you today?",
    "Hi there! What can I do for you today?",
    "Good day! How may I help you?",
    "Welcome! What can I help you with?",
    "Hello, thanks for getting in touch. What can I do for you?",
)
ASK_WHO = (
    "I'd be glad to help. Could you give me {first}, so that I can look you up?{other}",
    "Of course. May I have {first} first, so that I know who I am talking to?{other}",
    "Sure, let me look into that. Could you tell me {first}?{other}",
)
OR_ELSE = " If you don't have it at hand, {second} will do."
ASK_AGAIN = ("I'm sorry, I couldn't find you with that. Could you give me {first}?",)
ASK_RECORD = ("Could you give me the full {thing}?", "What is the full {thing}, please?")
ASK_CHOICE = (
    "Could you tell me the {thing} ({values})?",
    "May I ask for the {thing}: {values}?",
)
QUESTION_WORD = r"(?:how|what|when|where|which|who|why)\b.*"
ASK_WHY = ("Could you tell me {thing} ({values})?", "May I ask {thing}: {values}?")
ASK_OPEN = ("May I ask {question}?", "Could you tell me {question}?")
ASK_OPEN_AGAIN = (
    "And for this one, could you tell me {question}?",
    "Let me ask about this one as well: {question}?",
)
ASKING = r"(?:for |to |on |from )?(?:how|which|what|when|where|who|whom|whose)\b"
ASKING_ABOUT = {"from": "from where", "to": "where to"}
ASKING_WHEN = {"to": "to which day", "for": "for which day"}
ASK_FACT = ("Could you tell me {label}?",)
REMIND = (
    "One thing before we go on: {duty} Is that everything?",
    "Before I prepare this: {duty} Have you named everything?",
)
PROPOSE = (
    "Here is what I would do: {verb}.\n{details}\nShall I go ahead? Please answer yes or no.",
    "Thank you. To {verb}, these would be the details:\n{details}\nDo you want me to go ahead (yes or no)?",
    "I can {verb}, as follows:\n{details}\nMay I go ahead? A clear yes is enough.",
)
PROPOSE_WISH = (
    "You would like to {verb}. Here are the details:\n{details}\nShall I go ahead? Please answer yes or no.",
    "Thank you. To {verb}, these would be the details:\n{details}\nDo you want me to go ahead (yes or no)?",
    "So you want to {verb}, as follows:\n{details}\nMay I go ahead? A clear yes is enough.",
)
PROPOSE_BARE = "I can {verb} now. Shall I go ahead? Please answer yes or no."
THANKING = "Thank you."
ASK_TO_DO = (
    "Could you please {verb}{how}, and tell me what you see?",
    "Please {verb}{how} now. What does it say?",
    "Next, could you {verb}{how}? Tell me what it says, please.",
    "Let's try this: {verb}{how}, please. What do you see then?",
)
ASK_TO_LOOK = (
    "Could you please {verb}{how}, and tell me what it says?",
    "I would like to know how things stand. Please {verb}{how}. What do you see?",
    "Before we change anything, could you {verb}{how} and read out what it says?",
    "To see where we are: {verb}{how}, please, and tell me what comes up.",
)
ASK_HOW, ASK_HOW_ONE, ASK_WHICH_ONE = " with {details}", " to {value}", " for {value}"
DETAIL = "- {name}: {value}"
DONE = (
    "That's all set now.",
    "Done! Everything has gone through.",
    "All done: your request to {verb} has gone through.",
    "Thank you, that worked: your request to {verb} has gone through.",
    "Your request to {verb} has gone through.",
    "That is done now, your request to {verb} has gone through.",
    "Thanks for waiting. Your request to {verb} has gone through.",
)
# Of what the desk does for its customer, which is no request of one's own.
DONE_DEED = (
    "That's all set now.",
    "Done! Everything has gone through.",
    "I have taken care of that for you.",
    "Thanks for waiting. That is done now.",
)
# Of a step towards the end that the customer has named.
DONE_STEP = (
    "I have done that now.",
    "That is done now.",
    "Thanks for waiting. That is done now.",
    "That has gone through.",
)
# What somebody does to or for the customer, who would not say "I'd like to give me a credit".
DONE_FOR_YOU = (
    r"[a-z]+ you\b|"
    r"(?!(?:have|get|let|ask|make sure)\b)(?:(?!\b(?:what|which|that|who|where|when|how|if)\b).)+\b(?:for|to) you\b"
)
FAILED = ("I'm sorry, I was unable to do that: {error}.",)
REFUSE = (
    "I'm sorry, but I can't {verb} as you wish. {rule}",
    "I'm afraid I can't do that. {rule}",
    "I understand, but unfortunately I can't {verb} the way you ask. {rule}",
)
REFUSE_WISH = (
    "I'm sorry, but it is not possible to {verb} as you wish. {rule}",
    "I'm afraid I can't do that. {rule}",
    "I understand that you want to {verb}, but unfortunately that is not possible. {rule}",
)
UNABLE = (
    "I've looked, but I'm afraid there is nothing that fits: I can't {verb} as you wish.",
    "I'm sorry, I can't {verb} as you wish: nothing that fits can be had right now.",
)
UNABLE_WISH = (
    "I've looked, but I'm afraid there is nothing that fits: it is not possible to {verb} as you wish.",
    "I'm sorry, it is not possible to {verb} as you wish: nothing that fits can be had right now.",
)
# Of whom a rule speaks that is about whoever calls.
WHO_IS_HERE = r"who (?:was|is|has been) (?:looked up|identified|verified)\b"
# How the sentences of rules tell that they state something: words with which no order begins, and verbs that no order
# has before the first of its dependent clauses, which begin in few ways.
SUBJECT = (
    r"(?:an?|the|this|that|these|those|each|every(?:thing|body|one)?|any(?:thing|body|one)?|all|some|no|none|nothing|"
    r"nobody|one|two|three|at (?:most|least)|up to|(?:more|less|fewer) than|it|they|there|we|you|he|she|your|our|its|"
    r"their|what|who(?:ever)?|whatever|neither|both|most|many|few|only (?:an?|the|one|two|those)|\$?\d\S*)\b"
)
STATES = (
    r"(?<=\w )(?:can|cannot|can't|must|may|might|should|will|would|shall|is|are|was|were|has|have|had|does|isn't|"
    r"aren't|needs?|takes?|costs?|counts?)\b"
)
SUBORDINATE = (
    r"(?:that|which|who|whom|whose|when(?:ever)?|where|while|if|unless|until|because|before|after|as|since|"
    r"once (?!in\b)|so that|what|how|whether|to)\b"
)
# What sets a limit to an order, by which it tells what is not done.
LIMITS = (
    r"\b(?:only|at most|at least|no|not|neither|nothing|never|none|once|twice|up to|within|without|unless|"
    r"(?:more|less|fewer|later|earlier) than)\b"
)
# What a clerk does before and beside the matter, and nobody is refused for.
CLERKS_OWN = r"(?:ask (?!for\b)|tell|inform|remind|confirm|check|look|find|obtain|collect|gather|state|say|make sure)\b"
FORBIDS = r"(?:never|refuse|deny|decline|avoid)\b"
MAY = "I can {rule}"
MUST = "I must {rule}"
CANNOT = "I can't {rule}"
HAVE_TO_BEFORE = "Before I {what}, I have to {rule}"
AMOUNT, AMOUNT_OF = "The amount is {amount}.", "{what} is {amount}."
# Names of what works an amount out, by which nobody calls the amount; and those that say no more than that it is one.
NO_AMOUNT = r"(?:get|compute|calc|calculate|find|sum|add|what|how|is|may|can)\b|(?:amount|value|result)$"
# Who is told what something is, or reminded of something, is a person, by whatever name a rule calls that person.
TOLD = r"(?:tell the [a-z]+(?= (?:what|how)\b)|(?:inform|remind) the [a-z]+(?= (?:that|to|when|how|where|what|why)\b))"
# `what the early truck costs`: what is said of it, and how.
COSTS = r"(.+) ((?:will |would )?costs?|is|was|are|were|comes? to|came to|amounts? to)"
COSTING = "{what} {costs} {amount}."
# By which a text says that something is so, and does not only name it.
SAYS_SO = (
    r"\b(?:is|are|was|were|will|would|has|have|had|can|cannot|may|might|must|should|does|\w+n't|comes?|goes|go|takes?|"
    r"costs?|follows?|stays?|ends?|begins?|starts?|needs?|gets?|lasts?|\w+ed)\b"
)
NOTE = "Please note: {words}."
WAIT = "One moment, please."
NOT_YET = "Please bear with me for a moment."
IT_CONCERNS = "This is about {key}."
COUNT_IS = "The number is {number}."
# A few words that a rule wants said, as a sentence, by how they begin.
NOTES = (
    (
        r"(is|are|was|were|will|would|can|cannot|can't|may|must|has|have|does|doesn't|takes?|costs?|comes?) ",
        "This {words}",
    ),
    (r"(a|an|the|our|your|my|this|that|there|you|we|it|i|they|please|if|when|as) .+ .+", "{Words}"),
    (r"", "Please note: {words}"),
)
GREETS = re.compile(r"(good (morning|afternoon|evening|day)|hello|hi|welcome|greetings)\b", re.IGNORECASE)
# Words for a time of day, with the hours in which they are said.
PARTS_OF_DAY = (("morning", 0, 12), ("afternoon", 12, 18), ("evening", 17, 24))
GREETING_PART = r"(?:Hello|Hi there|Welcome|Good \w+)[!.,]\s*"
REFERENCE = "Your case has the number {number}."
ONCE_MORE = "do the same once more, to be on the safe side"
ANSWER_NOUN = ("{text} is {value}.",)
ANSWER_CLAUSE = ("It's {value}.", "I've looked it up: it's {value}.", "That is {value}.")
ANSWER_COUNT = ("I count {value}.", "As far as I can see, it's {value}.", "I've looked it up: it's {value}.")
ANYTHING_ELSE = (
    "Is there anything else I can help you with?",
    "Can I help you with anything else?",
    "Is there anything else I can do for you?",
)
# After the last of the steps that the user was asked to take.
SETTLED = ("Thank you, that should do it.", "Great, that should settle it.", "Thanks. That was the last step.")
NOTED = ("Very well, I have left everything as it is.", "All right, nothing has been changed.")
GOODBYE = ("Thank you for getting in touch. Have a good day!", "You're welcome. Have a nice day!")

# --- the user ---------------------------------------------------------------------------------------------------------

SEEN = ("I did that. It says: {result}", "Done. Here is what I see: {result}", "All right, it says: {result}")
WISH = (
    "Hi, I'd like to {verb}.",
    "Hello, I need to {verb}.",
    "Hi! I want to {verb}, please.",
    "Hello. Could you help me {verb}?",
    "Hi, I was hoping to {verb}.",
    "Good day. I would like to {verb}, if that's possible.",
)
NEXT_WISH = (
    "Yes, there is something else: I'd like to {verb}.",
    "Yes. I'd also like to {verb}.",
    "There is one more thing. I need to {verb}.",
    "Yes, while I have you here: I want to {verb}.",
    "Actually, yes. Could you also help me {verb}?",
)
DEED = (
    "Hi, could you {verb}, please?",
    "Hello, I'd like you to {verb}.",
    "Hi! I need you to {verb}, please.",
    "Hello. Would you please {verb}?",
    "Good day. Can you {verb}?",
)
NEXT_DEED = (
    "Yes, there is something else: could you {verb}?",
    "Yes. I'd also like you to {verb}.",
    "There is one more thing. Please {verb}.",
    "Actually, yes. Could you also {verb}?",
)
FALLBACK_DEED = (
    "That's a pity. In that case, please {verb}.",
    "I see. Then please {verb}.",
    "Hmm. Could you {verb}, then?",
)
FALLBACK = (
    "That's a pity. In that case, I'd like to {verb}.",
    "I see. Then I'd like to {verb} instead.",
    "Hmm, all right. Then I'd rather {verb}.",
)
FALLBACK_TALK = ("In that case, I'd like to {verb}.", "I see. Then I'd rather {verb}.")
FALLBACK_SAME = (
    "That's a pity. Is there another way, then?",
    "I see. Could we do it another way?",
    "Hmm. Then let's do it another way.",
)
ABOUT_TOO = ("The {label} one is {thing}.",)
ABOUT = ("It's about {thing}.", "I mean {thing}.", "It's {thing}.")
QUESTION = (
    "Hi, could you tell me {text}?",
    "Hello, I'd like to know {text}.",
    "Hi. I have a question: could you find out {text}?",
)
NEXT_QUESTION = (
    "Yes, could you also tell me {text}?",
    "One question: could you tell me {text}?",
    "Yes, I'd also like to know {text}.",
)
STORY = ("Hi. {text}", "Hello, I hope you can help me. {text}", "Good day. {text}", "Hello! {text} Can you help?")
NEXT_STORY = ("Yes, there is one more thing. {text}",)
WHO = "{label} is {value}"
WHO_BRIEFLY = ("It's {value}.", "Sure, it's {value}.", "{value}.")
# What people say in full where a field is called by half of it.
IN_FULL = {"phone": "phone number", "zip": "zip code", "mobile": "mobile number", "dob": "date of birth",
           "born": "date of birth", "birth": "date of birth"}  # fmt: skip
# What is said of what it belongs to: a house's number is a house number.
OF_A_ROW = ("number", "code", "no", "nr")
MISSING = ("I don't have my {label} at hand. ", "I'm afraid I can't remember my {label}. ")
YES = (
    "Yes, please go ahead.",
    "Yes, that's right. Please do.",
    "Yes, please.",
    "Yes, go ahead.",
    "That's correct, yes. Please proceed.",
    "Yes, that looks right, go ahead please.",
    "Yes, do that.",
)
NO = ("No, don't do that, please. I only wanted to know.",)
THAT_IS_ALL = ("That's everything.", "That is all of it.", "There is nothing to add.")
ANYTHING_WORKS = ("I leave that to you.", "Whatever works, I don't mind.", "Any of them will do.")
UNKNOWN = ("I'm sorry, I don't know that.",)
ACCEPT_NO = (
    "That's a pity, but I understand. Thanks anyway.",
    "Oh well. Thank you for looking into it.",
    "I see. I'll leave it then. Thank you.",
)
GO_ON = ("Thanks, take your time.", "I see. Let me know what you find.", "Thanks, I'll hold on.")
GIVE_UP = ("I've waited long enough, I'll try another time.", "This takes too long for me. I'll come back later.")
THANKS = (
    "No, that's all. Thank you for your help!",
    "That was all, thanks a lot!",
    "No, thank you, that's it.",
    "No, that's everything. Have a good day!",
    "That's it from me. Thanks for the quick help!",
)

# What a persona says of how somebody behaves, and nobody says of themselves.
STAGE_DIRECTION = (
    r"You (?:say|insist|grumble|sound|speak|first ask|stay|do not see|"
    r"are (?:in a hurry|firm|sure|friendly|loud|calm|polite))\b"
)

# --- how labels become sentences --------------------------------------------------------------------------------------
# The first pattern that fits the label is used. `{0}` and on are its parts, `{value}` is what is said.

LABELS = (
    (r"whether .+", "{Value}."),
    (r"where (?:the|a) (.+) (should|may|can|might) go(.*)", "The {0} {1} go to {value}{2}."),
    (r"where (.+)", "{Value} is where {0}."),
    (r"who (.+)", "The one who {0} is {value}."),
    (r"when you (can|could|want to|would) (.+)", "I {0} {1} on {value}."),
    (r"when it (?:suits|would suit) you", "{value} would suit me."),
    (r"how you want (?:it|that)", "I'd like it with {value}."),
    (r"how you want to pay", "I want to pay with {value}."),
    (r"how you paid", "I paid with {value}."),
    (r"how to (.+)", "You can use {value} to {0}."),
    (r"how you (.+)", "I {0} with {value}."),
    (r"what for", "I'd like one with {value} instead."),
    (r"what you would (take|have|rather have)( instead)?", "I would {0} {article}{value}{1}."),
    (r"what you (.+) if .+", "I {0} {article}{value}."),
    (r"what you (.+ of .+)", "It's {article}{value} that I {0}."),
    (r"what you are (.+)", "I am {0} {article}{value}."),
    (r"what you (.+)", "I {0} {article}{value}."),
    (r"what", "{Value}."),
    (r"what else .+", "It's {one}{value}."),
    (
        r"what (?:[a-z]+(?<!ed)(?<!s)|(?:kind|sort|type|size) of [a-z]+) "
        r"(?:should|shall|would|must|can|it|to|is|are|you)\b.*",
        "{Value}, please.",
    ),
    (r"what (?:[a-z]+(?<!ed)(?<!s)|(?:kind|sort|type|size) of [a-z]+)", "{Value}, please."),
    (r"what .+", "It's {one}{value}."),
    (r"which\b.*", "{Value}, please."),
    (r"(?:why|who|whom|whose|where|when)\b.*", "{Value}."),
    (r"(from|to|on|until|till|since|by|for|at|in) (?:which|what) \w+( on)?(?: .*)?", "It's {0} {value}{1}."),
    (r"how much you (.+)", "I {0} {value}."),
    (r"how much\b.*", "{Value}."),
    (r"how\b.*", "{Label}? {Value}."),
    (r"(.+)", "{Label} is {article}{value}."),
)
SAME_THING = {"modify": ("change", "update"), "cancel": ("cancel",), "return": ("return", "send back")}
# `you` is an object where nothing before it opens a clause and nothing after it can be its verb: `give you a credit`.
CLAUSES_OPEN = ("if", "when", "what", "that", "which", "how", "where", "why", "as", "because", "and", "or", "until")
NO_CLAUSE_OPENS = "".join(rf"(?<!\b{word} )" for word in CLAUSES_OPEN)
AFTER_OBJECTS = (
    "an?|the|my|your|this|that|these|those|some|any|more|another|one|about|for|to|from|at|on|in|with|by|back|as|and|or|"
    "if|when|where|what|how|why|which|again|early|later|first|today|tomorrow|instead"
)
PERSONS = (
    (r"\byou are\b", "I am"), (r"\byou were\b", "I was"), (r"\byour\b", "my"), (r"\byours\b", "mine"),
    (r"\byourself\b", "myself"),
    (r"\b(gave|asked|told|tells|for|to|with|of|gives|asks|put|send|show|lend|bring) you\b", r"\1 me"),
    (rf"(?<=\w ){NO_CLAUSE_OPENS}you(?= (?:{AFTER_OBJECTS})\b|[.,;:!?)]|$)", "me"),
    (r"\byou\b", "I"),
)  # fmt: skip
# Said by whom it is about; where a value tells that it is about another (`dog is ill`), of that.
OF_ONESELF, OF_ANOTHER = "I am {phrase}.", "My {0} {1} {{phrase}}."
OF_IT, DOES_ANOTHER = "It {phrase}.", "My {0} {{phrase}}."
# A few words that state a choice, as a sentence: `{phrase}` and `{Phrase}` are those words.
STATED = (
    (
        r"(?:can't|cannot|can not|can no longer|couldn't|don't|do not) "
        r"(?:afford|find|fix|get|keep|like|open|reach|read|see|take|use)",
        "I {phrase} it.",
    ),
    (r"(?:too|very|so|really) (?:busy|ill|nervous|sick|tired|weak)", OF_ONESELF),
    (r"away|abroad|at work|out of .+|on (?:holiday|vacation|leave|a (?:trip|journey|course))", OF_ONESELF),
    (r"(no longer|do not|don't) (need|want)", "I {phrase} it."),
    (r"(don't|do not|no longer) (need|want) .+", "I {phrase}."),
    (r"not needed", "It is {phrase} any more."),
    (r"no longer needed", "It is {phrase}."),
    (r"changed my mind|changed plans", "I have {phrase}."),
    (r"(change|loss) of .+", "It is a {phrase}."),
    (r"change in plans", "There has been a {phrase}."),
    (r"ordered .*(error|mistake|twice)", "It was {phrase}."),
    (r"accidentally \w+ed", "I {phrase} it."),
    (r"was accidental", "That {phrase}."),
    (r"(order|booking) was .+", "The {phrase}."),
    (r"(flight|plans|trip) (was|were) .+|plans changed", "My {phrase}."),
    (r"airline cancelled", "The {phrase} the flight."),
    (r"something .+", "{Phrase}."),
    (
        r"sick|ill|busy|not feeling .+|under the weather|in the hospital|feeling better|healthy again|no longer \w+ing",
        OF_ONESELF,
    ),
    (r"recovered", "I have {phrase}."),
    (r"(don't|can't|cannot) .+|feel (better|fine)|broke my .+|went .+", "I {phrase}."),
    (r"the flu|no time", "I have {phrase}."),
    (r"another doctor", "I have found {phrase}."),
    (r"(family|financial) \w+", "I have a {phrase}."),
    (r"medical reason", "There is a {phrase}."),
    (r"\w+ reasons", "It is for {phrase}."),
    (r"my health", "It is because of {phrase}."),
    (r"weather", "It is because of the {phrase}."),
    (r"storm", "There is a {phrase}."),
    (r"(by|in) (error|mistake|accident)|.+ly|cancelled by .+", "That was {phrase}."),
    (r"accident", "That was an {phrase}."),
    (r"wrong \w+", "It was the {phrase}."),
    (r"because .+", "That is {phrase}."),
    (
        r"(?:can't|cannot|couldn't|don't|didn't|won't|need|want|have|had|bought|chose|found|forgot|got|left|lost|made|"
        r"missed|moved|picked|sold|fixed|broke|gave|took|sent|saw|heard|paid|spent|cut|hurt|kept|read|wrote|built) .+",
        "I {phrase}.",
    ),
    (
        r"(?:came|comes|arrived|costs|doesn't|has|is|isn't|looks|never|no longer|smells|takes|was|wasn't) .+",
        OF_IT,
    ),
    (r"not \w+ing\b.*", "I am {phrase}."),
    (r"(?:too|very|so|not|much|far) .+", "It is {phrase}."),
    (r"broken|damaged|defective|faulty|dirty|late|noisy|stolen|torn|worn", "It is {phrase}."),
    (r"(?:a|an|the|my|our|some) (?:[\w-]+|(?:[\w-]+ )+(?!\w*(?:s|ed)$)[\w-]+)", "It's {phrase}."),
)
REASON = ("The reason: {phrase}.", "{Phrase}, that's why.")
CHOSEN = ("{Phrase}, please.", "{Phrase}.", "{Label}: {phrase}.")
CHOSEN_PLAINLY = ("{Phrase}, please.", "I'd say {phrase}.")
REASONS = ("why", "reason", "cause", "grounds")
PLEASE = ", please."
# Facts for which nobody has written a sentence.
COUNTED = ("It's {count}.", "{Count}, please.", "That would be {count}.")
LASTING = ("For {count}.", "It'd be {count}.", "{Count}, please.")
NUMBER = ("It's {count}.", "{Count}.", "{Count}, please.")
DOES_ON = "It {does} on {value}."
VALUED = ("The {noun} {be} {value}.", "The {noun} would be {value}.")
TRULY = "{Noun}: {value}."
QUANTITY = ("I need {value}.", "It would be {value}.", "{value}, please.")
QUANTITIES = ("count", "number", "quantity", "how many")
CALLERS = ("user", "customer", "caller", "client", "guest", "person")

# --- what a party listens for -----------------------------------------------------------------------------------------

ASKS_FOR_YES = (
    "yes or no", "yes/no", "clear yes", "do you confirm", "shall i go ahead", "shall i proceed",
    "would you like me to proceed", "want me to go ahead",
)  # fmt: skip
ASKS_FOR_MORE = ("anything else", "something else", "with anything", "further questions")
REFUSES = ("i can't", "i cannot", "unable to", "not possible", "not able to", "i'm afraid", "unfortunately")
WAITS = "bear with me for a moment"  # where the agent has more to say or to do, and wants nothing
HANDS_OVER = ("transferred", "hand you over", "handing you over", "transferring you", "human agent")
