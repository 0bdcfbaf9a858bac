"""German, French and Spanish at a plain level: who lives where, works as and at what, is called,
has which relatives and pets, likes, dislikes, does not eat, is allergic to. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from memory.facts import roles, values
from memory.facts.clauses import Scene
from memory.facts.statements import Mode, Statement
from memory.facts.when import Dated, spoken_day
from memory.scripts import fold

LANGUAGES = ("de", "fr", "es")

# Words that tell the language of a short sentence by themselves.
_TELLING = {
    "de": "ich bin meine mein wohne heisse heiße arbeite nicht und wir unser",
    "fr": "je j'ai j'habite j'aime m'appelle suis mon ma et nous s'appelle travaille deteste comme",
    "es": "soy mi vivo trabajo tengo llamo me y vive como estoy hablo gusta odio",
}
_TOLD = {language: frozenset(words.split()) for language, words in _TELLING.items()}
_CLAUSES = re.compile(
    r"\s*[;:.!?]\s*|,?\s+(?:und|aber|et|mais|y|pero)\s+"
    r"(?=(?:ich|wir|meine?|arbeite|wohne|habe|bin|je|j['’]|mon|ma|nous|travaille|trabajo|vivo"
    r"|tengo|mi|soy)\b)"
    r"|,\s+(?=(?:ich|wir|meine?|je|mon|ma|mi|yo)\b)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Rule:
    relation: str
    pattern: re.Pattern[str]
    cut: str = "thing"
    mode: Mode = Mode.IS


def _r(relation: str, pattern: str, cut: str = "thing", mode: Mode = Mode.IS) -> _Rule:
    return _Rule(relation, re.compile(pattern, re.I), cut, mode)


def _role_words(language: str) -> str:
    return "|".join(sorted(roles.FOREIGN[language], key=len, reverse=True))


# After the subject was taken off where it is a relative or a name; "" begins the person's own.
_TABLES: dict[str, tuple[_Rule, ...]] = {
    "de": (
        _r("lives_in", r"(?:ich |wir )?(?:wohnen?|wohnt|leben?|lebt) (?:jetzt |seit ¤\d ?|derzeit "
            r"|noch |immer noch )*in (?P<v>.+)", "place"),
        _r("lives_in", r"(?:ich bin|wir sind|bin|ist) (?:¤\d ?)?nach (?P<v>.+?)"
            r" (?:um)?gezogen", "place"),
        _r("works_as", r"(?:ich )?(?:arbeite|arbeitet) (?:jetzt |derzeit )?als (?P<v>[^¤,]+?)(?:"
            r" (?:bei|in|für|an)\b|$|,|¤)", "job"),
        _r("works_at", r"(?:ich )?(?:arbeite|arbeitet) (?:jetzt |derzeit |seit ¤\d ?)*(?:als \w+"
            r" )?(?:bei|für)(?: der| dem)? (?P<v>.+)", "place"),
        _r("name", r"(?:ich hei(?:ß|ss)e|mein name ist) (?P<v>.+)", "name"),
        _r("allergic", r"(?:ich bin|bin|ist) allergisch (?:gegen|auf) (?P<v>.+)", "thing"),
        _r("likes", r"(?:ich )?(?:mag|liebe|liebt) (?P<v>(?!es|dich|das|dass|nicht"
            r"|kein).+)", "thing"),
        _r("dislikes", r"(?:ich )?(?:hasse|hasst|verabscheue|mag keine?n?) (?P<v>(?!es|dich|das"
            r"|dass).+)", "thing"),
        _r("avoids", r"(?:ich )?(?:esse|trinke|isst|trinkt) keine?n? (?P<v>.+)", "nomore"),
        _r("works_at", r"(?:ich )?arbeite nicht mehr bei (?P<v>.+)", "place", Mode.ENDED),
        _r("lives_in", r"(?:ich )?wohne nicht mehr in (?P<v>.+)", "place", Mode.ENDED),
        _r("speaks", r"(?:ich )?(?:spreche|spricht) (?P<v>(?!mit|von|über).+)", "name"),
        _r("birthday", r"(?:ich habe am|mein geburtstag ist(?: am)?) (?P<v>¤\d)(?:"
            r" geburtstag)?", "day"),
        _r("origin", r"(?:ich )?(?:komme|kommt) aus (?P<v>.+)", "place"),
        _r("studies", r"(?:ich )?(?:studiere|studiert) (?P<v>.+)", "thing"),
        _r("pet", r"(?:ich habe|wir haben) (?:einen|eine|ein) (?P<d>hund|katze|kater|hasen"
            r"|hündin),?"
            r" (?:namens|der|die|das)(?: (?P<v>[A-Z]\w+))", "name"),
    ),
    "fr": (
        _r("lives_in", r"(?:j['’]habite|je vis|nous habitons|habite|vit) (?:maintenant )?(?:à|au|en"
            r"|aux) (?P<v>.+)", "place"),
        _r("lives_in", r"(?:j['’]ai déménagé|je me suis installée?|a déménagé) à"
            r" (?P<v>.+)", "place"),
        _r("works_as", r"(?:je )?travaille comme (?P<v>[^¤,]+)", "job"),
        _r("works_at", r"(?:je )?travaille (?:chez|pour) (?P<v>.+)", "place"),
        _r("name", r"je m['’]appelle (?P<v>.+)", "name"),
        _r("allergic", r"(?:je suis |est )allergique (?:aux|au|à la|à l['’]|à)"
            r" ?(?P<v>.+)", "thing"),
        _r("likes", r"(?:j['’]aime|j['’]adore|adore) (?P<v>(?!que|pas|bien que|quand|te"
            r"|vous).+)", "thing"),
        _r("dislikes", r"(?:je déteste|déteste) (?P<v>(?!que|quand).+)", "thing"),
        _r("avoids", r"je ne (?:mange|bois) (?:pas|plus) (?:de |d['’])(?P<v>.+)", "thing"),
        _r("works_at", r"je ne travaille plus (?:chez|pour|à) (?P<v>.+)", "place", Mode.ENDED),
        _r("speaks", r"(?:je )?parle (?P<v>(?!de|avec|à)\w+)", "thing"),
        _r("birthday", r"mon anniversaire est (?P<v>¤\d)", "day"),
        _r("origin", r"je viens de (?P<v>.+)", "place"),
        _r("studies", r"j['’]étudie (?P<v>.+)", "thing"),
        _r("pet", r"(?:j['’]ai|nous avons) une? (?P<d>chien|chat|lapin|chienne|chatte) (?:qui"
            r" s['’]appelle|nommée?) (?P<v>.+)", "name"),
    ),
    "es": (
        _r("lives_in", r"(?:yo )?(?:vivo|vivimos|vive) (?:ahora )?en (?P<v>.+)", "place"),
        _r("lives_in", r"(?:me mudé|nos mudamos|me he mudado|se mudó) a (?P<v>.+)", "place"),
        _r("works_as", r"(?:yo )?(?:trabajo|trabaja) (?:ahora )?(?:como|de) (?P<v>[^¤,]+)", "job"),
        _r("works_at", r"(?:yo )?(?:trabajo|trabaja) (?:ahora )?(?:en|para) (?P<v>.+)", "place"),
        _r("name", r"me llamo (?P<v>.+)", "name"),
        _r("allergic", r"(?:soy|es) alérgic[oa] (?:al|a la|a los|a las|a) (?P<v>.+)", "thing"),
        _r("likes", r"(?:me gustan?|me encantan?) (?P<v>(?!que|cuando|como).+)", "thing"),
        _r("dislikes", r"(?:odio|no me gustan?) (?P<v>(?!que|cuando).+)", "thing"),
        _r("avoids", r"(?:ya )?no (?:como|bebo) (?P<v>.+)", "thing"),
        _r("works_at", r"ya no trabajo en (?P<v>.+)", "place", Mode.ENDED),
        _r("speaks", r"hablo (?P<v>(?!de|con)\w+)", "thing"),
        _r("birthday", r"mi cumpleaños es (?P<v>¤\d)", "day"),
        _r("origin", r"soy de (?P<v>.+)", "place"),
        _r("studies", r"estudio (?P<v>.+)", "thing"),
        _r("pet", r"(?:tengo|tenemos) una? (?P<d>perro|perra|gato|gata|conejo) que se llama"
            r" (?P<v>.+)", "name"),
    ),
}  # fmt: skip

_SUBJECT = {
    "de": re.compile(rf"mein(?:e|er)? (?P<role>{_role_words('de')})(?:"
        rf" (?P<name>(?-i:[A-ZÄÖÜ])[\w-]+))?\s+(?=(?-i:[a-zäöü]))", re.I),
    "fr": re.compile(rf"(?:mon|ma) (?P<role>{_role_words('fr')})(?:"
        rf" (?P<name>(?-i:[A-ZÀ-Þ])[\w-]+))?\s+(?=(?-i:[a-zà-ÿ]))", re.I),
    "es": re.compile(rf"mi (?P<role>{_role_words('es')})(?:"
        rf" (?P<name>(?-i:[A-ZÁ-Ú])[\w-]+))?\s+(?=(?-i:[a-zá-ú]))", re.I),
}  # fmt: skip
_CALLED = {
    "de": re.compile(r"(?:hei(?:ß|ss)t|ist) (?P<v>[A-ZÄÖÜ]\w+)$"),
    "fr": re.compile(r"s['’]appelle (?P<v>[A-ZÀ-Þ][\w-]+)$"),
    "es": re.compile(r"se llama (?P<v>[A-ZÁ-Ú][\w-]+)$"),
}
_NOT = re.compile(r"\b(?:nicht|kein\w*|ne|pas|n['’]\w+|no|nunca|jamais|nie)\b", re.I)
_TAIL = re.compile(
    r"\s+(?:und|aber|et|mais|y|pero|seit|depuis|desde|mit|avec|con|weil|parce|porque|mehr|jetzt"
    r"|maintenant|ahora|als|comme|como|très|sehr|muy|bei|chez|plus)\b.*$"
)
_VALUE_KINDS = {"place": values.place, "job": values.job, "name": values.name}


def told_by(words: Sequence[str]) -> str:
    """The language of a few words that English has not; empty where they do not tell."""
    folded = {fold(word) for word in words}
    if any(word.startswith("j'") or word in ("m'appelle", "s'appelle") for word in folded):
        return "fr"
    counts = {language: len(folded & known) for language, known in _TOLD.items()}
    best = max(counts, key=lambda language: counts[language])
    english = len(folded & _ENGLISH)
    return best if counts[best] >= 1 and counts[best] > english else ""


_ENGLISH = frozenset(
    "i i'm i've my we our the a is are am was to of and in at for he she it not you that this on"
    " with have has do".split()
)


def read(
    dated: Dated, language: str, said_ms: int, scene: Scene, zone: tzinfo | None
) -> list[Statement]:
    """Statements of one sentence in one of ``LANGUAGES``."""
    found: list[Statement] = []
    for clause in (part.strip() for part in _CLAUSES.split(dated.text)):
        if not clause:
            continue
        clause = re.sub(
            r"^(?:¤\d|und|et|y|also|ja|oui|sí|aber|mais|pero)[\s,]+", "", clause, flags=re.I
        )
        found += _clause(clause, dated, language, said_ms, scene, zone)
    return found


def _clause(
    clause: str, dated: Dated, language: str, said_ms: int, scene: Scene, zone: tzinfo | None
) -> list[Statement]:
    subject, role, rest = scene.speaker, "", clause
    given = ""
    who = _SUBJECT[language].match(clause)
    if who:
        role = roles.FOREIGN[language][who.group("role").lower()]
        given = who.group("name") or ""
        subject, rest = given or scene.of_role(role), clause[who.end() :]
        called = _CALLED[language].match(rest)
        if called:
            return _family(scene, role, called.group("v"), said_ms)
    elif re.match(r"(?:sie|er|elle|il|ella|él|es ist|das)\b", clause, re.I):
        return []
    for rule in _TABLES[language]:
        caught = rule.pattern.match(rest)
        value = _value(rule, caught, dated) if caught else None
        if caught is None or not value:
            continue
        if rule.relation == "likes" and values.says_nothing(value):
            continue
        if (
            rule.mode is Mode.IS
            and rule.relation not in ("avoids", "dislikes")
            and _NOT.search(rest)
        ):
            continue
        moment = dated.moment(rest, zone)
        begins = moment if moment and moment.ms <= said_ms and rule.mode is Mode.IS else None
        detail = roles.FOREIGN[language].get((caught.groupdict().get("d") or "").lower(), "")
        known = _family(scene, role, given, said_ms) if role else []
        return [
            *known,
            Statement(subject, rule.relation, value, rule.mode, said_ms, 0.85, detail=detail,
                      begins=begins if rule.relation in (
                          "lives_in", "works_at", "works_as") else None,
                      ends=moment if rule.mode is Mode.ENDED else None),
        ]  # fmt: skip
    return []


def _family(scene: Scene, role: str, given: str, said_ms: int) -> list[Statement]:
    relation = "pet" if role in roles.PETS else roles.ROLES.get(role, "")
    if not relation or (not given and relation in ("friend", "pet")):
        return []
    if given:
        scene.known[fold(given)] = role
    return [Statement(scene.speaker, relation, given or role, Mode.IS, said_ms, 0.85, detail=role)]


def _value(rule: _Rule, caught: re.Match[str], dated: Dated) -> str | None:
    text = caught.group("v") or ""
    if rule.cut == "day":
        said = dated.first(text)
        return spoken_day(re.sub(r"^(?:am|le|el)\s+", "", said.text)) if said else None
    bare = _TAIL.sub("", re.split(r"\s*[¤,;]", text)[0])
    if rule.cut in _VALUE_KINDS:
        return _VALUE_KINDS[rule.cut](bare)
    words = values.without_article(bare).split()
    return " ".join(words) if 1 <= len(words) <= 4 else None
