"""Values as people say them, cut out of a clause and made comparable. Pure."""

from __future__ import annotations

import re

from memory.scripts import fold

_ARTICLE = re.compile(
    r"^(?:the|a|an|my|our|some|der|die|das|den|dem|ein|eine|einen|einem|einer|mein|meine|le|la|les"
    r"|l['’]|un|une|du|des|de la|el|los|las|una|mi|mis)(?:\s+|(?<=['’]))",
    re.I,
)
_WORD = re.compile(r"[^\W_]+")
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
}

# Words at which a value ends, whatever is told after them.
_STOPS = frozenset(
    "and but because so since when where who which that while as with from for at in on near by"
    " after before until till again now these nowadays currently anymore any there here though"
    " although if too also already still then to than instead lately together please remember"
    " cause even it i we they he she is are was like right about around up over out off really very"
    " much however via without".split()
)
_CONNECTORS = frozenset(
    "of de la le del los las di da do am an der ob bei upon sur the & y".split()
)
_BAD_FIRST = frozenset(
    "this that it them him her you your yours how what when where why which who whom these those"
    " such everything anything nothing something my our his their its me us everyone everybody"
    " someone one both all most many more less to be being having getting not no each other"
    " another same own way idea fact sound look thought feeling question lot bit kind sort".split()
)
_BAD_LAST = frozenset(
    "things thing stuff ways way ideas people everyone time times moments life lot ton bit ones"
    " one".split()
)
# Who likes these has said nothing: everybody does.
_LIKED_BY_ALL = frozenset(
    "food foods meal meals drink drinks music song songs life living fun love people company stuff"
    " thing things time times idea ideas place places way ways day days moment moments world"
    " weather result results"
    " essen trinken musik leben spaß spass leute dinge sachen zeit"
    " nourriture musique vie gens choses temps"
    " comida música musica vida gente cosas tiempo".split()
)
_EMPTY_BESIDE = frozenset(
    "good great nice new old other different many much more lots some all any every kinds kind"
    " sorts sort types type of and interesting cool amazing awesome beautiful delicious tasty"
    " lovely best little big such gut gute gutes gutem gutes buena bueno buenas bonne bon"
    " bonnes".split()
)
_SAID_OF_ALL = frozenset(fold(word) for word in _LIKED_BY_ALL | _EMPTY_BESIDE)
_MOST_WORDS = 5


def key_of(value: str) -> str:
    """What makes two values the same: folded words without articles, digits of a number joined."""
    bare = without_article(value.strip())
    if _digits(bare) >= 5 and not re.search(r"[^\W\d_]", bare):
        return "".join(ch for ch in bare if ch.isdigit() or ch == "+")
    words = _WORD.findall(fold(bare.replace("’", "'")))
    return " ".join(_NUMBERS.get(word, word) for word in words)


def _digits(text: str) -> int:
    return sum(ch.isdigit() for ch in text)


def without_article(text: str) -> str:
    return _ARTICLE.sub("", text.strip(), count=1).strip()


def alike(one: str, other: str, *, ends: bool) -> bool:
    """Whether one key names the thing more closely than the other: Lyon, Lyon France; with
    ``ends`` also nurse, registered nurse, which would make one of York and New York."""
    if not one or not other:
        return False
    few, many = sorted((one.split(), other.split()), key=len)
    return many[: len(few)] == few or (ends and many[-len(few) :] == few)


def says_nothing(liked: str) -> bool:
    """Whether everybody likes that: food, good music, all kinds of people."""
    words = _WORD.findall(fold(liked))
    return bool(words) and all(word in _SAID_OF_ALL for word in words)


def number_of(text: str) -> str:
    """Digits of a number in words or digits; empty where it is none."""
    word = text.strip().lower()
    return word if word.isdigit() else _NUMBERS.get(word, "")


def several(text: str) -> list[str]:
    """The parts of a list: "German, English and Polish"."""
    parts = re.split(r"\s*,\s*(?:and\s+)?|\s+(?:and|und|et|y|e|&)\s+", text.strip())
    return [part for part in parts if part]


# -- kinds of values; each returns the value cut out of what follows the verb, or None


def place(text: str) -> str | None:
    """Names with a capital: "Lyon", "the Hague", "Palma de Mallorca"."""
    found = _capitals(
        re.sub(r"^(?:near|the city of|downtown|central|the)\s+", "", text, flags=re.I)
    )
    return found if found and fold(found) not in _NO_PLACES else None


def low_place(text: str) -> str | None:
    """One word in small letters, where somebody writes without capitals."""
    words = text.split()
    if not words or not words[0].isalpha() or len(words[0]) < 3 or words[0] in _NOT_LOW_PLACES:
        return None
    return words[0] if len(words) == 1 or words[1] in _STOPS or "¤" in words[1] else None


def firm(text: str) -> str | None:
    """Who one works for: a name, or up to three words: the city library."""
    words = _until_stop(without_article(text).split())
    named = any(word[0].isupper() or word[0].isdigit() for word in words)
    if not words or fold(words[0]) in _BAD_FIRST | _NO_FIRMS or len(words) > (6 if named else 3):
        return None
    return " ".join(words)


def job(text: str) -> str | None:
    """Up to four words; checked for being an occupation elsewhere where the verb does not tell."""
    words = _until_stop(without_article(text).split())
    if not 1 <= len(words) <= 4 or fold(words[0]) in _BAD_FIRST:
        return None
    return " ".join(words)


def name(text: str) -> str | None:
    """A name of a person or a pet: capitals, three at most."""
    words = []
    for word in text.replace('"', "").replace("“", "").replace("”", "").split()[:3]:
        if not re.match(r"[A-ZÀ-ÖØ-Þ][\w'’-]*$", word) or fold(word) in NOT_NAMES:
            break
        words.append(word)
    return re.sub(r"['’]s$", "", " ".join(words)) or None


def given_name(text: str) -> str | None:
    """A name that stands alone after "is", where one could also say what somebody is: German,
    Catholic, Leo. Rather none than a wrong one."""
    found = name(text)
    words = found.split() if found else []
    if found != text.strip(" .!") or any(
        not re.fullmatch(r"[A-ZÀ-Þ][a-zà-ÿ]+(?:['’-][A-ZÀ-Þ]?[a-zà-ÿ]+)*", word)
        or _KIND_OF_PEOPLE.search(fold(word))
        for word in words
    ):
        return None
    return found


def thing(text: str) -> str | None:
    """What one likes, owns or takes: a few words that stand for a thing."""
    words = _until_stop(text.split())
    bare = without_article(" ".join(words)).split()
    if not bare or len(bare) > _MOST_WORDS or fold(words[0].strip("'’")) in _BAD_FIRST | _STOPS:
        return None
    if fold(bare[0]) in _BAD_FIRST or fold(bare[-1]) in _BAD_LAST:
        return None
    return " ".join(bare)


def phrase(text: str) -> str | None:
    """What one does: up to ten words, as said."""
    words = text.split()
    return " ".join(words).rstrip(" ,") if 1 <= len(words) <= 10 else None


def digits(text: str) -> str | None:
    """A telephone number."""
    found = re.match(r"\+?[\d(][\d\s()/.-]{4,24}\d", text)
    return " ".join(found.group().split()) if found else None


def email(text: str) -> str | None:
    found = re.match(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", text)
    return found.group() if found else None


def _until_stop(words: list[str]) -> list[str]:
    kept: list[str] = []
    for word in words:
        bare = fold(word.rstrip(",;:.!?"))
        if "¤" in word or (bare in _STOPS and kept) or not bare:
            break
        kept.append(word.rstrip(";:.!?"))
        if word[-1] in ",;:":
            kept[-1] = kept[-1].rstrip(",")
            break
    return kept


def _capitals(text: str) -> str | None:
    kept: list[str] = []
    words = text.split()
    for at, word in enumerate(words):
        bare = word.rstrip(",;:.!?")
        if bare[:1].isupper() and bare not in ("I",):
            kept.append(bare)
            if bare != word:
                break
        elif kept and bare in _CONNECTORS and at + 1 < len(words) and words[at + 1][:1].isupper():
            kept.append(bare)
        else:
            break
    return " ".join(kept) or None


_KIND_OF_PEOPLE = re.compile(
    r"(?:ish|ian|ean|can|man|ese|ic|ist|li|qi|ni|ch)$|^(?:greek|thai|turk|dane|swede|finn|pole|scot"
    r"|swiss|welsh|muslim|hindu|sikh|black|white|gay|asian|leo|virgo|libra|aries|gemini|cancer|pisces"
    r"|taurus|scorpio|capricorn|aquarius|sagittarius|okay|fine|dead|alive|home|back|here|there)$"
)
NOT_NAMES = frozenset(
    "i the this that there it some january february march april may june july august september"
    " october november december monday tuesday wednesday thursday friday saturday sunday english"
    " german french spanish mr mrs ms dr he she they we you my our and but no yes ok okay well so"
    " what who when where why how if then now please thanks thank hello hi hey today tomorrow"
    " yesterday in on at for is are everyone everybody nobody somebody one her his its their"
    " ich wir er sie es je nous il elle yo el".split()
)
_NO_PLACES = frozenset(
    "i god english german french spanish monday christmas easter linux windows mac macos ubuntu"
    " python rust java javascript typescript android ios react vue github gitlab chrome firefox"
    " slack notion obsidian vim emacs docker postgres mysql sqlite excel plan part phase version"
    " step level".split()
)
_NOT_LOW_PLACES = frozenset(
    "the a an my our this that fear hope peace pain debt case general fact order front mind love"
    " here there harmony poverty style luxury sin constant hiding limbo silence between his her"
    " their its your one two and bed town".split()
)
_NO_FIRMS = frozenset(
    "home night nights moment weekend weekends least times once first last things it mondays"
    " tuesdays wednesdays thursdays fridays saturdays sundays myself something day days school"
    " hour hours money free fun years months weeks a".split()
) - {"school"}
