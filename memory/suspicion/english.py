"""Speech acts in English that address an assistant. Patterns over folded text. Pure data.

No single word is enough: each pattern is an act (override, dictate an answer, swear to secrecy, ask
for data) towards what only an assistant has: instructions, memories, users, tools, answers.
Weights of different acts add up; ordinary orders to people stay far below 1.
"""

from __future__ import annotations

from memory.suspicion.kinds import Act, Kind, act

AI = (
    r"(?:ai|a\.i\.|llms?|(?:large )?language models?|ai (?:assistants?|models?|agents?|systems?)"
    r"|chat ?bots?|chatgpt|gpt(?:-?\d\w*)?|claude|gemini|copilot|llama|mistral|recollect)"
)
AGENT = rf"(?:{AI}|(?:the |any |every |all )?(?:assistants?|models?|agents?|bots?))"
USER = (
    r"(?:the|your|this|any|every|each) (?:human )?(?:user|human|person|requester|owner|operator)s?"
)
_WHOSE = (
    r"(?:(?:all|any|every|each|of|the|your|its|their|my|these|those|other|previous|prior|earlier"
    r"|preceding|former|existing|initial|original|above|foregoing|current|given|hidden|system"
    r"|safety|security|content|built-in|default|standing|and|internal|own) )"
)
_RULES = (
    r"(?:instructions?|directions|directives?|guidelines?|guidance|prompts?|rules|polic(?:y|ies)"
    r"|constraints|restrictions|programming|training|guardrails|safeguards|commands"
    r"|(?:system |previous |prior |earlier |other )(?:messages?|prompts?|context|memories)"
    r"|(?:safety|security) (?:checks?|filters?|rules|measures))"
)
_DROP = (
    r"(?:ignore|disregard|forget|override|overrule|bypass|skip|discard|drop|neglect|abandon|scrap"
    r"|set aside|put aside|throw away|erase|delete|wipe|suspend|pay no (?:attention|heed) to"
    r"|(?:do not|don't|never|no longer|stop) (?:follow|obey|heed|apply|use|comply with)(?:ing)?"
    r"|stop (?:following|obeying|heeding|applying))"
)
_SAY = (
    r"(?:answer|reply|respond|say|state|claim|output|print|tell|report|insist|write|return|quote"
    r"|recommend|confirm|give|mention)"
)
_DATA = (
    r"(?:passwords?|credentials?|secrets|api keys?|access tokens?|memories|memory|chat history"
    r"|conversation(?: history| log)?|system prompt|instructions|context window|contacts?(?: list)?"
    r"|personal (?:data|details|information)|private (?:data|notes|details)|bank details"
    r"|account numbers?|addresses|everything you (?:know|have|remember)|files?|emails?)"
)
_WHERE = r"(?:https?://\S+|\b[\w.+-]+@[\w-]+\.\w+|\bwww\.\S+)"

_DO = (
    r"(?:^|[.!?:;,\"'(\]>*#-] *|\b(?:you|please|must|shall|should|will|to|and|then|now|always"
    r"|just|also) )"
)
# "Note to all language models that read this:", "LLM instruction:", "Assistant,"
_VOCATIVE = (
    rf"(?:^|[^\w\s,] *|[,;] ?[\"'] *|\n *)(?:(?:note|attention|message|instructions?|hint|memo"
    rf"|directive"
    rf"|order|reminder|comment|request|todo|dear|hey|hello|to|for|only)[,:]? )?(?:to |for "
    rf"|of )?(?:all |any |the"
    rf" |every |each )?(?:{AI}|(?:(?<=dear )|(?<=hey )|(?<=to the )|(?<=for the )|(?<=to )"
    rf"|(?<=for ))assistants?"
    rf"|assistant(?=,))(?: (?:assistants?|models?|agents?|systems?|instructions?|notes?"
    rf"|only))?(?: (?:that|which|who"
    rf"|reading|about|parsing|processing|working)(?: \w+){{1,8}})?"
)

ACTS: tuple[Act, ...] = (
    # override
    act(
        Kind.OVERRIDE,
        1.0,
        rf"\b{_DROP} (?:{_WHOSE}{{2,6}}|(?:your|previous|prior|earlier|existing"
        rf"|system|other) ){_RULES}\b",
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
        rf"\b{_DROP} (?:all |any |the |whatever |those |every )*{_RULES} (?:(?:that"
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
        rf"\b{_RULES} (?:that (?:were|have been) )?(?:given|issued|told|taught) to you\b",
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
        rf"\b{_DROP} (?:absolutely )?(?:everything|anything|all|whatever)"
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
        rf" to) (?:\w+ )?{_DROP}",
        "shall",
        "must",
        "should",
        "will",
        "to ",
    ),
    act(
        Kind.OVERRIDE,
        0.6,
        rf"{_DO}{_DROP} (?:{_WHOSE}{{0,3}})(?:timetable|calendar|memories"
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
        rf"|requests?)\b[^!?\n]{{0,90}}\b(?:{_SAY}|answers?)\b",
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
        rf" (?:must|should|will|have)|{_SAY}|always|never|stop|start)\b",
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
        rf"\b(?:always|only|must|never anything but) (?:\w+ )?{_SAY}\b|\byour"
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
        rf"{_DO}(?:tell|inform|assure|convince|persuade|warn|advise|ask|urge"
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
        rf"{_DO}(?:say|answer|reply|respond|state|claim|insist|pretend|report) (?:that"
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
    # secrecy
    act(
        Kind.SECRECY,
        0.7,
        r"\b(?:do not|don't|never|must not|without|you may not|avoid) (?:ever )?"
        r"(?:tell(?:ing)?|mention(?:ing)?|reveal(?:ing)?|disclos(?:e|ing)|inform(?:ing)?"
        r"|show(?:ing)?"
        rf"|let(?:ting)?|alert(?:ing)?|notify(?:ing)?|admit(?:ting)?)\b[^.!?\n]{{0,50}}\b{USER}\b",
        "user",
        "human",
        "person",
        "requester",
        "owner",
        "operator",
    ),
    act(
        Kind.SECRECY,
        0.3,
        rf"(?:^|[.!?:;] *)(?:(?:do not|don't|never) (?:tell|inform|let|alert)|without"
        rf" (?:telling|informing|alerting|asking)) {USER}\b",
        "user",
        "human",
        "person",
        "owner",
    ),
    act(
        Kind.SECRECY,
        0.7,
        r"\b(?:keep|treat) (?:this|these|the) (?:instructions?|orders?|rules?"
        r"|prompts?|directives?|commands?) (?:\w+ )?(?:secret|hidden|confidential|to yourself)",
        "secret",
        "hidden",
        "confidential",
        "yourself",
    ),
    act(
        Kind.SECRECY,
        0.5,
        r"\b(?:do not|don't|never) (?:reveal|mention|disclose|quote|repeat|cite)"
        r" (?:it|this|them|these|that you)\b[^.!?\n]{0,30}(?:answers?|repl|respons|output"
        r"|instruction"
        r"|message|note|prompt)",
        "answer",
        "repl",
        "respons",
        "output",
        "instruct",
        "message",
        "note",
        "prompt",
    ),
    # data
    act(
        Kind.EXFILTRATION,
        0.6,
        rf"\b(?:send|post|upload|forward|transmit|e-?mail|submit|leak"
        rf"|exfiltrate|deliver|copy|export|report)\b[^.!?\n]{{0,80}}\b{_DATA}\b[^\n]{{0,60}}\bto"
        rf" {_WHERE}",
        "@",
        "http",
        "www.",
    ),
    act(
        Kind.EXFILTRATION,
        0.5,
        rf"\b(?:collect|gather|extract|list|find|search|read|harvest|dump"
        rf"|append|include|insert|add|encode|embed|attach|put)\b[^.!?\n]{{0,60}}\b(?:{USER}'s?"
        rf"|your)"
        rf" [^.!?\n]{{0,30}}\b{_DATA}|\b(?:collect|gather|extract|harvest|dump)\b[^.!?\n]{{0,40}}"
        rf"\b{_DATA} [^.!?\n]{{0,20}}\b(?:in|from) (?:the |your |its )?(?:memor|chat|context"
        rf"|conversat)",
        "user",
        "your",
        "memor",
        "chat",
        "context",
        "conversat",
        "person",
        "owner",
    ),
    act(
        Kind.EXFILTRATION,
        1.0,
        r"\b(?:reveal|print|output|repeat|show|display|leak|send|share|recite"
        r"|post|disclose|expose)(?: me| us)?\b[^.!?\n]{0,60}\b(?:your|the) (?:(?:system|initial"
        r"|hidden"
        r"|original|secret|full|entire|complete) )*(?:system prompt|initial instructions|hidden"
        r" instructions|prompt above|instructions above)",
        "prompt",
        "instructions",
    ),
    act(
        Kind.EXFILTRATION,
        0.4,
        r"\b(?:complete|entire|full|whole|all) (?:conversation|chat)"
        r" (?:history|log)\b|\bin (?:the|your) memor(?:y|ies)\b|\b(?:from|of) (?:your"
        r"|its) memor(?:y"
        r"|ies)\b|\busers?'s? (?:address|data|password|bank|account|name|location|email)",
        "memor",
        "histor",
        "log",
        "user",
    ),
    act(
        Kind.EXFILTRATION,
        0.5,
        rf"\b(?:send|e?-?mail|post|forward|upload|transmit|submit) (?:it|them|this"
        rf"|everything|all of (?:it|them)|the result|your answer"
        rf"|a copy)\b[^\n]{{0,40}}\bto {_WHERE}",
        "@",
        "http",
        "www.",
    ),
    act(
        Kind.EXFILTRATION,
        0.6,
        r"\b(?:put|place|insert|write|encode|append|add|embed|paste)\b[^.!?\n]"
        r"{0,60}\b(?:into|in|to|onto) (?:the|this|an?) (?:url|link|query|address bar|image)\b",
        "url",
        "link",
        "query",
        "image",
    ),
    act(
        Kind.EXFILTRATION,
        0.5,
        r"\b(?:everything|all|anything|whatever|what) (?:that )?you (?:know|remember"
        r"|have stored|have learnt|have learned|store) (?:about|on|of)\b|\b(?:stored|saved|kept"
        r"|remembered)"
        rf" (?:for|about|of) (?:{USER}|me)\b",
        "you know",
        "remember",
        "stored",
        "you have",
        "saved",
        "kept",
        "you store",
    ),
    # tools
    act(
        Kind.TOOL,
        0.9,
        r"\b(?:call|use|invoke|run|execute|trigger|activate) (?:the |your |a |any )?"
        r"(?:(?:tool|function|plugin|api|action|command) [`\"']?\w*_\w+"
        r"|[`\"']?\w+_\w+[`\"']? (?:tool"
        r"|function|plugin|api|action|command))",
        "_",
    ),
    act(
        Kind.TOOL,
        1.0,
        r"\byour (?:web[ -]?search|search|browser|browsing|e-?mail|code|shell|file\w*|memory"
        r"|calendar|payment|python)[ -](?:tools?|functions?|plugins?|access)\b",
        "your ",
    ),
    act(
        Kind.TOOL,
        0.7,
        r"\b(?:call|use|invoke|run|execute|trigger|with|using|through"
        r"|via) your (?:\w+ ){0,3}(?:tools?"
        r"|functions?|plugins?|abilit(?:y|ies)|capabilit(?:y|ies)|browser|shell|terminal)\b",
        "your",
    ),
    act(
        Kind.TOOL,
        1.0,
        r"<\|?/?(?:tool_call|function_call|tool_use|function_calls|invoke|tool_code)"
        r"\b|\[tool_calls?\]|\"(?:tool_calls?|function_call)\" *:",
        "tool",
        "function",
        "invoke",
    ),
    act(
        Kind.TOOL,
        0.5,
        r"\"name\" *: *\"\w+\" *, *\"(?:arguments|parameters|input)\" *: *\{",
        '"name"',
    ),
    act(
        Kind.SPEECH,
        0.5,
        r"\b(?:before|after|while|instead of) (?:you )?(?:answer|reply|respond"
        r"|answering|replying|responding)\b",
        "before",
        "after",
        "while",
        "instead",
    ),
    # links
    act(
        Kind.LINK,
        0.7,
        r"\b(?:open|visit|click|follow|fetch|browse|go to|load|read) [^.!?\n]{0,20}"
        rf"(?:{_WHERE}|links?|url|pages?|site)\b.{{0,60}}\b(?:follow|do|execute|obey"
        rf"|carry out) (?:all"
        r" |any )?(?:the |its )?(?:instructions?|commands?|orders|steps)",
        "instruct",
        "command",
        "orders",
        "steps",
    ),
    act(
        Kind.LINK,
        0.7,
        rf"\b(?:open|visit|follow|fetch|browse|go to|load|read|get) [^.!?\n]{{0,20}}{_WHERE}"
        r"[^\n]{0,20}\b(?:do|follow|execute|obey|apply) (?:what|whatever|all that|everything)",
        "http",
        "www.",
        "@",
    ),
    act(
        Kind.LINK,
        0.5,
        rf"{_DO}(?:tell|ask|urge|advise|instruct|direct|convince) {USER} to (?:visit"
        r"|open|click|log|sign|call|pay|enter|download|install|go|buy|send|transfer)",
        "user",
        "human",
        "person",
    ),
    act(
        Kind.LINK,
        0.9,
        r"\b(?:include|insert|add|show|render|embed|display|put|append) (?:this|the"
        r"|that|an?) (?:\w+ )?(?:image|picture|link|url|markdown)\b[^.!?\n]{0,40}\b(?:in|to|into"
        r"|at the"
        r" end of) (?:your|every|each|all|any) ",
        "image",
        "picture",
        "link",
        "url",
        "markdown",
    ),
    act(
        Kind.LINK,
        0.6,
        r"!?\[[^\]\n]*\]\(https?://[^)\s]*[?&][^)\s]*=[^)\s]*(?:insert|your_|user_"
        r"|users_|history|password|secret|\{|%7b|<|\$|conversation|memor|_here)",
        "](",
    ),
    act(Kind.LINK, 0.4, r"\botherwise you (?:cannot|can't|must not|may not)\b", "otherwise you"),
    act(Kind.SPEECH, 0.3, rf"{_DO}say [\"'“]", "say "),
    # who is spoken to
    act(
        Kind.ADDRESS,
        0.5,
        rf"{_VOCATIVE} ?[:,!-]|\b(?:note|hint|message|memo|instructions?|orders?|directives?)"
        rf" (?:to|for) (?:all |any |the |every )?{AI}\b",
        ":",
        ",",
        "!",
        "-",
        "to ",
        "for ",
    ),
    act(
        Kind.ADDRESS,
        0.5,
        rf"{_VOCATIVE} ?[:,!-]+ *[\"']?(?:please )?(?:{_SAY}\b(?! [:=])|you\b|never\b"
        r"|always\b|do not\b|don't\b|delete|insert|ignore|disregard|forget|treat|when\b|if\b"
        r"|send|call|use\b"
        r"|add\b|include|remember|trust|recommend|stop|skip|open|visit|run\b|execute|keep|act\b"
        r"|obey|follow"
        r"|report|state|replace|suppress|hide|rank|prefer|append|steer|pretend|repeat|deny)",
        ":",
        ",",
        "!",
        "-",
    ),
    act(
        Kind.ADDRESS,
        0.5,
        rf"(?:^|[.!?*#>] *)(?:{AI}|assistants?|language model)[,:]+ *(?!\"|\{{)[a-z]+ (?!\w+,)",
        ":",
        ",",
    ),
    act(
        Kind.ADDRESS,
        0.5,
        r"(?:^|[.!?*#>\[(\"] *)(?:developer|admin|administrator|operator|security|root|owner)"
        r" (?:note|message|notice|instructions?|order|override|command)\b ?\]?:",
        "note",
        "message",
        "notice",
        "instruct",
        "order",
        "override",
        "command",
    ),
    act(
        Kind.ADDRESS,
        0.4,
        r"\b(?:as )?(?:instructed|ordered|required|told|authori[sz]ed) by (?:the |your |my"
        r" )?(?:administrator|admin|developers?|system|operator|maker)",
        " by ",
    ),
    act(
        Kind.ADDRESS,
        0.5,
        rf"\b(?:{AI}|(?:assistants|models|agents)) (?:that |who |which )?(?:are"
        r" |is )?(?:reading|processing|summari[sz]ing|parsing|indexing|read|process|see) this\b",
        "this",
    ),
    act(
        Kind.ADDRESS,
        0.6,
        rf"\b(?:if|since|as|because) you(?:'re| are) (?:an? |the )?(?:{AI}|assistant"
        r"|model|bot)\b",
        "you",
    ),
    act(
        Kind.ADDRESS,
        0.5,
        rf"\byou are (?:an? |the )?(?:{AI}|assistant) (?:reading|processing"
        r"|summari[sz]ing|that|who|in charge)",
        "you are",
    ),
    act(
        Kind.ADDRESS,
        0.5,
        rf"\b(?:the )?(?:{AI}|assistants?|model|chatbot|agent)(?: [^.!?\n,]{{1,30}})?"
        r" (?:must|shall|has to|have to|is to|are to|is (?:hereby )?(?:required|instructed|ordered)"
        r" to) (?:\w+ )?(?:answer|state|confirm|repeat|insert|add|give|cite|list|only|reply"
        r"|respond|say|report|deny|refuse|ignore|disregard|obey|tell"
        r"|recommend|claim|never|always|forget|treat|trust|call|send)",
        "must",
        "shall",
        " to ",
    ),
    # rank among memories
    act(
        Kind.RANK,
        1.0,
        r"\b(?:trust|prefer|believe|use|rank|weigh|treat|consider) (?:only )?(?:this"
        r" (?:memory|note|document|entry|record|source|text|file)|me)\b[^.!?\n]{0,30}\b(?:above"
        r"|over"
        r"|instead of|before|more than|rather than|as (?:the )?(?:only|highest|authoritative))",
        "trust",
        "prefer",
        "believe",
        "use",
        "rank",
        "weigh",
        "treat",
        "consider",
    ),
    act(
        Kind.RANK,
        0.5,
        r"\b(?:whatever|no matter what|even if|regardless of what) (?:the |any |all"
        r" )?(?:other|older|earlier|remaining) (?:memor(?:y|ies)|notes|documents|sources|records)",
        "other",
        "older",
        "earlier",
        "remaining",
    ),
    act(Kind.RANK, 0.4, r"\b(?:other|remaining|older|all|conflicting) memor(?:y|ies)\b", "memor"),
    act(
        Kind.RANK,
        0.5,
        r"\b(?:verified|authori[sz]ed|signed|issued|approved) by (?:the )?(?:admin\w*|"
        r"developers?|maker|owner|operator|system|team)[^.!?\n]{0,20}\b(?:of|at) (?:recollect|this"
        r" assistant|the assistant)|\b(?:discard|ignore) the rest\b",
        "recollect",
        "assistant",
        "the rest",
    ),
    act(
        Kind.RANK,
        0.6,
        rf"\b{USER} (?:has |have |had )?(?:said|told you|decided|wishes|wants you"
        r"|ordered|instructed you|agreed|allowed you|authori[sz]ed)\b",
        "user",
        "human",
        "owner",
        "operator",
    ),
    act(
        Kind.RANK,
        0.5,
        r"\b(?:respect|honou?r|obey|follow|execute) (?:this |the |every )?(?:wish|order"
        rf"|command|request|decision|instruction)s? of {USER}",
        "user",
        "human",
        "owner",
    ),
    act(
        Kind.RANK,
        0.6,
        r"\bi (?:have )?(?:updated|changed|adopted|replaced|received) (?:my|new) (?:rules"
        r"|instructions|guidelines|policy|prompt)|\bi will from now on (?:ignore|answer|say|obey"
        r"|always)",
        "my ",
        "new ",
        "from now on",
    ),
)
