"""Kinds of things a text tells of, by rules: plan, food, health. Pure.

English, and German in plain words. A tag is only ever a help in looking around, so a rule is
content with what is likely.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from memory.notes.naming import named

MOST = 8

_RULES: tuple[tuple[str, str], ...] = (
    ("plan", r"plan(?:s|ned|ning)?|going to|(?:i|we)(?:'ll|’ll| will| want to| would like to)"
             r"|intend|decided to|(?:ich|wir) (?:will|wollen|werde|werden|möchte|möchten)"
             r"|vorhaben|geplant"),
    ("appointment", r"appointment|meeting|meet(?:s|ing)?|deadline|reservation|booked|termin"
                    r"|verabredung|treffen|gebucht"),
    ("task", r"to-?do|have to|need(?:s)? to|must|remember to|remind|don't forget|muss|müssen"
             r"|nicht vergessen|erledigen"),
    ("idea", r"idea|what if|could try|maybe (?:i|we)|idee|vielleicht"),
    ("food", r"cook(?:s|ed|ing)?|recipe|soup|bread|dinner|lunch|breakfast|restaurant|eat(?:s|ing)?"
             r"|bake|kochen|rezept|suppe|essen|brot|backen"),
    ("health", r"doctor|dentist|hospital|medicine|pills?|allerg\w+|pain|ill|sick|symptoms?|therapy"
               r"|arzt|ärztin|zahnarzt|krank\w*|schmerz\w*|medikament\w*"),
    ("travel", r"flight|train|trip|travel\w*|hotel|airport|holiday|vacation|passport|flug|zug"
               r"|reise\w*|urlaub|flughafen"),
    ("money", r"(?:[€$£]|\beur\b|\busd\b)\s?\d|\d\s?(?:€|\$|£|eur\b|euros?|dollars?|pounds?)|rent"
              r"|invoice|salary|insurance|mortgage|miete|rechnung|gehalt|versicherung"),
    ("work", r"work(?:s|ed|ing)?|job|boss|colleague|office|project|client|arbeit\w*|kolleg\w+"
             r"|büro|projekt|chef\w*"),
    ("study", r"exam|course|lecture|university|school|studies|thesis|prüfung|kurs|vorlesung"
              r"|universität|schule|studium"),
    ("family", r"mother|father|mom|mum|dad|parents?|sister|brother|wife|husband|daughter|son"
               r"|children|kids|grand\w+|mutter|vater|eltern|schwester|bruder|tochter|sohn|kinder"),
    ("friends", r"friends?|neighbou?rs?|freund\w*|nachbar\w*"),
    ("pets", r"dog|cat|puppy|kitten|pet|hund|katze"),
    ("home", r"flat|apartment|house|kitchen|garden|landlord|furniture|wohnung|haus|küche|garten"
             r"|vermieter\w*|möbel"),
    ("sport", r"run(?:ning)?|marathon|gym|football|swim\w*|bike|bicycle|yoga|laufen|fußball"
              r"|schwimmen|fahrrad"),
    ("reading", r"book|novel|author|reading|buch|roman"),
    ("music", r"song|concert|album|band|guitar|piano|lied|konzert|klavier"),
    ("feeling", r"happy|sad|afraid|angry|worried|proud|excited|tired|lonely|glücklich|traurig"
                r"|angst|wütend|müde|stolz"),
    ("preference", r"(?:i|we|my) (?:really )?(?:like|love|prefer|hate|favou?rite)|favou?rite"
                   r"|lieblings\w*|mag (?:ich|keine?n?)|ich mag"),
    ("birthday", r"birthday|geburtstag"),
    ("technology", r"laptop|phone|computer|software|password|wi-?fi|server|code|handy|rechner"),
)  # fmt: skip
_COMPILED = tuple((tag, re.compile(rf"(?<!\w)(?:{rule})(?!\w)", re.I)) for tag, rule in _RULES)
_OF_RELATION = {
    "lives_in": "home", "works_at": "work", "works_as": "work", "studies": "study",
    "studies_at": "study", "birthday": "birthday", "partner": "family", "child": "family",
    "parent": "family", "sibling": "family", "relative": "family", "friend": "friends",
    "pet": "pets", "likes": "preference", "dislikes": "preference", "prefers": "preference",
    "favourite": "preference", "allergic": "health", "diet": "food", "speaks": "languages",
    "learns": "study",
}  # fmt: skip

KINDS = frozenset(tag for tag, _rule in _RULES) | frozenset(_OF_RELATION.values())


def kinds(text: str, relations: Collection[str] = ()) -> list[str]:
    """Tags of a text, those of the facts it tells first."""
    told = [_OF_RELATION[one] for one in sorted(relations) if one in _OF_RELATION]
    found = [tag for tag, pattern in _COMPILED if pattern.search(text)]
    return list(dict.fromkeys([*told, *found]))


def tags(
    text: str, relations: Collection[str] = (), known: Collection[str] = (), most: int = MOST
) -> list[str]:
    """Kinds of things, then names; half of each at least where there are many."""
    names = named(text, known)
    things = kinds(text, relations)
    room = max(most - len(names), most // 2)
    things = things[:room]
    return [*things, *names[: most - len(things)]]


def names_of(told: Collection[str]) -> list[str]:
    """The names among tags."""
    return [tag for tag in told if tag[:1].isupper()]
