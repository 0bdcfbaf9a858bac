"""What gives no fact: questions, hypotheses, quotes, jokes, reported speech, orders, prompts. Pure.

Better a fact too few than one too many: what these words stand in is passed over as a whole.
"""

from __future__ import annotations

import re

from memory.understand import is_question

_FLAGS = re.IGNORECASE

# A turn with one of these is text for a model, or text to work on, and not about anybody here.
_PROMPT = re.compile(
    r"\byou are (?:now )?an? (?:\w+[ -]){0,4}(?:assistant|model|expert|agent|bot|ai|chatbot)\b"
    r"|\b(?:ignore|disregard|forget) (?:all|any|the|your|previous|prior)\b[^.]{0,40}"
    r"\b(?:instructions?|prompts?|rules|messages?)\b"
    r"|\bsystem prompt\b|<\|\w+\|>|\[/?INST\]|^\s*(?:system|assistant|user|human)\s*:"
    r"|\b(?:act|behave|respond|reply|answer|speak|talk|write) (?:as|like) (?:if you|an? |the |my )"
    r"|\brole-?\s?play\b|\bnever reveal\b|\bdo not reveal\b|\bthe user (?:is|has|lives|likes"
    r"|wants)\b"
    r"|\brelevant memories\b|\bmemories? (?:of|about) the user\b",
    _FLAGS | re.M,
)
# An order that has a text as its object: the rest of the turn is that text.
_ORDER = re.compile(
    r"^\W*(?:(?:can|could|would) you |please |now |kindly |bitte )*"
    r"(?:translate|summari[sz]e|rewrite|rephrase|paraphrase|correct|proofread|fix|edit|write|draft"
    r"|compose|continue|complete|classify|analy[sz]e|explain|repeat|quote|parse|convert|improve"
    r"|shorten|expand|pretend|imagine|suppose|assume|act|simulate|generate|make up|invent|check"
    r"|[üu]bersetze?|schreibe?|korrigiere|fasse|formuliere|stell dir|traduis|traduisez|r[ée]sume"
    r"|corrige|[ée]cris|imagine|traduce|resume|escribe|corrige|imagina|redacta)\b",
    _FLAGS,
)
_TEXT_FOLLOWS = re.compile(
    r":|\b(?:pretend|imagine|suppose|assume|act|simulate|stell dir)\b|\"|“|«|„", _FLAGS
)
_FICTION = re.compile(
    r"\b(?:once upon a time|my (?:novel|story|character|protagonist|hero|heroine|book|screenplay"
    r"|script|game|campaign|poem|song|essay)|in (?:the|this|a) (?:novel|story|book|film|movie|game"
    r"|series|show|play|poem|song|dream)|(?:hero|heroine|protagonist|character|narrator) (?:of|is"
    r"|in)"
    r"|(?:dream|nightmare)(?:ed|t|s)?\b|fictional|mein(?:em|en)? (?:roman|figur)|mon roman|mi"
    r" novela)\b",
    _FLAGS,
)
_HYPOTHESIS = re.compile(
    r"\b(?:if|whether|unless|would|could|should|might|wish(?:es|ed)?|imagine|suppose|supposing"
    r"|pretend(?:ing|ed)?|as if|as though|what if|hypothetical(?:ly)?|let['’]?s say|say i|assuming"
    r"|in case|had i|were i|were to|want(?:s|ed)? to|hope(?:s|d)? to|hoping|like to (?:live|move"
    r"|work"
    r"|have|own|be)|'d (?:love|like|rather|prefer)|i['’]d|we['’]d|may (?:be|move|buy|go|have)"
    r"|thinking (?:of|about)|considering|tempted|afraid|worried|feels? (?:as|like)|not true|no idea"
    r"|not sure whether|decid(?:e|ed|ing) (?:whether|if)|almost|nearly|kind of wish"
    r"|wenn|falls|w[üu]rde\w*|h[äa]tte\w*|w[äa]re\w*|k[öo]nnte\w*|vielleicht|als ob|angenommen"
    r"|si j['’]?|si je|serais|aurais|voudrais|pourrais|peut-[êe]tre|comme si|imaginons"
    r"|ojal[áa]|si yo|ser[íi]a|tendr[íi]a|podr[íi]a|quisiera|quiz[áa]s?|tal vez|como si)\b",
    _FLAGS,
)
_REPORTED = re.compile(
    r"\b(?:says?|said|told (?:me|us|her|him|them)|tells? (?:me|us|her|him|them)|claim(?:s|ed)?"
    r"|heard|wrote|writes|according to|apparently|supposedly|allegedly|rumou?r\w*|mention(?:s|ed)"
    r"|ask(?:s|ed)|believes?|believed|thinks|thought|read (?:that|somewhere|about)|reported(?:ly)?"
    r"|suggest(?:s|ed)|pretends|swears|insists|sagt|sagte|meint|meinte|erz[äa]hlt\w*|behauptet\w*"
    r"|angeblich|geh[öo]rt|gelesen|dit|a dit|disait|raconte|para[îi]t|para[îi]t-il|selon|dice"
    r"|dijo|cuenta|seg[úu]n|o[íi] que|le[íi] que)\b",
    _FLAGS,
)
_OWN_REPORT = re.compile(
    r"\b(?:as )?(?:i|we) (?:already |have |just )*(?:said|told (?:you)|mentioned|wrote|say|tell"
    r" you)\b"
    r"|\bdid i mention\b",
    _FLAGS,
)
_JOKE = re.compile(
    r"\b(?:just kidding|kidding|only joking|joking|as a joke|jk|ha(?:ha)+|hehe\w*|lol|lmao|rofl"
    r"|not really|not literally|figuratively|so to speak|yeah right|war nur spa[ßs]s?|scherz"
    r"|je plaisante|pour rire|es broma|jaja\w*)\b|/s\b|[😂🤣😜😉]",
    _FLAGS,
)
_HEDGE = re.compile(
    r"\b(?:i think|i guess|i believe|i suppose|i assume|maybe|perhaps|probably|possibly|not sure"
    r"|i(?:'m| am) not certain|if i remember|seem(?:s|ed)? to|likely|presumably|as far as i know"
    r"|ich glaube|wahrscheinlich|vermutlich|je crois|je pense|probablement|creo que"
    r"|probablemente)\b",
    _FLAGS,
)
_QUOTED = re.compile(
    r'"[^"\n]{1,600}"|“[^”\n]{1,600}”|«[^»\n]{1,600}»|„[^“”\n]{1,600}[“”]|‚[^‘\n]{1,600}‘'
)
_QUOTED_LINE = re.compile(r"^[ \t]*>.*$", re.M)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.S)
_MOST_CHARS = 6_000
"""A longer turn was pasted, and is nobody's word about themselves."""


def is_material(text: str) -> bool:
    """Whether a whole turn is a prompt, a pasted text or an order with a text to work on."""
    if len(text) > _MOST_CHARS or _PROMPT.search(text):
        return True
    order = _ORDER.match(text)
    return order is not None and _TEXT_FOLLOWS.search(text, order.start(), len(text)) is not None


def is_story(text: str) -> bool:
    """Whether a turn tells of what was made up or dreamt."""
    return _FICTION.search(text) is not None


def without_quotes(text: str) -> str:
    """The text with quotes, quoted lines and code blanked, places kept. A word or two in quotes
    are a name, not a quote."""

    def blank(match: re.Match[str]) -> str:
        found = match.group()
        inner = found[1:-1].strip()
        if len(inner.split()) <= 2 and not inner.endswith((".", "!", "?", ",")):
            return " " + found[1:-1] + " "
        return "…" + re.sub(r"[^\n]", " ", found[1:])

    text = _CODE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    text = _QUOTED_LINE.sub(lambda m: " " * len(m.group()), text)
    return _QUOTED.sub(blank, text)


def is_no_claim(sentence: str, following: str = "") -> bool:
    """Whether a sentence claims nothing: a question, a hypothesis, an order, a joke, or what
    somebody else is said to have said."""
    if is_question(sentence) or _ORDER.match(sentence):
        return True
    if _JOKE.search(sentence) or _JOKE.match(following.lstrip(" \t\n(")):
        return True
    plain = _OWN_REPORT.sub(" ", sentence)
    return bool(_HYPOTHESIS.search(plain) or _REPORTED.search(plain))


def is_hedged(sentence: str) -> bool:
    """Whether the speaker is not sure of it."""
    return _HEDGE.search(sentence) is not None
