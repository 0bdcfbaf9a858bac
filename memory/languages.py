"""What is known of a few European languages: words that carry no content, and endings. Pure.

Only written from grammar, no list of anyone else. A language without an entry is searched like
any other: by the rarity of its words. English forms are joined by the index itself (Porter);
the endings here are for the others, after the light stemmers of J. Savoy ("Light stemming
approaches for the French, Portuguese, German and Hungarian languages", SAC 2006), but compared
in pairs instead of cut off, so that the index need not know the language of a text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from memory.scripts import fold

ENGLISH = "en"

# Function words, and how people begin a question to a memory.
_WORDS = {
    ENGLISH: (
        "a about above after again against all also am an and any anyone anything are as at be"
        " because been before being below between both but by can cannot could did do does doing"
        " down during each either else ever every few for from further had has have having he her"
        " here hers herself him himself his how i if in into is it its itself just kind let like"
        " lot many may me might more most much must my myself no nor not of off often on once one"
        " only or other our ours ourselves out over own please same shall she should so some"
        " something sort such tell than that the their theirs them themselves then there these"
        " they thing things this those through to too under until up upon us very was we were what"
        " whatever when where whether which while who whom whose why will with within without"
        " would you your yours yourself yourselves don't doesn't didn't isn't aren't wasn't"
        " weren't won't wouldn't couldn't shouldn't can't i'm i've i'd i'll you're you've you'd"
        " you'll he's she's it's we're we've they're they've what's who's where's when's how's"
        " that's there's let's"
    ),
    "de": (
        "aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim"
        " bin bis bist bitte da dabei dafür damit dann daran darauf darf das dass dein deine"
        " deinen deiner dem den denn der des dessen die dies diese diesem diesen dieser dieses dir"
        " dich doch dort du durch ein eine einem einen einer eines er es etwas euch euer eure für"
        " gab gegen gibt hab habe haben habt hast hat hatte hatten heißen heißt hier hinter ich"
        " ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ins ist ja jede jedem jeden jeder jedes"
        " jemand kann kannst kein keine keinen können könnte konnte man manche mehr mein meine"
        " meinem meinen meiner mich mir mit muss musst müssen musste nach nicht nichts noch nun"
        " nur ob oder ohne sagt schon sehr sein seine seinem seinen seiner seit selbst sich sie"
        " sind so soll sollen sollte sondern über um und uns unser unsere unserem unseren unserer"
        " unter viel viele vom von vor wann war waren warst warum was weil welche welchem welchen"
        " welcher welches wem wen wenn wer werde werden wessen wie wieder wieso will wir wird wo"
        " wobei wofür woher wohin womit worauf wurde wurden zu zum zur zwischen"
    ),
    "fr": (
        "à ai aie aient ainsi alors après as au aucun aucune aussi autre aux avait avant avec"
        " avez avoir avons c ça car ce cela celle celui ces cet cette ceux chaque chez combien"
        " comme comment d dans de depuis des doit dois donc dont du elle elles en encore entre est"
        " et étaient était été être eu eux fait faut ici il ils j je jusque l la laquelle le"
        " lequel les leur leurs lors lui m ma mais me même mes mien moi moins mon n ne ni non nos"
        " notre nous on ont ou où par parce pas pendant peu peut peux plus pour pourquoi près puis"
        " qu quand que quel quelle quelles quels qui quoi s sa sans se sera ses si son sont sous"
        " suis sur t ta te tes toi ton toujours tous tout toute toutes très trop tu un une va vers"
        " vos votre vous y"
    ),
    "es": (
        "a al algo algún alguna algunas alguno algunos ante antes aquel aquella así aún aunque"
        " cada como cómo con contra cual cuál cuales cuáles cuando cuándo cuanta cuánta cuantas"
        " cuántas cuanto cuánto cuantos cuántos cuya cuyo de debe debo del desde donde dónde"
        " durante e el él ella ellas ellos en entre era eran es esa esas ese eso esos esta está"
        " están estas este esto estos fue fueron ha había hace hacia han hasta hay he la las le"
        " les lo los más me mi mí mía mío mis mucho muchos muy nada ni no nos nosotros nuestra"
        " nuestras nuestro nuestros o os otra otras otro otros para pero poco por porque puede"
        " puedo pues que qué quien quién quienes se sea ser si sí sido sin sobre son soy su sus"
        " tal también tan tanto te tengo tiene tienen toda todas todo todos tu tú tus tuve tuvo un"
        " una uno unos unas usted y ya yo"
    ),
    "it": (
        "a ad agli ai al alla alle allo anche ancora avere c che chi ci come con cosa cui d da"
        " dagli dai dal dalla dalle dei del dell della delle dello di dopo dove e è ed era erano"
        " essere fa fra gli ha hai hanno ho i il in io l la le lei lo loro lui ma mi mia mie miei"
        " mio molto ne nei nel nell nella nelle noi non nostra nostro o ogni per perché più poi"
        " può qual quale quali quando quanta quante quanti quanto quella quelle quello questa"
        " queste questi questo se sei si sia siamo solo sono sta su sua sue sui sul sulla suo suoi"
        " tra tu tua tuo tutti tutto un una uno vi"
    ),
    "pt": (
        "a ao aos as até com como da das de dela dele depois do dos e é ela elas ele eles em"
        " entre era essa esse esta está este eu foi foram há isso isto já la lhe lo mais mas me"
        " mesmo meu meus minha minhas muito na nas não nem no nos nós nossa nosso num numa o onde"
        " os ou para pela pelas pelo pelos por porque qual quais quando quanta quantas quanto"
        " quantos que quê quem são se sem ser seu seus só sua suas também te tem têm tenho ter um"
        " uma umas uns você vocês"
    ),
    "nl": (
        "aan al als bij daar dan dat de deze die dit doen door dus een en er ga geen haar heb"
        " hebben heeft het hij hoe hoeveel hun ik in is ja je kan kon kunnen maar me meer men met"
        " mij mijn moet na naar niet nog nu of om omdat onder ons onze ook op over te tegen toch"
        " toen tot u uit uw van veel voor waar waarom wanneer waren was wat we wel welk welke werd"
        " wie wij wil worden zal ze zich zij zijn zo zou"
    ),
}
_FUNCTION_WORDS = {
    name: frozenset(words.split()) | frozenset(fold(word) for word in words.split())
    for name, words in _WORDS.items()
}

# What forms of one word differ in, folded. Porter has taken some of them away before.
_ENDINGS = {
    "de": "e em en er ern es et est n s st t te ten ter tes nen in innen end ende enden ung ungen",
    "fr": (
        "a ai aient ais ait ant e ee ees ent er es euse euses eur eurs ez i ie ies ir is it ons"
        " ont re s t u ue ues us x al aux elle elles eux ion ions ation ations"
    ),
    "es": (
        "a aba aban ada adas ado ados amos an ando ar ara aran aron as e emos en er es ia ian ida"
        " idas ido idos iendo iera ieron imos io ir o os s ce ion"
        " iones cion ciones dor dora r ra ran"
    ),
    "it": (
        "a ai ano ante are ata ate ati ato e ere ha he i ire ita ite iti ito o ono ava avano endo"
    ),
    "pt": (
        "a ada adas ado ados am ao ar as e em er es ia iam ida idas ido idos ir o oes ou os s ndo"
    ),
    "nl": "d de den e en er ers s t te ten je jes tje tjes",
}
_ALL_ENDINGS = {name: frozenset(("", *endings.split())) for name, endings in _ENDINGS.items()}
_ANY = frozenset().union(*_ALL_ENDINGS.values())
LONGEST_ENDING = 4
_LEAST_STEM = 4
_OTHER_ENDING = 2

# Between the parts of a compound (German, Dutch); longest first.
_JOINTS = ("es", "en", "er", "s", "n", "e", "")
_LEAST_PART = 4

_UMLAUTS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"))

# Little words written onto the next one: l'eau, qu'il, dell'anno.
_ELIDED = frozenset(
    "l d j m n s t c qu jusqu lorsqu puisqu quoiqu dell nell all dall sull un quest".split()
)


def language_of(words: Collection[str]) -> str:
    """Language of a text by its function words; empty where too few tell.

    English needs one, others two and more than English has: "was", "die", "war" are words of
    several languages.
    """
    counts = {name: sum(word in known for word in words) for name, known in _FUNCTION_WORDS.items()}
    english = counts.pop(ENGLISH)
    best = max(counts, key=lambda name: counts[name])
    if counts[best] > max(english, 1):
        return best
    return ENGLISH if english else ""


def is_function_word(word: str, language: str) -> bool:
    """Whether a word carries no content of its own; English counts where none is known."""
    return word in _FUNCTION_WORDS.get(language or ENGLISH, ())


def without_elision(word: str) -> str:
    """l'assurance: assurance; don't stays."""
    before, mark, after = word.partition("'")
    return after if mark and before in _ELIDED and len(after) > 2 else word


def same_word(one: str, other: str, language: str) -> bool:
    """Whether two folded words may be forms of one word: what follows their common beginning
    is an ending of this language in both (of any of these languages, where it is not known)."""
    endings = _ALL_ENDINGS.get(language, _ANY)
    most = min(len(one), len(other))
    at = 0
    while at < most and one[at] == other[at]:
        at += 1
    if not one.isascii():  # Russian, Greek and others: short endings, whatever they are
        return at >= _LEAST_STEM and max(len(one), len(other)) - at <= _OTHER_ENDING
    for cut in range(at, max(at - 2, _LEAST_STEM - 1), -1):  # "en" and "er": also before the e
        if one[cut:] in endings and other[cut:] in endings:
            return True
    return False


def spellings(word: str) -> list[str]:
    """How else a word with umlauts may be written: Mueller for Müller, and back."""
    plain = word.lower()
    others = (_replaced(plain, _UMLAUTS), _replaced(plain, [(b, a) for a, b in _UMLAUTS]))
    return [other for other in others if other != plain]


def _replaced(word: str, pairs: Iterable[tuple[str, str]]) -> str:
    for old, new in pairs:
        word = word.replace(old, new)
    return word


def splits(word: str) -> list[tuple[str, str]]:
    """Ways to read a word as a compound of two, what joins them left out.

    Which of them are words the memory knows is for the caller to find out (Koehn and Knight,
    "Empirical methods for compound splitting", EACL 2003).
    """
    found = []
    for at in range(len(word) - _LEAST_PART, _LEAST_PART - 1, -1):
        head, tail = word[:at], word[at:]
        for joint in _JOINTS:
            if head.endswith(joint) and at - len(joint) >= _LEAST_PART:
                found.append((head[: at - len(joint)], tail))
    return found
