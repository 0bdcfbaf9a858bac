"""Knowledge that changed: 200 facts, each told anew later; does the newest telling come first?

Written for this project. All 400 tellings and 200 others stand in one memory, as turns of
chats and as notes over two years; every question asks for what is true now.
"""

from __future__ import annotations

import random
import statistics
import time
from dataclasses import dataclass

from memory.clock import DAY_MS
from memory.ingest import storing
from memory.protocol import MemoryKind, RecallRequest, SourceKind, SourceState
from memory.store import memories, sources
from memory.store.db import Connection
from memory.store.rows import NewMemory
from tests.bench.home import Home, home

PEOPLE = ("Nadia", "Tom", "Aunt Vera", "Mr Okafor", "Lena", "my brother", "Priya", "the Hubers")
SEED = 5


@dataclass(frozen=True)
class Fact:
    """One thing that can change: two values, ways to tell it, and its question."""

    first: str
    then: str
    values: tuple[tuple[str, str], ...]
    asked: str


def _values(*pairs: str) -> tuple[tuple[str, str], ...]:
    return tuple((one, two) for one, _, two in (pair.partition("/") for pair in pairs))


# Eight pairs of values for each, one for each person. {p} is the person, {v} the value.
FACTS = (
    Fact("{p} lives in {v}.", "{p} has moved and lives in {v} now.",
         _values("Graz/Linz", "Leeds/York", "Porto/Braga", "Lagos/Abuja", "Kiel/Lübeck",
                 "Turin/Genoa", "Pune/Goa", "Bern/Basel"), "Where does {p} live?"),
    Fact("{p} works as {v}.", "{p} changed jobs, the work is now as {v}.",
         _values("a nurse/a midwife", "a baker/a driver", "a clerk/a guide", "an editor/a teacher",
                 "a cook/a florist", "a roofer/a joiner", "an analyst/a consultant",
                 "farmers/innkeepers"), "What does {p} work as?"),
    Fact("{p}'s phone number ends in {v}.", "New number for {p}, it ends in {v}.",
         _values("4417/9082", "3310/7761", "1208/5540", "6675/2093", "8129/4456", "9934/1187",
                 "2750/6618", "5061/3349"), "What does {p}'s phone number end in?"),
    Fact("{p} drives a {v}.", "{p} sold the old car and drives a {v} these days.",
         _values("Fiat Panda/Skoda Fabia", "Ford Focus/Kia Niro", "Golf/Renault Zoe",
                 "Corolla/Honda Jazz", "Mini/Dacia Spring", "Berlingo/Caddy", "Swift/Yaris",
                 "Volvo estate/camper van"), "What car does {p} drive?"),
    Fact("The rent {p} pays is {v} a month.", "{p}'s rent went up, it is {v} a month now.",
         _values("640/695", "820/870", "510/560", "900/985", "730/790", "450/480", "1,050/1,120",
                 "1,300/1,390"), "How much rent does {p} pay?"),
    Fact("{p} is with {v} for electricity.", "{p} switched the electricity to {v}.",
         _values("Voltara/Sunward", "Gridwell/Northlight", "Ohmly/Brightline", "Ampera/Kilonova",
                 "Wattson/Clearflow", "Enerva/Stadtstrom", "Powerbee/Voltis", "Luxa/Greenline"),
         "Which company is {p} with for electricity?"),
    Fact("{p} takes {v} for the blood pressure.",
         "The doctor changed it: {p} now takes {v} for the blood pressure.",
         _values("ramipril/candesartan", "amlodipine/lercanidipine", "enalapril/valsartan",
                 "bisoprolol/nebivolol", "losartan/telmisartan", "lisinopril/irbesartan",
                 "atenolol/metoprolol", "captopril/olmesartan"),
         "What does {p} take for the blood pressure?"),
    Fact("{p}'s choir practice is on {v}.", "{p} told me the choir practice has moved to {v}.",
         _values("Monday/Thursday", "Tuesday/Friday", "Wednesday/Sunday", "Thursday/Monday",
                 "Friday/Tuesday", "Saturday/Wednesday", "Sunday/Tuesday", "Monday/Friday"),
         "On which day is {p}'s choir practice?"),
    Fact("The spare key of {p} is {v}.", "{p} put the spare key somewhere else: it is {v}.",
         _values("under the pot/in the shed", "with the neighbour/in the letter box",
                 "behind the drainpipe/under the bench", "in the garage/at the bakery",
                 "on the beam/in the bird house", "at the office/in the cellar",
                 "under the mat/in the meter box", "in the boot/on the hook"),
         "Where is the spare key of {p}?"),
    Fact("{p} wants {v} for the birthday.", "{p} has thought again and wants {v} for the birthday.",
         _values("a scarf/a kettle", "a drill/a headlamp", "a teapot/a puzzle",
                 "a watch/binoculars", "a lamp/a rug", "a tent/a hammock", "a vase/a bicycle bell",
                 "a grill/a fire pit"), "What does {p} want for the birthday?"),
    Fact("{p} keeps {v} as a pet.", "After the summer {p} gave it away and keeps {v} as a pet.",
         _values("a rabbit/a tortoise", "a parrot/a cat", "a hamster/a ferret", "a goat/a dog",
                 "a canary/a gecko", "a snake/two rats", "a pony/a donkey", "ducks/hens"),
         "What pet does {p} keep?"),
    Fact("{p}'s favourite restaurant is {v}.",
         "{p} goes elsewhere by now, the favourite restaurant is {v}.",
         _values("Da Mario/Casa Rosa", "The Anchor/The Plough", "Lotus/Jade Garden",
                 "Mama Put/Yellow Chilli", "Zur Post/Goldener Hirsch", "Sole/Luna",
                 "Saffron/Tamarind", "Kronenhalle/Löwen"), "What is {p}'s favourite restaurant?"),
    Fact("{p} is learning {v}.", "{p} dropped that and is learning {v} instead.",
         _values("Danish/Polish", "the cello/the harp", "pottery/weaving", "chess/bridge",
                 "sailing/rowing", "Greek/Arabic", "salsa/tango", "archery/fencing"),
         "What is {p} learning?"),
    Fact("{p}'s dentist is Dr {v}.", "{p}'s dentist retired, the new one is Dr {v}.",
         _values("Albers/Nowak", "Price/Shah", "Sousa/Pinto", "Eze/Bello", "Voss/Krüger",
                 "Ricci/Greco", "Rao/Iyer", "Frei/Keller"), "Who is {p}'s dentist?"),
    Fact("The meeting with {p} is at {v}.", "The meeting with {p} was put off to {v}.",
         _values("9:30/14:15", "10:00/16:45", "8:15/11:30", "13:00/17:20", "15:40/9:10",
                 "12:20/18:00", "11:05/13:50", "14:30/10:40"),
         "At what time is the meeting with {p}?"),
    Fact("{p} is saving up for {v}.", "{p} changed the plan and is saving up for {v}.",
         _values("a kitchen/a roof", "a boat/a motorbike", "a piano/a sauna", "a shop/a house",
                 "a cruise/a caravan", "a camera/a telescope", "a wedding/a degree",
                 "a pool/solar panels"), "What is {p} saving up for?"),
    Fact("{p} banks with {v}.", "{p} closed that account and banks with {v}.",
         _values("Alpenbank/Sparhaus", "Westmoor/Unity", "Banco Sol/Caixa Norte",
                 "First Delta/Crest", "Nordkasse/Fördebank", "Popolare/Credito Uno",
                 "Ganga Bank/Deccan", "Helva/Aarebank"), "Which bank is {p} with?"),
    Fact("{p} reads {v} at the moment.", "{p} finished it and reads {v} at the moment.",
         _values("Middlemarch/Emma", "Dune/Solaris", "Ulysses/Dubliners", "Walden/Candide",
                 "Momo/Krabat", "Silas Marner/Villette", "Kim/Gora", "Heidi/Emil"),
         "What does {p} read?"),
    Fact("{p} plays {v} on Saturdays.", "{p} gave that up and plays {v} on Saturdays.",
         _values("tennis/squash", "football/darts", "bowls/boules", "hockey/cricket",
                 "volleyball/handball", "padel/basketball", "badminton/carrom", "curling/skat"),
         "What does {p} play on Saturdays?"),
    Fact("The password hint of {p} is {v}.", "{p} has a new password hint, it is {v}.",
         _values("first school/old street", "red bicycle/blue kite", "grandpa's boat/lost ring",
                 "village well/big mango tree", "summer camp/attic window", "lemon cake/snow globe",
                 "train ticket/paper crane", "stone bridge/apple cellar"),
         "What is the password hint of {p}?"),
    Fact("{p}'s train leaves from platform {v}.",
         "Careful, {p}'s train now leaves from platform {v}.",
         _values("3/7", "11/2", "5/9", "1/4", "8/12", "6/10", "14/3", "2/5"),
         "From which platform does {p}'s train leave?"),
    Fact("{p} supports {v}.", "{p} no longer follows them and supports {v}.",
         _values("Sturm/Austria Wien", "Leeds United/York City", "Benfica/Boavista",
                 "Enyimba/Rangers", "Holstein/St Pauli", "Torino/Sampdoria",
                 "Kerala Blasters/Bengaluru", "Young Boys/Servette"),
         "Which team does {p} support?"),
    Fact("{p} is allergic to {v}.", "It turned out otherwise: {p} is allergic to {v}.",
         _values("walnuts/celery", "pollen/dust", "shellfish/soy", "cats/feathers", "milk/eggs",
                 "wasps/latex", "peanuts/sesame", "mustard/kiwi"), "What is {p} allergic to?"),
    Fact("{p}'s parcel should come on the {v}.", "{p}'s parcel is late and should come on the {v}.",
         _values("4th/9th", "12th/15th", "21st/26th", "2nd/8th", "17th/23rd", "6th/13th",
                 "28th/30th", "10th/18th"), "When should {p}'s parcel come?"),
    Fact("{p}'s wifi is called {v}.", "{p} has a new router, the wifi is called {v}.",
         _values("BlueFox/Owlnet", "Pinecone/Marmot", "Tagus/Douro", "Palmtree/Kola",
                 "Seagull/Lighthouse", "Vesuvio/Etna", "Monsoon/Peacock", "Gotthard/Säntis"),
         "What is {p}'s wifi called?"),
)  # fmt: skip
OTHERS = (
    "{p} came by for coffee and we looked at old pictures.",
    "Called {p}, nobody answered, will try again tomorrow.",
    "{p} sends greetings and asks about the garden.",
    "Had a long walk with {p} along the river.",
    "{p} lent me an umbrella that I must not forget to return.",
)


def run() -> None:
    """Remembers everything, asks every question, prints how often the newest came first."""
    with home() as memory:
        wanted = remember(memory)
        above, first, found = [], [], []
        for question, old, new in wanted:
            reply = memory.recall.recall(RecallRequest(question=question, limit=20))
            texts = [hit.text for hit in reply.hits]
            rank = {text: number for number, text in reversed(list(enumerate(texts)))}
            above.append(rank.get(new, 99) < rank.get(old, 98))
            first.append(texts[:1] == [new])
            found.append(new in rank)
    print(f"{len(wanted)} facts told anew")
    for label, values in (("newest above the older", above), ("newest first of all", first),
                          ("newest among 20", found)):  # fmt: skip
        print(f"{label:26} {100 * statistics.mean(values):5.1f} %")


def remember(memory: Home) -> list[tuple[str, str, str]]:
    """Stores all; returns question, older and newest telling of each fact."""
    rng = random.Random(SEED)
    now_ms = round(time.time() * 1000)
    told: list[tuple[int, str]] = []
    wanted = []
    for fact in FACTS:
        for person, (before, now) in zip(PEOPLE, fact.values, strict=True):
            old, new = fact.first.format(p=person, v=before), fact.then.format(p=person, v=now)
            old, new = old[0].upper() + old[1:], new[0].upper() + new[1:]
            began = rng.randint(200, 700)
            told += [(now_ms - began * DAY_MS, old)]
            told += [(now_ms - rng.randint(5, began - 60) * DAY_MS, new)]
            wanted.append((fact.asked.format(p=person), old, new))
    for person in PEOPLE:
        for text in OTHERS * 5:
            told.append((now_ms - rng.randint(5, 700) * DAY_MS, text.format(p=person)))
    told.sort()

    def work(c: Connection) -> None:
        for start in range(0, len(told), 20):
            part = told[start : start + 20]
            chat = start % 40 == 0
            source = sources.insert(
                c, kind=SourceKind.CONVERSATION if chat else SourceKind.NOTE, title=f"{start}",
                location=f"/bench/{start}", state=SourceState.READY, now_ms=part[0][0],
            )  # fmt: skip
            at = 0
            for position, (when, text) in enumerate(part):
                new = NewMemory(
                    MemoryKind.TURN if chat else MemoryKind.NOTE, text, position, at,
                    at + len(text), happened_ms=when, speaker="Me" if chat else None,
                    role="user" if chat else None,
                )  # fmt: skip
                memories.append(c, source, [new], when, storing.first_strength(when))
                at += len(text) + 1

    memory.database.write(work)
    memory.settle()
    return wanted
