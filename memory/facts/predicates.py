"""English sentences read with the rules: whom they are about, and what they claim. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from memory.facts import clauses as cut
from memory.facts import roles, values
from memory.facts.clauses import Scene, Subject
from memory.facts.english import (
    CALLED,
    DIED,
    HAVE_ROLE,
    IS_ROLE,
    NAMED,
    OWN_NAME,
    PARTED,
    PLANS,
    POSSESSED,
    ROLE_AND_I,
    ROLE_NAME,
    RULES,
)
from memory.facts.kinds import KINDS
from memory.facts.rules import Rule
from memory.facts.statements import Mode, Statement
from memory.facts.when import Dated, coming, is_until
from memory.scripts import fold

_SURE = 0.9
_UNKNOWN_NAME = 0.7
_DATED = frozenset(
    "lives_in works_at works_as studies studies_at partner marital pet owns drives health learns"
    " plays diet avoids phone email address speaks age takes".split()
)
_ANY_MORE = re.compile(r",?\s+(?:any ?more|any longer)\b.*$", re.I)
_NO_LONGER = re.compile(
    r"^(?P<be>am |is |are |have |has )?(?:no longer|not any longer)\s+(?P<rest>.+)", re.I
)
_USED_TO = re.compile(r"^used to (?P<rest>.+)", re.I)
_NEGATED = re.compile(
    r"^(?P<aux>do|does|did|am|is|are|have|has|was|were|can|will) (?:not|never)\s+(?P<rest>.+)", re.I
)
_STOPPED = re.compile(r"^(?:have |has )?(?:stopped|quit|gave up|given up)\s+(?P<rest>.+)", re.I)
_VAGUE_PLAN = re.compile(
    r"^(?:think|try|see|check|let|ask|look|send|tell|do|need|keep|come back|write|use|be|have to"
    r"|know"
    r"|get back|report|follow|wait|decide|consider|give|show|say|read this|make sure|go through)\b",
    re.I,
)  # fmt: skip
_BASE = {
    "flying": "fly", "travelling": "travel", "traveling": "travel", "going": "go",
    "driving": "drive", "moving": "move", "getting": "get", "starting": "start", "having": "have",
    "visiting": "visit", "leaving": "leave", "running": "run", "taking": "take", "seeing": "see",
    "hosting": "host",
}  # fmt: skip
_HAVE_LIVED = re.compile(r"(?:have|has) lived\b", re.I)
_TILL_NOW = re.compile(r"\b(?:for|since|now|all (?:my|his|her) life|ever)\b|¤", re.I)
_ARTICLE = re.compile(r"(?:an?|the|my|our|his|her)\s", re.I)
_NOW = re.compile(r"\b(?:now|these days|nowadays|from now on|since then)\b|¤", re.I)
_IS_NAME = re.compile(r"is (?P<v>[A-ZÀ-Þ][^,;]*)$")
_SHORT = 12
_POINTS = re.compile(r"\b(?:it|them|this|that|these|those|you)\b", re.I)
_DOING = re.compile(r"^(?:taking|playing|learning|the|an?)\s+(?:the\s+)?", re.I)
_HANGING = re.compile(r"\s+(?:on|in|at|by|for|from|the|this|with|to)$", re.I)
_PET_DIED = re.compile(
    r"^(?:my|our) (?:old |dear |little )?(?P<d>[\w-]+?)(?: (?P<v>[A-Z][\w-]+))? (?P<rest>.+)", re.I
)


@dataclass(slots=True)
class _Reader:
    """One sentence under way."""

    dated: Dated
    said_ms: int
    scene: Scene
    zone: tzinfo | None
    found: list[Statement]

    # -- what goes into a statement

    def add(
        self, subject: str, relation: str, value: str, mode: Mode, confidence: float, piece: str,
        *, slot: str = "", detail: str = "",
    ) -> None:  # fmt: skip
        begins = ends = None
        if relation in _DATED:
            moment, said = self.dated.moment(piece, self.zone), self.dated.first(piece)
            past = mode in (Mode.ENDED, Mode.NOT) or (said is not None and is_until(said))
            if moment is not None and moment.ms <= self.said_ms:
                begins, ends = (None, moment) if past else (moment, None)
        self.found.append(
            Statement(subject, relation, value, mode, self.said_ms, round(confidence, 3), slot,
                      detail, begins, ends)
        )  # fmt: skip

    def family(self, role: str, given: str, mode: Mode, confidence: float, piece: str) -> None:
        """A relative, friend or pet of whoever speaks."""
        plain = roles.plain(role)
        relation = "pet" if plain in roles.PETS else roles.ROLES.get(role.lower(), "")
        if not relation or (not given and relation in ("friend", "pet")):
            return
        if given:
            self.scene.known[fold(given)] = plain
        self.add(
            self.scene.speaker, relation, given or plain, mode, confidence, piece, detail=plain
        )

    # -- a sentence

    def read(self) -> list[Statement]:
        text = self.dated.text
        self._introduced(text)
        for clause in cut.clauses(text):
            self._own_name(clause)
            self._clause(cut.without_leading(clause))
        return self.found

    def _introduced(self, text: str) -> None:
        """ "My sister Mara", wherever it stands."""
        people = []
        for one in ROLE_NAME.finditer(text):
            given = values.name(one.group("name"))
            role = one.group("role")
            if given is None:
                continue
            once = (one.group("adj") or "") in ("ex", "late") or one.group(0)[2:6].strip() == "ex"
            self.family(role, given, Mode.WAS if once else Mode.IS, _SURE, "")
            if roles.plain(role) not in roles.PETS:
                people.append(Subject(given, roles.plain(role), given))
        if people:
            self.scene.spoke_of(people[0] if len(people) == 1 else None)

    def _own_name(self, clause: str) -> None:
        """ "My name is Robin", before it is passed over as a beginning."""
        found = OWN_NAME.match(clause)
        if found and (given := values.name(found.group("v"))):
            self.add(self.scene.speaker, "name", given, Mode.IS, _SURE, "")

    def _clause(self, clause: str) -> None:
        if not clause:
            return
        named = NAMED.match(clause)
        if named and (given := values.name(named.group("v"))):
            self.add(self.scene.speaker, "nickname", given, Mode.IS, _SURE, "")
            return
        owned = cut.owner_of(clause, self.scene)
        if owned and self._possessed(*owned):
            return
        if self._pet_gone(clause) or self._parted(clause):
            return
        who = cut.subject_of(clause, self.scene)
        if who is None:
            return
        subject, rest = who
        before = len(self.found)
        for number, piece in enumerate(_groups(rest, self.dated)):
            if number and len(self.found) == before and len(rest.split()) > _SHORT:
                break  # "I am sure people will notice you and love ...": of somebody else
            self._predicate(subject, piece)
        said = [one for one in self.found[before:] if one.subject == subject.name]
        if said and subject.role and not subject.given and roles.ROLES.get(subject.role):
            self.family(subject.role, "", Mode.IS, 0.8, "")
        if subject.name != self.scene.speaker:
            self.scene.spoke_of(subject)

    # -- "my birthday is ..."

    def _possessed(self, subject: Subject, rest: str) -> bool:
        rest = cut.without_adverbs(rest)
        for rule in POSSESSED:
            caught = rule.pattern.match(rest)
            value = _value(rule, caught, self.dated) if caught else None
            if caught is None or not value:
                continue
            if rule.relation == "name" and subject.role:
                self.family(subject.role, value, Mode.IS, _SURE, "")
            elif rule.relation == "plan":
                self._planned(subject, value, rest, event=True)
            else:
                slot = (caught.groupdict().get("s") or "").strip()
                self.add(
                    subject.name,
                    rule.relation,
                    value,
                    Mode.IS,
                    _SURE * subject.sure,
                    rest,
                    slot=slot,
                )
            self.scene.spoke_of(subject)
            return True
        return False

    def _pet_gone(self, clause: str) -> bool:
        found = _PET_DIED.match(clause)
        if found is None or roles.plain(found.group("d")) not in roles.PETS:
            return False
        if DIED.match(cut.without_adverbs(found.group("rest"))):
            kind = roles.plain(found.group("d"))
            self.add(
                self.scene.speaker,
                "pet",
                found.group("v") or kind,
                Mode.NOT,
                _SURE,
                clause,
                detail=kind,
            )
        return True

    def _parted(self, clause: str) -> bool:
        """ "My husband and I separated"."""
        found = ROLE_AND_I.match(clause)
        if found is None or not PARTED.match(found.group("rest")):
            return False
        self.add(self.scene.speaker, "partner", found.group("name") or "", Mode.NOT, _SURE, clause)
        return True

    # -- a predicate

    def _predicate(self, subject: Subject, piece: str) -> None:
        piece = cut.without_adverbs(piece)
        if self._of_people(subject, piece):
            return
        ending = _ANY_MORE.search(piece)
        bare = _ANY_MORE.sub("", piece)
        negated = _NEGATED.match(bare)
        if ending and negated:
            if not self._rules(subject, bare, only="avoids"):
                self._undone(subject, _positive(negated), Mode.ENDED, piece)
            return
        if (found := _USED_TO.match(piece)) is not None:
            base = re.sub(r"^be\b", "am", found.group("rest"))
            self._rules(subject, base, Mode.WAS)
            return
        if (found := _NO_LONGER.match(piece)) is not None:
            self._undone(
                subject, (found.group("be") or "") + found.group("rest"), Mode.ENDED, piece
            )
            return
        if self._rules(subject, piece):
            return
        if negated:
            self._rules(subject, _positive(negated), Mode.NOT)
        elif (found := _STOPPED.match(piece)) is not None:
            self._undone(subject, "am " + found.group("rest"), Mode.ENDED, piece)
        elif subject.known:
            self._plan(subject, piece)

    def _undone(self, subject: Subject, base: str, mode: Mode, piece: str) -> None:
        """What ended: by its rule, or whatever habit or taste begins so."""
        if self._rules(subject, base, mode):
            return
        verb = re.sub(r"^(?:am|do|does) ", "", base)
        words = values.phrase(re.split(rf" {chr(164)}|[,.;]", verb)[0])
        if not words:
            return
        for relation in ("habit", "likes", "plays", "learns", "takes"):
            gone = words if relation == "habit" else _DOING.sub("", words)
            self.add(subject.name, relation, gone, Mode.NOT, 0.8, piece)

    def _rules(
        self, subject: Subject, piece: str, mode: Mode | None = None, only: str = ""
    ) -> bool:
        """Apply every rule that fits, one a relation; whether any did."""
        done: set[str] = set()
        for rule in RULES:
            if rule.relation in done or (only and rule.relation != only):
                continue
            if (mode is not None and rule.mode is not Mode.IS) or not (
                subject.known or rule.strong
            ):
                continue
            caught = rule.pattern.match(piece)
            if caught is None:
                continue
            found = list(_values(rule, caught, self.dated))
            for value in found:
                self._claim(subject, rule, value, mode or rule.mode, piece, caught)
            if found:
                done.add(rule.relation)
        return bool(done)

    def _claim(
        self, subject: Subject, rule: Rule, value: str, mode: Mode, piece: str,
        caught: re.Match[str],
    ) -> None:  # fmt: skip
        groups = caught.groupdict()
        known = 1.0 if subject.known else _UNKNOWN_NAME / _SURE
        sure = rule.confidence * subject.sure * known
        detail = roles.plain(groups.get("d") or "")
        if rule.relation == "lives_in" and mode is Mode.IS and _HAVE_LIVED.match(piece):
            mode = Mode.IS if _TILL_NOW.search(piece) else Mode.WAS
        if rule.relation in ("partner", "pet") and mode is Mode.IS:
            self.scene.known.setdefault(fold(value), detail or rule.relation)
        self.add(
            subject.name, rule.relation, value, mode, sure, piece, slot=rule.slot, detail=detail
        )

    # -- people

    def _of_people(self, subject: Subject, piece: str) -> bool:
        """Who somebody is to the speaker; and who has gone out of their life."""
        if (
            subject.role
            and (found := CALLED.match(piece))
            and (given := values.name(found.group("v")))
        ):
            if subject.given and _NOW.search(piece):
                self._renamed(subject, given)
            else:
                self.family(subject.role, given, Mode.IS, _SURE, "")
            return True
        alone = _IS_NAME.match(piece) if subject.role and not subject.given else None
        if alone and (given := values.given_name(alone.group("v"))):
            self.family(subject.role, given, Mode.IS, _SURE, "")
            return True
        if (is_role := IS_ROLE.match(piece)) and subject.name != self.scene.speaker:
            self.family(is_role.group("role"), subject.name, Mode.IS, _SURE, "")
            return True
        if PARTED.match(piece) and subject.name != self.scene.speaker:
            gone = subject.name if not subject.role or subject.given else ""
            self.add(self.scene.speaker, "partner", gone, Mode.NOT, _SURE, piece)
            return True
        if DIED.match(piece) and subject.name != self.scene.speaker:
            self.add(self.scene.speaker, "pet", subject.name, Mode.NOT, _SURE, piece)
            return True
        has = HAVE_ROLE.match(piece)
        if has is None or subject.name != self.scene.speaker:
            return False
        return self._has(has)

    def _renamed(self, subject: Subject, given: str) -> None:
        """ "My friend Dana is called Robin now": one friend, who had another name."""
        self.found = [one for one in self.found if one.value != subject.given]
        self.family(subject.role, subject.given, Mode.ENDED, _SURE, "")
        self.family(subject.role, given, Mode.IS, _SURE, "")
        self.add(subject.given, "nickname", given, Mode.IS, _SURE, "")

    def _has(self, has: re.Match[str]) -> bool:
        role, count = has.group("role").lower(), has.group("count").lower()
        role = "child" if role == "children" else role
        relation = roles.ROLES.get(role, "")
        if not relation or count == "no":
            return False
        people = [values.name(one) for one in values.several(has.group("v") or "")]
        given = [one for one in people if one]
        for one in given:
            self.family(role, one, Mode.IS, _SURE, "")
        if len(given) == 1:
            self.scene.spoke_of(Subject(given[0], roles.plain(role), given[0]))
        elif given:
            self.scene.spoke_of(None)
        elif relation != "friend":
            value = roles.plain(role) if count in ("a", "an", "one") else f"{count} {_plural(role)}"
            self.add(
                self.scene.speaker, relation, value, Mode.IS, 0.85, "", detail=roles.plain(role)
            )
        return bool(given) or relation != "friend"

    # -- plans

    def _plan(self, subject: Subject, piece: str) -> None:
        found = PLANS.match(piece)
        if found is None:
            return
        what = next(part for part in found.group("v", "g", "e") if part)
        what = _HANGING.sub("", re.split(r"\s*¤|[,;.]", what)[0].strip())
        intends = re.match(r"(?:am|is|are) planning|plan|intend", piece, re.I) is not None
        if _VAGUE_PLAN.match(what) or _POINTS.search(what) or not what:
            return
        if found.group("v") and (what[0].isupper() or _ARTICLE.match(what)):
            what = f"go to {what}"
        verb, _, rest = what.partition(" ")
        if found.group("g"):
            what = f"{_BASE.get(verb.lower(), verb)} {rest}"
        self._planned(subject, what, piece, sure=intends, event=bool(found.group("e")))

    def _planned(
        self, subject: Subject, what: str, piece: str, *, sure: bool = False, event: bool = False
    ) -> None:
        said = self.dated.first(piece)
        moment = coming(said, self.said_ms, self.zone) if said is not None else None
        if (moment is None and not sure) or len(what.split()) > 8:
            return
        self.found.append(
            Statement(subject.name, "plan", what, Mode.IS, self.said_ms, 0.85 * subject.sure,
                      detail="event" if event else "", begins=moment)
        )  # fmt: skip


def read(dated: Dated, said_ms: int, scene: Scene, zone: tzinfo | None) -> list[Statement]:
    """Statements of one English sentence, contractions written out and times marked."""
    return _Reader(dated, said_ms, scene, zone, []).read()


def _groups(rest: str, dated: Dated) -> list[str]:
    """Predicates of one subject; what no rule knows belongs to the value before it."""
    groups: list[str] = []
    for part in cut.parts(rest):
        if groups and not _is_predicate(part, dated):
            groups[-1] += f" and {part}"
        else:
            groups.append(part)
    return groups


_BEGINS = re.compile(
    r"(?:am|is|are|have|has|do|does|no longer|used to|will|was|were|stopped|gave up|quit|got|sold"
    r"|bought|moved|joined|left)\b",
    re.I,
)


def _is_predicate(part: str, dated: Dated) -> bool:
    part = cut.without_adverbs(part)
    if _BEGINS.match(part):
        return True
    caught = ((rule, rule.pattern.match(part)) for rule in RULES)
    return any(match and _value(rule, match, dated) is not None for rule, match in caught)


def _value(rule: Rule, caught: re.Match[str], dated: Dated) -> str | None:
    return next(iter(_values(rule, caught, dated)), None)


def _values(rule: Rule, caught: re.Match[str], dated: Dated) -> Iterator[str]:
    """Every value a rule catches."""
    kind = KINDS[rule.cut]
    if "v" not in rule.pattern.groupindex:
        found = kind("", dated)
        if found is not None:
            yield rule.value or found
        return
    text = caught.group("v") or ""
    texts: Sequence[str] = (
        values.several(text) if rule.many else [re.split(r" and (?=I |we |my )", text)[0]]
    )
    for number, one in enumerate(texts):
        found = kind(one, dated)
        if found is None:
            if number == 0 or rule.many:
                return
            continue
        yield found


def _positive(negated: re.Match[str]) -> str:
    """ "do not live in" as "live in", "am not vegan" as "am vegan"."""
    aux, rest = negated.group("aux"), negated.group("rest")
    return rest if aux.lower() in ("do", "does", "did", "can", "will") else f"{aux} {rest}"


def _plural(role: str) -> str:
    return "children" if role in ("child", "kid") else f"{role}s"
