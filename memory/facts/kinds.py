"""Kinds of values, each with what is asked of it before it counts. Pure.

A kind takes what a pattern caught and the sentence with its times, and returns the value or None:
then the rule does not apply.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from memory.facts import values
from memory.facts.roles import is_job
from memory.facts.when import Dated, spoken_day
from memory.scripts import fold

Kind = Callable[[str, Dated], str | None]

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_AGE = re.compile(
    r"([\w-]+)(?: years?(?: old| of age)?)?\s*(?:$|[,.;!]|¤|(?:and|but|now|today)\b)", re.I
)
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_TEENS = "thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TONGUE = re.compile(r"[A-ZÀ-Þ][\w-]+$")
_FOODS = frozenset(
    "meat fish pork beef chicken dairy gluten nuts sugar alcohol coffee tea milk eggs cheese wheat"
    " seafood shellfish lamb bread lactose soy caffeine wine beer smoking carbs butter onions"
    " garlic"
    " mushrooms tomatoes rice pasta chocolate fruit vegetables soda spicy".split()
)
_TASTE_STOPS = re.compile(
    r"\s+(?:(?:more|better|most|rather) (?:than)?|to|over|a lot|so much|very much|too)\b.*$", re.I
)
_MEDICINE = re.compile(
    r"(?P<v>[\w -]+?)(?: \d+ ?mg)?(?: for (?:my|the|it|his|her)\b.*| \d+ ?mg.*)$", re.I
)
_POINTS = re.compile(r"\b(?:this|that|it|them|these|those|you|your)\b", re.I)
_NO_EMPLOYER = frozenset(
    "reddit facebook twitter linkedin discord strava instagram tiktok youtube whatsapp telegram"
    " mastodon netflix spotify duolingo zoom".split()
)
_NO_MEDICINE = frozenset(
    "bus train car photos pictures time break care walk part notes look".split()
)
_PAIR = re.compile(r"(?:[\w'’-]+ ){1,3}and (?:[\w'’-]+ ){0,2}[\w'’-]+(?=$|[,.;])")
_EVENT = re.compile(
    r"\b(?:test|exam|interview|wedding|appointment|flight|surgery|operation|concert|party|trip"
    r"|holiday|vacation|graduation|marathon|deadline|move|moving day|check-up|meeting|defen[cs]e"
    r"|anniversary|performance|recital|first day|train|tournament|race|match)\b",
    re.I,
)
_POINTERS = frozenset("it them this that these those him her you your".split())
_THE_KNOWN = frozenset(
    "sea ocean beach mountains mountain forest forests woods countryside city outdoors theatre"
    " theater opera cinema sun snow rain cold heat summer winter autumn spring night weekend"
    " internet".split()
)
_NO_TASTE = frozenset(
    "going getting having being seeing hearing knowing coming doing making finding using trying"
    " talking sharing working spending taking thinking looking feeling watching giving helping it's"
    " that's so very too just playing".split()
)
_VAGUE = frozenset(
    "hard abroad online well together alone late one new job it that this them place".split()
)


def _plain(cut: Callable[[str], str | None]) -> Kind:
    return lambda text, _dated: cut(text)


def none(_text: str, _dated: Dated) -> str | None:
    return ""


def capital_firm(text: str, _dated: Dated) -> str | None:
    found = values.firm(text)
    return found if found and found[0].isupper() and fold(found) not in _NO_EMPLOYER else None


def job_firm(text: str, _dated: Dated) -> str | None:
    return values.firm(text)


def occupation(text: str, _dated: Dated) -> str | None:
    found = values.job(text)
    return found if found and is_job(found) else None


def occupation_article(text: str, dated: Dated) -> str | None:
    """ "a nurse", "an old friend": with an article, and an occupation."""
    if not re.match(r"(?:a|an|the)\s", text, re.I):
        return None
    return occupation(text, dated)


def subject(text: str, _dated: Dated) -> str | None:
    found = values.thing(re.split(r" (?:at|in|now)\b", text)[0])
    return None if found is None or fold(found) in _VAGUE else found


def day(text: str, dated: Dated) -> str | None:
    said = dated.first(text[:6])
    return spoken_day(re.sub(r"^(?:on|am|le|el)\s+", "", said.text)) if said else spoken_day(text)


def year(text: str, dated: Dated) -> str | None:
    said = dated.first(text)
    found = _YEAR.search(said.text) if said else _YEAR.search(text)
    return found.group() if found else None


def age(text: str, _dated: Dated) -> str | None:
    """A number of years; a lone number of something else is none."""
    found = _AGE.match(text)
    if found is None:
        return None
    word = found.group(1).lower()
    ten, _, one = word.partition("-")
    if ten in _TENS and (not one or values.number_of(one)):
        return str(_TENS[ten] + int(values.number_of(one) or 0))
    if word in _TEENS:
        return str(13 + _TEENS.index(word))
    number = values.number_of(word)
    return number if number and 0 < int(number) < 120 else None


def taste(text: str, _dated: Dated) -> str | None:
    found = values.thing(_TASTE_STOPS.sub("", text))
    this_one = re.match(r"(?:the|these|those)\s+(\w+)", text, re.I)
    if this_one and this_one.group(1).lower() not in _THE_KNOWN:
        return None  # of what was just spoken of: the colour, the effects
    if (
        found is None
        or set(fold(found).split()) & _POINTERS
        or fold(found) in _VAGUE
        or fold(found.split()[0]) in _NO_TASTE
    ):
        return None
    return found


def liking(text: str, dated: Dated) -> str | None:
    """What somebody likes, where liking it says something about them."""
    found = taste(text, dated)
    return None if found is None or values.says_nothing(found) else found


def food(text: str, dated: Dated) -> str | None:
    found = taste(re.sub(r"^any ", "", text), dated)
    words = fold(found).split() if found else []
    return (
        found if words and (words[-1] in _FOODS or words[0] in _FOODS or len(words) <= 2) else None
    )


def thing_owned(text: str, _dated: Dated) -> str | None:
    words = text.split()
    kept = values.thing(text)
    if kept and len(words) > 2 and words[1].lower() == "in" and words[2][0].isupper():
        return f"{words[0]} in {values.place(' '.join(words[2:])) or words[2]}"
    return kept


def sold(text: str, _dated: Dated) -> str | None:
    owned = re.match(r"(?:my|our|the|his|her)\s+(?:old\s+)?", text, re.I)
    return values.thing(text[owned.end() :]) if owned else None


def tongue(text: str, _dated: Dated) -> str | None:
    word = text.split()[0] if text.split() else ""
    rest = text.split()[1:2]
    known = _TONGUE.match(word) and word != "I"
    return word if known and (not rest or rest[0].lower() in _AFTER_TONGUE) else None


_AFTER_TONGUE = frozenset(
    "at with and but as fluently now well too because since from in a very quite pretty better"
    " natively or so though also".split()
)


def habit(text: str, _dated: Dated) -> str | None:
    return None if _POINTS.search(text) else values.phrase(text)


def medicine(text: str, _dated: Dated) -> str | None:
    found = _MEDICINE.match(text)
    bare = values.thing(found.group("v")) if found else None
    return bare if bare and not set(bare.lower().split()) & _NO_MEDICINE else None


def address(text: str, _dated: Dated) -> str | None:
    found = re.match(r"(?:now )?(.*\d.*?)(?:\.$|$| now$)", text)
    return found.group(1).strip(" ,") if found and 2 <= len(found.group(1).split()) <= 10 else None


def favoured(text: str, dated: Dated) -> str | None:
    if re.match(r"(?:that|when|to)\b", text):
        return None
    said = dated.first(text[:3])
    whole = _PAIR.match(text)
    if whole and not said:  # "leek and barley soup"
        return whole.group().strip()
    return said.text if said else values.thing(re.sub(r" (?:now|these days)\b.*", "", text))


def event(text: str, _dated: Dated) -> str | None:
    return text.strip() if _EVENT.search(text) else None


KINDS: dict[str, Kind] = {
    "place": _plain(values.place),
    "low_place": _plain(values.low_place),
    "firm": _plain(values.firm),
    "job": _plain(values.job),
    "name": _plain(values.name),
    "thing": _plain(values.thing),
    "habit": habit,
    "digits": _plain(values.digits),
    "email": _plain(values.email),
    "none": none,
    "capital_firm": capital_firm,
    "job_firm": job_firm,
    "occupation": occupation,
    "occupation_article": occupation_article,
    "subject": subject,
    "day": day,
    "year": year,
    "age": age,
    "taste": taste,
    "liking": liking,
    "food": food,
    "object": thing_owned,
    "sold": sold,
    "tongue": tongue,
    "medicine": medicine,
    "address": address,
    "favoured": favoured,
    "event": event,
}
