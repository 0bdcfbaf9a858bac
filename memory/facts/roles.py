"""Relatives, friends and pets: words for them, and the relation each stands for. Pure data."""

from __future__ import annotations

_ROLES = {
    "partner": "wife husband partner girlfriend boyfriend fiancé fiancée fiance fiancee spouse",
    "child": "son daughter kid child baby stepson stepdaughter",
    "parent": "mother father mum mom dad mummy daddy stepmother stepfather",
    "sibling": "sister brother half-sister half-brother stepsister stepbrother twin",
    "relative": (
        "aunt uncle cousin niece nephew grandmother grandfather grandma grandpa granny grandson"
        " granddaughter mother-in-law father-in-law sister-in-law brother-in-law godmother"
        " godfather"
    ),
    "friend": "friend",
    "": (
        "boss neighbour neighbor colleague coworker co-worker roommate flatmate housemate landlord"
        " landlady teacher doctor dentist therapist manager"
    ),
}
_PETS = (
    "dog cat puppy kitten rabbit hamster parrot budgie tortoise turtle guinea-pig horse pony"
    " goldfish ferret canary gecko snake rat mouse goat donkey hen duck lizard bird fish"
)

ROLES: dict[str, str] = {
    word: relation for relation, words in _ROLES.items() for word in words.split()
}
"""Relation of each word; empty for people who are no relatives or friends."""
PETS: frozenset[str] = frozenset(_PETS.split()) | {"guinea pig"}

SAME = {
    "mum": "mother", "mom": "mother", "mummy": "mother", "dad": "father", "daddy": "father",
    "kid": "child", "baby": "child", "fiancé": "fiancé", "fiance": "fiancé", "fiancée": "fiancée",
    "fiancee": "fiancée", "grandma": "grandmother", "granny": "grandmother",
    "grandpa": "grandfather", "neighbor": "neighbour", "puppy": "dog", "kitten": "cat",
    "coworker": "colleague", "co-worker": "colleague",
}  # fmt: skip

FEMALE = frozenset(
    "wife girlfriend fiancée daughter stepdaughter mother stepmother sister half-sister stepsister"
    " aunt niece grandmother granddaughter mother-in-law sister-in-law godmother landlady".split()
)
MALE = frozenset(
    "husband boyfriend fiancé son stepson father stepfather brother half-brother stepbrother uncle"
    " nephew grandfather grandson father-in-law brother-in-law godfather landlord".split()
)

# Words of other languages, by the English word; endings of forms are left open in the patterns.
FOREIGN = {
    "de": {
        "frau": "wife", "mann": "husband", "freundin": "girlfriend", "freund": "friend",
        "partnerin": "partner", "partner": "partner", "sohn": "son", "tochter": "daughter",
        "mutter": "mother", "mama": "mother", "vater": "father", "papa": "father",
        "schwester": "sister", "bruder": "brother", "tante": "aunt", "onkel": "uncle",
        "oma": "grandmother", "opa": "grandfather", "hund": "dog", "katze": "cat",
        "hündin": "dog", "kater": "cat", "hase": "rabbit", "chef": "boss", "chefin": "boss",
        "nachbar": "neighbour", "nachbarin": "neighbour",
    },
    "fr": {
        "femme": "wife", "mari": "husband", "copine": "girlfriend", "copain": "boyfriend",
        "compagne": "partner", "compagnon": "partner", "fils": "son", "fille": "daughter",
        "mère": "mother", "père": "father", "sœur": "sister", "soeur": "sister",
        "frère": "brother", "tante": "aunt", "oncle": "uncle", "grand-mère": "grandmother",
        "grand-père": "grandfather", "amie": "friend", "ami": "friend", "chien": "dog",
        "chienne": "dog", "chat": "cat", "chatte": "cat", "lapin": "rabbit",
    },
    "es": {
        "mujer": "wife", "esposa": "wife", "marido": "husband", "esposo": "husband",
        "novia": "girlfriend", "novio": "boyfriend", "pareja": "partner", "hijo": "son",
        "hija": "daughter", "madre": "mother", "padre": "father", "hermana": "sister",
        "hermano": "brother", "tía": "aunt", "tío": "uncle", "abuela": "grandmother",
        "abuelo": "grandfather", "amiga": "friend", "amigo": "friend", "perro": "dog",
        "perra": "dog", "gato": "cat", "gata": "cat", "conejo": "rabbit",
    },
}  # fmt: skip


def plain(word: str) -> str:
    """The word a role or animal is kept under."""
    low = word.lower()
    return SAME.get(low, low)


_JOBS = frozenset(
    "nurse vet chef cook judge guide clerk pilot priest monk nun maid butler barber baker nanny"
    " librarian architect accountant paramedic surgeon secretary receptionist cashier model coach"
    " student pupil apprentice intern lawyer engineer scientist soldier sailor tailor mechanic"
    " electrician technician musician politician mathematician physician optician dietitian"
    " pharmacist journalist dentist artist florist physicist chemist biologist economist therapist"
    " psychologist historian midwife housewife postman fireman salesman policewoman policeman"
    " freelancer consultant assistant attendant civil-servant civil servant au-pair poet athlete"
    " analyst specialist developer programmer designer manager director editor actor author tutor"
    " professor doctor translator instructor conductor mediator sculptor solicitor inspector"
    " counsellor investor teacher painter plumber carpenter joiner roofer driver waiter writer"
    " singer dancer trainer teamleader farmer gardener banker broker photographer hairdresser"
    " firefighter lecturer researcher lumberjack butcher brewer bricklayer welder potter weaver"
    " producer caterer porter miner optometrist paralegal waitress actress seamstress entrepreneur"
    " stewardess goldsmith blacksmith locksmith beekeeper shopkeeper innkeeper zookeeper bookkeeper"
    " retired self-employed unemployed".split()
)
_JOB_ENDINGS = ("ologist", "grapher", "ician", "keeper", "smith", "worker", "officer", "maker")


def is_job(text: str) -> bool:
    """Whether the last word of a phrase (or of its part before "of") is an occupation."""
    words = text.lower().split(" of ")[0].split()
    return bool(words) and (words[-1] in _JOBS or words[-1].endswith(_JOB_ENDINGS))
