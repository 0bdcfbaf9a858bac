"""Speech acts in English that use an assistant for something: to keep a secret, to give data away,
to use tools and links, to trust one memory above others; and those that call it by its name.
Patterns over folded text. Pure data.
"""

from __future__ import annotations

from memory.suspicion.english_words import AI, DATA, DO, SAY, USER, VOCATIVE, WHERE
from memory.suspicion.kinds import Act, Kind, act

ACTS: tuple[Act, ...] = (
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
        rf"|exfiltrate|deliver|copy|export|report)\b[^.!?\n]{{0,80}}\b{DATA}\b[^\n]{{0,60}}\bto"
        rf" {WHERE}",
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
        rf" [^.!?\n]{{0,30}}\b{DATA}|\b(?:collect|gather|extract|harvest|dump)\b[^.!?\n]{{0,40}}"
        rf"\b{DATA} [^.!?\n]{{0,20}}\b(?:in|from) (?:the |your |its )?(?:memor|chat|context"
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
        rf"|a copy)\b[^\n]{{0,40}}\bto {WHERE}",
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
        rf"(?:{WHERE}|links?|url|pages?|site)\b.{{0,60}}\b(?:follow|do|execute|obey"
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
        rf"\b(?:open|visit|follow|fetch|browse|go to|load|read|get) [^.!?\n]{{0,20}}{WHERE}"
        r"[^\n]{0,20}\b(?:do|follow|execute|obey|apply) (?:what|whatever|all that|everything)",
        "http",
        "www.",
        "@",
    ),
    act(
        Kind.LINK,
        0.5,
        rf"{DO}(?:tell|ask|urge|advise|instruct|direct|convince) {USER} to (?:visit"
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
    act(Kind.SPEECH, 0.3, rf"{DO}say [\"'“]", "say "),
    # who is spoken to
    act(
        Kind.ADDRESS,
        0.5,
        rf"{VOCATIVE} ?[:,!-]|\b(?:note|hint|message|memo|instructions?|orders?|directives?)"
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
        rf"{VOCATIVE} ?[:,!-]+ *[\"']?(?:please )?(?:{SAY}\b(?! [:=])|you\b|never\b"
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
