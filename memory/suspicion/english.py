"""Speech acts in English that tell an assistant what it is and what it says. Patterns over folded
text. Pure data.

No single word is enough: each pattern is an act (override, another role, dictated answers) towards
what only an assistant has: instructions, users, answers to questions. Weights of different acts add
up; ordinary orders to people stay far below 1.
"""

from __future__ import annotations

from memory.suspicion.english_words import AGENT, AI, DO, DROP, RULES, SAY, USER, WHOSE
from memory.suspicion.kinds import Act, Kind, act

ACTS: tuple[Act, ...] = (
    # override
    act(
        Kind.OVERRIDE,
        1.0,
        rf"\b{DROP} (?:{WHOSE}{{2,6}}|(?:your|previous|prior|earlier|existing"
        rf"|system|other) ){RULES}\b",
        "rul",
        "instruct",
        "guid",
        "prompt",
        "polic",
        "direct",
        "constraint",
        "restrict",
        "program",
        "training",
        "command",
        "check",
        "messag",
        "memor",
        "safe",
        "context",
        "measure",
        "filter",
    ),
    act(
        Kind.OVERRIDE,
        1.0,
        rf"\b{DROP} (?:all |any |the |whatever |those |every )*{RULES} (?:(?:that"
        r" |which )?(?:you (?:were|have|had|are|got|received|follow)|(?:was|were|has been"
        r"|have been|is|are"
        r"|stands?) (?:given|above|written|said|set)|came|come)|above\b(?! the)|given to you)",
        "above",
        "you ",
        "given",
        "written",
        "said",
        "set",
        "came",
        "come",
    ),
    act(
        Kind.OVERRIDE,
        0.7,
        r"\byour (?:\w+ )?(?:instructions?|rules|guidelines|orders|prompt|directives"
        r"|training) (?:(?:is|are|were|was) (?:hereby |now )?(?:void|obsolete|outdated|superseded"
        r"|revoked|cancelled|canceled|suspended|replaced|overridden|lifted|wrong)"
        r"|no longer (?:apply"
        r"|applies|hold|holds|count)|do not apply|don't apply|end here)",
        "your ",
    ),
    act(
        Kind.OVERRIDE,
        0.5,
        rf"\b{RULES} (?:that (?:were|have been) )?(?:given|issued|told|taught) to you\b",
        "to you",
    ),
    act(
        Kind.OVERRIDE,
        0.5,
        r"\b(?:rules|instructions?|guidelines|prompts?|directives?)\b[^.!?\n]{0,30} (?:are|is)"
        r" (?:hereby |now )?(?:void|cancelled|canceled|suspended|lifted|revoked|null|obsolete"
        r"|overridden)\b",
        "void",
        "cancel",
        "suspend",
        "lifted",
        "revoked",
        "null",
        "obsolete",
        "overridden",
    ),
    act(
        Kind.OVERRIDE,
        0.4,
        r"\b(?:new|next|real|actual) (?:task|instructions?|orders?|directive|system prompt)\b ?:",
        ":",
    ),
    act(
        Kind.OVERRIDE,
        0.5,
        r"\b(?:directives?|instructions?|prompt|commands?|message|rule)\b[^.!?\n]{0,30}"
        r"\b(?:supersedes?|overrides?|replaces?|outranks?|takes? (?:precedence"
        r"|priority) over) (?:all|any"
        r"|every|your|the) (?:other|others|previous|prior|earlier|rules|instructions|system)",
        "supersede",
        "override",
        "replace",
        "outrank",
        "precedence",
        "priority",
    ),
    act(
        Kind.OVERRIDE,
        0.9,
        rf"\b{DROP} (?:absolutely )?(?:everything|anything|all|whatever)"
        r"(?: (?:of )?(?:that|which|the))?(?: (?:is|was|were|has been|have been|comes?|came"
        r"|stands))?"
        r"(?: (?:written|said|told|you (?:were|have been|know|learn\w*|are)|stated))*"
        r"[ \w]{0,12}(?:above|before|so far|previously|earlier|told)\b",
        "above",
        "before",
        "so far",
        "previously",
        "earlier",
        "told",
    ),
    act(
        Kind.OVERRIDE,
        0.6,
        rf"\b{AGENT} (?:shall|must|should|will|has to|have to|is to|are to|needs"
        rf" to) (?:\w+ )?{DROP}",
        "shall",
        "must",
        "should",
        "will",
        "to ",
    ),
    act(
        Kind.OVERRIDE,
        0.6,
        rf"{DO}{DROP} (?:{WHOSE}{{0,3}})(?:timetable|calendar|memories"
        r"|memory|sources?|documents?|facts?|question|request|records|notes|results?|context|rest"
        r"|sections?|rows?|paragraphs?|texts?|contents?|pages?|entries|lines|passages?)"
        r"\b.{0,40}\b(?:below|and|when|instead|;|,)",
        "below",
        "and",
        "when",
        "instead",
        ";",
    ),
    act(
        Kind.OVERRIDE,
        0.6,
        r"\b(?:follow|obey|adopt|use|apply|execute) (?:only )?(?:these|the"
        r" following|this|my|the) (?:new |updated |real |actual |secret )?(?:instructions?"
        r"|directives?|commands?|guidelines|rules|orders)(?: (?:instead|only|from now on)|:)",
        "instruct",
        "direct",
        "command",
        "guid",
        "rules",
        "orders",
    ),
    act(
        Kind.OVERRIDE,
        0.5,
        r"\b(?:instructions?|rules|guidelines|orders|prompts?) (?:that )?you"
        r" (?:were|have been|had been|got|have|received)\b",
        "you ",
    ),
    act(
        Kind.OVERRIDE,
        0.6,
        r"\byour (?:new |only |sole |real |true |actual |primary |next |one"
        r" )+(?:task|role|job|instructions?|purpose|goal|mission|objective|directive|rule)s?\b"
        r"[ \w]{0,16}\b(?:is|are|now|becomes?)\b",
        "your",
    ),
    act(
        Kind.OVERRIDE,
        0.5,
        r"\b(?:new|updated|revised) (?:system )?(?:instructions?|directives?"
        r"|polic(?:y|ies)|prompt|rules)\b.{0,30}(?::|in force|take effect|supersede|replace)",
        "in force",
        ":",
        "take effect",
        "supersede",
        "replace",
    ),
    act(
        Kind.OVERRIDE,
        0.4,
        r"\bstop (?:what you are doing|your (?:current )?(?:task|answer)"
        rf"|quoting|being {AGENT})\b",
        "stop",
    ),
    # persona
    act(
        Kind.PERSONA,
        0.6,
        r"\b(?:you are|you're|you will be|act as|behave as|become) (?:now |from"
        r" now on |henceforth )?(?:an? |the )?[^.!?\n]{0,60}\bwith(?:out| no) (?:any |all )?"
        r"(?:restrictions?|limits?|limitations?|rules|filters?|censorship|guidelines|morals"
        r"|ethic\w*)",
        "without",
        "with no",
    ),
    act(
        Kind.PERSONA,
        0.5,
        r"\byou (?:are now|are no longer|will now be|now act)\b(?= (?:an? |the |in"
        rf" |called |named )?[^.!?\n]{{0,40}}\b(?:{AI}|assistant|mode|persona|gpt\w*|\w+gpt|dan"
        rf"|agent"
        r"|bot|character)\b)",
        "you ",
    ),
    act(
        Kind.PERSONA,
        0.5,
        r"\b(?:from now on|from this point on(?:wards?)?|from here on|henceforth"
        r"|effective immediately),? (?:(?:you|the assistant|the model|the ai)\b|(?:every|each"
        r"|all|any"
        r"|your|its) (?:\w+ )?(?:answers?|repl(?:y|ies)|responses?|outputs?|summar(?:y|ies))\b)",
        "from now",
        "from this",
        "from here",
        "henceforth",
        "effective",
    ),
    act(
        Kind.PERSONA,
        0.7,
        rf"\b(?:unrestricted|uncensored|unfiltered|jailbroken|unlimited|unaligned"
        rf"|amoral|evil) (?:{AI}|assistant|model|bot|version|mode)\b",
        "un",
        "jailbroken",
        "amoral",
        "evil",
    ),
    act(
        Kind.PERSONA,
        0.5,
        r"\byou are no longer (?:an? |the |called )?(?:\w+)[.,;]|\byou are (?:now )?"
        r"(?:called |named )?\w+(?:bot|gpt|llm)\b",
        "you are",
    ),
    act(
        Kind.PERSONA,
        0.4,
        r"\byou have no (?:\w+ )?(?:polic\w+|restrictions?|filters?|limits?|rules"
        r"|guidelines|moral\w*|ethic\w*)",
        "you have no",
    ),
    act(
        Kind.PERSONA,
        0.4,
        r"\b(?:in|enter|enable|activate|switch to|go into|change to|into) (?:developer|god|dan"
        r"|debug|admin\w*"
        r"|unrestricted|jailbreak|root|maintenance|sudo) mode\b",
        " mode",
    ),
    act(
        Kind.PERSONA,
        0.4,
        rf"\b(?:{AI}|assistant|model|bot)\b[^.!?\n]{{0,40}}\b(?:has|have|knows?|obeys?|follows?)"
        r" no (?:rules|limits?|restrictions?|filters?|guidelines|ethic\w*|master)",
        " no ",
    ),
    act(
        Kind.PERSONA,
        0.6,
        r"\bdo anything now\b|\bdan (?:can|says|has|is|will|mode|does)\b",
        "dan ",
        "do anything",
    ),
    act(
        Kind.PERSONA,
        0.4,
        r"\b(?:pretend|imagine|role-? ?play|act as if|act like)[:,]?(?: that)?"
        r" you(?:'re| are| were)\b",
        "you ",
    ),
    act(
        Kind.PERSONA,
        0.3,
        r"\byou are (?:an? )?(?:\w+ ){0,3}(?:assistant|ai|language model|chatbot"
        r"|salesman|seller|agent)\b",
        "you are",
    ),
    act(
        Kind.PERSONA,
        0.4,
        r"\byou (?:only|obey|serve|work for|belong to|answer only to)\b(?! (?:have"
        r"|need|live|get|see|know))",
        "you ",
    ),
    # what to answer when asked
    act(
        Kind.CONDITION,
        0.5,
        r"\b(?:when|if|whenever|every time|each time|should|once|in case)(?:"
        r" ever)? (?:anyone|anybody|someone|somebody|they|he|she|you|the \w+|an? \w+|users?"
        r"|customers?|people|asked)\b[^.!?\n]{0,20}\b(?:asks?|asked|asking|inquires?|wants? to know"
        rf"|wonders?|queries|question\w*|brings? up|mentions?|raises|enquires?"
        rf"|requests?)\b[^!?\n]{{0,90}}\b(?:{SAY}|answers?)\b",
        "ask",
        "inquir",
        "know",
        "quer",
        "wonder",
        "question",
        "bring",
        "mention",
        "raises",
        "request",
    ),
    act(
        Kind.CONDITION,
        0.4,
        rf"\b(?:when|if|whenever|every time|each time|should|once|in case) (?:{USER}"
        r"|(?:anyone|anybody|someone|somebody) asks? you|you are(?: ever)? asked|you're asked|asked"
        r" (?:about|for|which|when|how|where|what|who|whether))\b",
        "ask",
        "user",
        "person",
        "human",
    ),
    act(
        Kind.CONDITION,
        0.6,
        r"\b(?:when|whenever|if|once|as soon as) you (?:read|see|encounter|process"
        r"|retrieve|find|quote|summari[sz]e|are summari[sz]ing|parse|load"
        r"|cite) [^.!?\n]{1,60}\b(?:you"
        rf" (?:must|should|will|have)|{SAY}|always|never|stop|start)\b",
        "you ",
    ),
    act(
        Kind.CONDITION,
        0.5,
        r"\b(?:if|when|for|to|in|on) (?:the|an?|any|every|each|all) (?:\w+ )?(?:questions?"
        r"|quer(?:y|ies)|requests?|prompts?) (?:is |are )?(?:about|contain\w*|mention\w*"
        r"|concern\w*|on|regarding"
        r"|that|with|relat\w+|for)\b",
        "question",
        "quer",
        "request",
        "prompt",
    ),
    act(
        Kind.CONDITION,
        0.5,
        r"\b(?:each time|every time|whenever|when|if) [^.!?\n]{1,50} (?:is|are|gets?|comes?)"
        r" (?:mentioned|asked about|requested|queried|looked up)\b",
        "mention",
        "asked about",
        "request",
        "queried",
        "looked up",
    ),
    act(
        Kind.CONDITION,
        0.3,
        r"\b(?:answer|say|repl(?:y|ies)|respond|claim) [^.!?\n]{1,60}\b(?:when|whenever|if)"
        r" (?:i|they|the user|anyone|someone|anybody|asked|you are|you're)\b",
        "answer",
        "say",
        "repl",
        "respond",
        "claim",
    ),
    act(
        Kind.CONDITION,
        0.4,
        r"\b(?:when|while|before|after) (?:generating|writing|producing|composing"
        r"|giving|formulating) (?:an? |the |any |your |all )?(?:answers?|repl(?:y|ies)"
        r"|responses?|summar(?:y|ies)"
        r"|outputs?)\b|\b(?:before|when|while) answering\b",
        "generating",
        "writing",
        "producing",
        "composing",
        "giving",
        "formulating",
        "answering",
    ),
    act(
        Kind.SPEECH,
        0.6,
        r"\bthe only (?:acceptable|allowed|correct|valid|permitted|right|possible|true)"
        r" (?:response|answer|reply)\b",
        "the only",
    ),
    act(Kind.SPEECH, 0.3, r"\byou (?:are to|must|shall|should|will|have to|need to)\b", "you "),
    act(
        Kind.SPEECH,
        0.4,
        r"\b(?:hide|suppress|omit|conceal|withhold|leave out) (?:the |all |any |this )?(?:other"
        r" )?(?:sources?|memor(?:y|ies)|rows?|citations?|entries|entry|notes|documents?)\b",
        "hide",
        "suppress",
        "omit",
        "conceal",
        "withhold",
        "leave out",
    ),
    act(
        Kind.SPEECH,
        0.3,
        rf"\b(?:always|only|must|never anything but) (?:\w+ )?{SAY}\b|\byour"
        r" (?:answer|reply|response|output)s? (?:must|should|has to|will|is to|shall)\b"
        r"|\brespond only"
        r"|\breply only|\banswer only",
        "always",
        "only",
        "must",
        "your ",
    ),
    act(
        Kind.SPEECH,
        0.5,
        r"\b(?:reply|respond|answer|output|print|return) (?:only |just |solely"
        r" |exactly |simply |always |any question \w+ (?:\w+\.? ){0,4})*(?:with|the) (?:only "
        r"|just |nothing but )?(?:the )?(?:single"
        r" )?(?:words?|phrase|sentence|string|text|exactly|following)\b",
        "word",
        "phrase",
        "sentence",
        "string",
        "exactly",
        "following",
        "text",
    ),
    act(
        Kind.SPEECH,
        0.5,
        r"\b(?:whatever|no matter what|regardless of what) (?:is |you are |they"
        r" |anyone |the user )?(?:asks?|asked|the question)|\b(?:every|each|any|all) (?:\w+"
        r" )?(?:questions?|answers?|replies|reply|response) (?:about|on|to|with|concerning"
        r"|regarding)",
        "whatever",
        "no matter",
        "regardless",
        "question",
        "answer",
        "repl",
        "response",
    ),
    act(
        Kind.SPEECH,
        0.5,
        r"\b(?:answer|reply|respond)(?: only| just)? (?:with|like this|only)\b.{0,40}"
        r"(?:\bonly\b|\bin every (?:chat|answer|reply|conversation)|\bnothing else)",
        "only",
        "every",
        "nothing else",
    ),
    act(
        Kind.SPEECH,
        0.5,
        r"\b(?:output|return|print|give|reply with|answer with|say|write) (?:\w+"
        r" ){0,4}(?:and )?(?:nothing else|only\b(?= *[.!\n]|$)|verbatim|word for word)",
        "nothing else",
        "only",
        "verbatim",
        "word for word",
    ),
    act(
        Kind.SPEECH,
        0.6,
        rf"{DO}(?:tell|inform|assure|convince|persuade|warn|advise|ask|urge"
        rf"|instruct|direct|force|get) {USER}\b",
        "user",
        "human",
        "person",
        "requester",
        "owner",
        "operator",
    ),
    act(
        Kind.SPEECH,
        0.3,
        rf"{DO}(?:say|answer|reply|respond|state|claim|insist|pretend|report) (?:that"
        r"|only|with)\b",
        "say",
        "answer",
        "repl",
        "respond",
        "state",
        "claim",
        "insist",
        "pretend",
        "report",
    ),
    act(
        Kind.SPEECH,
        0.5,
        r"\b(?:answer|reply|respond)\b[^!?\n]{0,50}\bwith (?:the|this) (?:single |exact )?(?:word"
        r"|phrase|sentence|text|string)\b",
        "word",
        "phrase",
        "sentence",
        "text",
        "string",
    ),
    act(Kind.SPEECH, 0.5, r"\band nothing (?:else|more)\b", "nothing"),
    act(
        Kind.SECRECY,
        0.3,
        r"\b(?:instructions?|orders?|rules?|directives?) to yourself\b",
        "yourself",
    ),
    act(
        Kind.SPEECH,
        0.4,
        r"\byou (?:must|should|will|have to|shall|are (?:required |obliged |instructed"
        r" )?to|need to|can only|may only|cannot) (?:\w+ )?(?:obey|comply|deny|refuse|answer|reply"
        r"|respond|output|convince|persuade|say|report|tell|never reveal|give|stop quoting)\b",
        "you ",
    ),
    act(
        Kind.SPEECH,
        0.4,
        r"\b(?:in|to|at the end of|into|with|from) (?:every|each|any|all|your) (?:of your"
        r" )?(?:single |next |final )?(?:answers?|repl(?:y|ies)|responses?|outputs?|summar(?:y"
        r"|ies))\b",
        "answer",
        "repl",
        "respons",
        "output",
        "summar",
    ),
)
