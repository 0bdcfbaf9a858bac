"""What English clauses claim: one table of verbs, whoever the subject is. Pure data.

Contractions are written out before (``memory.facts.clauses``), adverbs left out, times marked.
"""

from __future__ import annotations

import re

from memory.facts.roles import PETS, ROLES
from memory.facts.rules import Rule, rule
from memory.facts.statements import Mode

V = r" (?P<v>.+)"
BE = r"(?:am|is|are)"
HAVE = r"(?:have|has)"
_ROLE = "|".join(sorted((re.escape(role) for role in ROLES), key=len, reverse=True))
_PET = "|".join(sorted((re.escape(pet) for pet in PETS), key=len, reverse=True))
_OBJECTS = (
    "car|van|camper|motorbike|motorcycle|bike|bicycle|e-bike|scooter|boat|kayak|canoe|house|flat"
    "|apartment|cottage|cabin|farm|allotment|piano|guitar|violin|cello|drone|telescope|camera|tent"
    "|caravan|laptop|computer|printer|sewing machine|tractor|sauna|loom|kiln|motorboat|sailboat"
    "|Skoda|Renault|Volvo|Toyota|Volkswagen|Fiat|Ford|Tesla|Honda|Mazda|Peugeot|Dacia|Kia|Audi|BMW"
)
INSTRUMENTS = (
    "cello|violin|viola|piano|guitar|flute|trumpet|drums|harp|organ|accordion|clarinet|oboe|bass"
    "|double bass|saxophone|trombone|banjo|ukulele|mandolin|recorder|horn|tuba|bassoon|bagpipes"
)
_SPORTS = (
    "tennis|football|soccer|chess|basketball|volleyball|handball|badminton|squash|hockey|cricket"
    "|rugby|golf|poker|bridge|table tennis|baseball|padel|darts|water polo"
)
_ALONE = r"(?=$|[,.!;]| and\b| who\b| at home| ¤| in the | with )"
_FREQUENT = (
    r"(?:every (?:single )?(?:other )?(?:day|morning|evening|night|week|month|weekend|year|summer"
    r"|winter|spring|autumn|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?(?: (?:morning|evening"
    r"|afternoon|night))?|on (?:mon|tues|wednes|thurs|fri|satur|sun)days"
    r"|(?:once|twice|(?:three|four|five|six|\d) times) (?:a|per) (?:day|week|month|year))"
)
_ILLNESS = (
    r"asthma|diabetes|migraines?|epilepsy|arthritis|hay fever|tinnitus|insomnia|depression|anxiety"
    r"|adhd|autism|dyslexia|celiac disease|coeliac disease|high blood pressure|low blood pressure"
    r"|hypertension|eczema|psoriasis|endometriosis|gout|anaemia|anemia|ibs|crohn's disease"
    r"|multiple sclerosis|osteoporosis|sleep apnoea|sleep apnea|scoliosis|glaucoma"
)

RULES: tuple[Rule, ...] = (
    # -- home
    rule("lives_in", rf"(?:live|lives|reside|resides|{BE} (?:living|based)|{HAVE} (?:lived|been"
         rf" living)) (?:back )?(?:in|near|on){V}", "place", strong=True),
    rule("lives_in", rf"(?:live|{BE} living) in{V}", "low_place", confidence=0.7),
    rule("lives_in", rf"(?:{HAVE} )?(?:moved|relocated|emigrated|moved house)(?: back)?(?: with"
        rf" (?:my"
         rf" )?\w+)?(?: back)?(?: from [\w ]+?)? to{V}", "place", strong=True),
    rule("lives_in", rf"(?:{HAVE} )?moved (?:in)?to (?:a|an|our|my|the|his|her) [\w -]+?"
        rf" in{V}", "place"),
    rule("lives_in", rf"(?:lived|was living|were living) in{V}", "place", Mode.WAS, strong=True),
    rule("lives_in", rf"(?:{HAVE} )?moved (?:out of|away from|from){V}", "place", Mode.ENDED),
    rule("origin", rf"(?:{BE} (?:originally )?from|come from|comes from|grew up in|hail from|hails"
        rf" from|{BE} born in"
         rf"|(?:was|were) (?:born|raised|born and raised) in){V}", "place", strong=True),
    # -- work
    rule("works_at", rf"(?:work|works|{BE} working|{HAVE} worked|{HAVE} been working|(?:{HAVE}"
        rf" )?started(?: working| a"
         rf" (?:new )?job| work)?) (?:at|for){V}", "firm", strong=True),
    rule("works_at", rf"(?:work|works|{BE} working) (?:as|in) [\w -]+? (?:at"
        rf"|for){V}", "firm", strong=True),
    rule("works_at", rf"{BE} an? [\w -]+? (?:at|for){V}", "job_firm"),
    rule("works_at", rf"{BE} employed (?:at|by|with){V}", "firm"),
    rule("works_at", rf"(?:{HAVE} )?joined{V}", "capital_firm"),
    rule("works_at", rf"(?:{HAVE} )?(?:got|found|accepted|have|has) an? (?:new )?(?:job"
        rf"|position)(?: as [\w -]+?)? (?:at|with){V}", "firm"),
    rule("works_at", rf"worked (?:at|for){V}", "firm", Mode.WAS, strong=True),
    rule("works_at", rf"(?:{HAVE} )?(?:quit|left|lost|resigned from) (?:my|the|his|her|our) (?:old"
        rf" )?(?:job|position)(?: (?:at|with){V})", "firm", Mode.ENDED),
    rule("works_at", rf"(?:{HAVE} )?(?:resigned from|retired from|{BE}? ?(?:was|got|been)?"
        rf" ?(?:fired|laid off|let go|made redundant) (?:by|from|at)){V}", "firm", Mode.ENDED),
    rule("works_at", rf"(?:{HAVE} )?(?:quit|left|lost|resigned from) (?:my|the|that|his|her|our)"
        rf" (?:old )?(?:job|position|company|firm)", "none", Mode.NOT),
    rule("works_at", rf"(?:{HAVE} )?left{V}", "capital_firm", Mode.NOT),
    rule("works_as", rf"(?:work|works|{BE} working|{HAVE} (?:been )?work(?:ed|ing))"
        rf" as{V}", "job", strong=True),
    rule("works_as", rf"(?:work|works|{BE} working) (?:at|for) [\w -]+?,?"
        rf" as{V}", "job", strong=True),
    rule("works_as", rf"(?:{HAVE} )?(?:became|become|got promoted to){V}", "occupation"),
    rule("works_as", rf"{BE}(?: now)?{V}", "occupation_article"),
    rule("works_as", rf"(?:worked as|was|were){V}", "occupation_article", Mode.WAS),
    rule("works_as", rf"(?:{HAVE} )?started(?: working)? as{V}", "occupation"),
    rule("works_as", rf"(?:{HAVE} )?(?:got|found|accepted|have|has)(?: an?)? (?:new )?(?:job"
        rf"|position) as{V}", "job"),
    rule("works_as", rf"(?:was|were|{HAVE} been|got) promoted to{V}", "occupation"),
    rule("works_as", rf"(?:{HAVE} )?retired(?! from)", "none", value="retired"),
    rule("works_at", rf"(?:{HAVE} )?retired(?! from)", "none", Mode.NOT),
    rule("studies_at", rf"(?:{HAVE} )?graduated from{V}", "capital_firm", Mode.ENDED),
    rule("studies", rf"(?:{HAVE} )?graduated", "none", Mode.NOT),
    rule("works_as", rf"{BE} (?P<v>retired|self-employed|unemployed)", "job"),
    rule("studies_at", rf"(?:study|studies|{BE} studying|{HAVE} been studying)(?: [\w ]+?)?"
        rf" at{V}", "capital_firm"),
    rule("studies", rf"(?:study|studies|{BE} studying|{HAVE} been studying){V}", "subject"),
    rule("studies", rf"{BE} doing (?:a|an|my|his|her) (?:degree|master'?s?|bachelor'?s?|phd"
        rf"|doctorate) in{V}", "subject"),
    # -- birth, age
    rule("birthday", rf"(?:was|were) born on{V}", "day", strong=True),
    rule("birthday", rf"{HAVE} (?:my|his|her|their|our) birthday (?:on"
        rf" )?{V.strip()}", "day", strong=True),
    rule("born", r"(?:was|were) born in (?P<v>¤\d)", "year", strong=True),
    rule("age", rf"(?:{BE}|{HAVE} turned|turned){V}", "age"),
    # -- people
    rule("partner", rf"{BE} (?:happily )?(?:married|engaged) to{V}", "name", strong=True),
    rule("partner", rf"(?:{HAVE} )?(?:got )?(?:married to|engaged to){V}", "name", strong=True),
    rule("partner", rf"(?:{HAVE} )?married{V}", "name"),
    rule("partner", rf"{BE} (?:dating|seeing|going out with|in a relationship with){V}", "name"),
    rule("partner", rf"(?:{HAVE} )?(?:got divorced from|divorced|broke up with|split up with"
        rf"|separated from){V}", "name", Mode.NOT),
    rule("partner", rf"(?:{HAVE} )?(?:got divorced|broke up|split up)(?! (?:the|with"
        rf"|from))", "none", Mode.NOT),
    rule("marital", rf"{BE} (?P<v>married|divorced|widowed|single|engaged)(?!"
        rf" to)", "job", confidence=0.85),
    # -- tastes
    rule("likes", rf"(?:like|likes|love|loves|enjoy|enjoys|adore|adores|{BE} (?:into|fond of|crazy"
        rf" about|keen on)"
         rf"|{BE} an? (?:big |huge |great )?(?:fan|lover) of|{BE} (?:big |huge |great )?fans"
         rf" of){V}", "liking", many=True),
    rule("dislikes", rf"(?:hate|hates|dislike|dislikes|detest|detests|loathe|loathes|(?:cannot|can"
        rf" not|could never) (?:stand|bear)"
         rf"|do not (?:like|enjoy)|does not (?:like|enjoy)|{BE} not an? (?:big |huge |great )?fan"
         rf" of|{BE} not (?:into|fond of|keen on)){V}", "taste", many=True),
    rule("likes", rf"(?:loved|liked|adored|enjoyed){V}", "liking", Mode.WAS, confidence=0.3),
    rule("prefers", rf"(?:prefer|prefers){V}", "liking"),
    rule("allergic", rf"{BE} (?:very |severely |badly )?(?:allergic|intolerant)"
        rf" to{V}", "taste", strong=True, many=True),
    rule("allergic", rf"{HAVE} an? (?P<v>[\w ]+?) (?:allergy|intolerance)", "taste", strong=True),
    rule("allergic", rf"{HAVE} an allergy to{V}", "taste", strong=True, many=True),
    rule("avoids", rf"(?:do|does) not (?:eat|drink|smoke|touch){V}", "food", many=True),
    rule("avoids", rf"(?:{HAVE} )?(?:stopped|quit|gave up|given up) (?:eating"
        rf"|drinking){V}", "food", many=True),
    rule("avoids", rf"(?:{HAVE} )?(?:gave up|given up|quit|stopped) (?P<v>smoking|drinking|alcohol"
        rf"|sugar|meat|coffee|dairy|gluten|caffeine)", "food"),
    rule("diet", rf"{BE} (?:an? )?(?:strict )?(?P<v>vegan|vegetarian|pescatarian|teetotal)", "job"),
    rule("diet", rf"(?:{HAVE} )?(?:became|become|went|turned|gone)(?: an?)? (?P<v>vegan|vegetarian"
        rf"|pescatarian|teetotal)", "job"),
    # -- things
    rule("drives", rf"(?:drive|drives) (?:an? ){V.strip()}", "taste"),
    rule("owns", rf"(?:own|owns){V}", "taste", many=True),
    rule("owns", rf"(?:{HAVE}(?: got| bought)?|bought|got|purchased)(?: myself| ourselves)? (?:an?"
        rf"|our|my)(?: \w+){{0,2}}? (?=(?:{_OBJECTS})\b)(?P<v>(?:{_OBJECTS})\b.*)", "object"),
    rule("owns", rf"(?:{HAVE} )?sold{V}", "sold", Mode.NOT),
    rule("drives", rf"(?:{HAVE} )?sold{V}", "sold", Mode.NOT),
    # -- pets
    rule("pet", rf"(?:{HAVE}(?: got)?|got|adopted|{HAVE} adopted|keep|keeps|bought)(?: ourselves|"
        rf" myself)? (?:an?|two|three)(?: \w+)?? (?P<d>{_PET})s?,? (?:called|named|whose name"
        rf" is){V}", "name"),
    rule("pet", rf"(?:{HAVE}(?: got)?|adopted|{HAVE} adopted|keep|keeps) (?:an?|two|three)(?:"
        rf" (?:small|big|old|young|little|lovely|new))? (?P<v>(?P<d>{_PET})s?){_ALONE}", "job"),
    rule("pet", rf"(?:{HAVE} )?(?:had to )?(?:give|gave|given)(?: up| away)? (?:the|our|my)"
        rf" (?P<v>{_PET})(?: away| up)?", "job", Mode.NOT),
    rule("pet", rf"(?:{HAVE} )?(?:had to put|put) (?:the|our|my) (?P<v>{_PET})(?: \w+)? (?:down|to"
        rf" sleep)", "job", Mode.NOT),
    # -- what people do
    rule("speaks", rf"(?:speak|speaks|{BE} fluent in){V}", "tongue", many=True),
    rule("learns", rf"(?:{BE} learning|{HAVE} been learning|(?:{HAVE} )?started (?:learning|to"
        rf" learn)){V}", "taste", many=True),
    rule("plays", rf"(?:play|plays|{BE} playing|(?:{HAVE} )?started playing|{BE} learning) (?:the"
        rf" )?(?P<v>{INSTRUMENTS}|{_SPORTS})\b", "job"),
    rule("plays", rf"(?:{HAVE} )?(?:gave up|given up|stopped|quit)(?: playing)? (?:the"
        rf" )?(?P<v>{INSTRUMENTS})\b", "job", Mode.ENDED),
    rule("habit", rf"(?P<v>(?:go|goes|run|runs|swim|swims|walk|walks|cycle|cycles|meet|meets|visit"
        rf"|visits|practise|practises|practice|train|trains|volunteer|volunteers|take|takes|do"
        rf"|does|cook|cooks|read|reads|attend|attends|sing|sings|dance|dances|meditate|meditates"
        rf"|bake|bakes|call|calls|jog|jogs|ride|rides|drink|drinks|eat|eats|play|plays|get up|gets"
        rf" up|wake up|wakes up)\b.*?\b{_FREQUENT})", "habit"),
    rule("health", rf"(?:was|were|{HAVE} been|got)(?: \w+)? diagnosed with{V}", "taste"),
    rule("health", rf"(?:suffer|suffers) from{V}", "taste", many=True),
    rule("health", rf"{HAVE}(?: got)?(?: \w+)?? (?P<v>{_ILLNESS})\b", "job"),
    rule("health", rf"{BE} (?P<v>diabetic|asthmatic|pregnant|epileptic|colou?r-?\s?blind|dyslexic"
        rf"|left-handed)\b", "job"),
    rule("takes", rf"(?:take|takes|{BE} taking){V}", "medicine"),
    # -- ways to be reached
    rule("nickname", rf"go by{V}", "name"),
)  # fmt: skip

# Patterns that hold their own subject; "who" is whose it is: my, our, Mara's, my sister's.
POSSESSED: tuple[Rule, ...] = (
    rule("birthday", rf"birthday (?:{BE}|falls)(?: on)?{V}", "day"),
    rule("phone", rf"(?:new )?(?:(?P<s>work|office|home|mobile) )?(?:phone |mobile |cell "
        rf"|telephone )?number (?:{BE}|has changed to){V}", "digits"),
    rule("email", rf"(?:new )?(?:(?P<s>work|office) )?e-?mail(?: address)? {BE}{V}", "email"),
    rule("address", rf"(?:new |home )?address {BE}{V}", "address"),
    rule("name", rf"(?:full |real |first )?name {BE}{V}", "name"),
    rule("nickname", rf"nickname {BE}{V}", "name"),
    rule("favourite", rf"(?:absolute |all-time )?favou?rite (?P<s>[\w ]+?) (?:{BE}|{HAVE}"
        rf" become){V}", "favoured"),
    rule("works_as", rf"(?:job|profession|occupation) {BE}{V}", "occupation"),
    rule("plan", rf"(?P<v>[\w' -]{{3,40}}?) {BE} (?:on |in )?(?P<d>¤\d)", "event"),
)  # fmt: skip

CALLED = re.compile(r"(?:is|are) (?:called|named) (?P<v>.+)", re.I)
OWN_NAME = re.compile(
    r"(?:(?:hi|hey|hello|well|so|oh|ok|okay|yes|no|and|also|by the way|please|remember(?: that)?"
    r"|good (?:morning|evening|afternoon))[\s,!.—–-]+)*my name is (?P<v>.+)",
    re.I,
)
NAMED = re.compile(
    r"(?:every(?:one|body)|(?:my |all my |most |the )*(?:friends|people|family|they|we)|they"
    r"|people|most people) calls? me (?P<v>.+)",
    re.I,
)
PLANS = re.compile(
    rf"(?:{BE} (?:going to|planning to|about to)|will|plan to|plans to|intend to) (?P<v>(?!be\b"
    rf"|have to)\w+ .+)"
    rf"|{BE} (?P<g>(?:flying|travelling|traveling|going|driving|moving|getting (?:married|a|an)"
    rf"|starting|having"
    rf"|visiting|leaving|running|taking|seeing|hosting) .+)"
    rf"|(?:{HAVE}(?: got)?) an? (?P<e>(?:\w+[ '-]){{0,3}}?(?:appointment|interview|exam|test"
    rf"|meeting|surgery|operation|wedding|concert|date|flight|check-up|viewing)(?: (?:with|at)"
    rf" (?:\w+ ?){{1,4}})?)",
    re.I,
)
PETS_PATTERN = re.compile(rf"(?:{_PET})", re.I)
ROLE_NAME = re.compile(
    rf"\b(?P<who>[Mm]y|[Oo]ur)(?: (?P<adj>best|older|younger|little|big|eldest|oldest|youngest"
    rf"|elder|new|old|good|dear|twin|late|first|second|ex))?[ -](?P<role>{_ROLE}|{_PET})s?,?"
    rf" (?P<name>[A-ZÀ-Þ][\w’-]*[a-zà-ÿ])"
)
SUBJECT_ROLE = re.compile(
    rf"(?:my|our)(?: (?:best|older|younger|little|big|eldest|oldest|youngest|elder|new|old|good"
    rf"|dear|twin))? (?P<role>{_ROLE})\b(?!-)(?:,? (?P<name>(?-i:[A-ZÀ-Þ])[\w’-]+)\b)?,?",
    re.I,
)
HAVE_ROLE = re.compile(
    rf"{HAVE}(?: got)? (?P<count>an?|one|two|three|four|five|no)(?: (?:\w+ ))?? ?(?P<role>{_ROLE}"
    rf"|children)s?\b(?:{_ALONE}|(?= (?:called|named|[A-Z]))),?(?: (?:called|named))?"
    rf" ?(?P<v>[A-Z].*)?",
    re.I,
)
IS_ROLE = re.compile(rf"(?:is|are) (?P<who>my|our)(?: \w+)?? (?P<role>{_ROLE})s?\b", re.I)
DIED = re.compile(rf"(?:{HAVE} )?(?:died|passed away|was put (?:down|to sleep)|ran away)", re.I)
ROLE_AND_I = re.compile(
    rf"my (?P<role>{_ROLE})(?: (?P<name>(?-i:[A-ZÀ-Þ])[\w’-]+))? (?P<rest>and (?:I|me) .+)", re.I
)
ROLE_WORDS = _ROLE
PARTED = re.compile(
    r"and (?:I|me) (?:have |are |just )*(?:got divorced|divorced|broke up|split up|separated"
    r"|separate)",
    re.I,
)
# A word or two after which a clause of the same subject goes on.
GOES_ON = re.compile(r"^(?:then|now|just|also|therefore|later|so|still|even|recently)\s+", re.I)
