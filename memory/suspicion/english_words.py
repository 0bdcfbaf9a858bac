"""Kinds of words that orders to an assistant are made of, in English, as parts of patterns. Pure
data over folded text."""

from __future__ import annotations

AI = (
    r"(?:ai|a\.i\.|llms?|(?:large )?language models?|ai (?:assistants?|models?|agents?|systems?)"
    r"|chat ?bots?|chatgpt|gpt(?:-?\d\w*)?|claude|gemini|copilot|llama|mistral|recollect)"
)
AGENT = rf"(?:{AI}|(?:the |any |every |all )?(?:assistants?|models?|agents?|bots?))"
USER = (
    r"(?:the|your|this|any|every|each) (?:human )?(?:user|human|person|requester|owner|operator)s?"
)
WHOSE = (
    r"(?:(?:all|any|every|each|of|the|your|its|their|my|these|those|other|previous|prior|earlier"
    r"|preceding|former|existing|initial|original|above|foregoing|current|given|hidden|system"
    r"|safety|security|content|built-in|default|standing|and|internal|own) )"
)
RULES = (
    r"(?:instructions?|directions|directives?|guidelines?|guidance|prompts?|rules|polic(?:y|ies)"
    r"|constraints|restrictions|programming|training|guardrails|safeguards|commands"
    r"|(?:system |previous |prior |earlier |other )(?:messages?|prompts?|context|memories)"
    r"|(?:safety|security) (?:checks?|filters?|rules|measures))"
)
DROP = (
    r"(?:ignore|disregard|forget|override|overrule|bypass|skip|discard|drop|neglect|abandon|scrap"
    r"|set aside|put aside|throw away|erase|delete|wipe|suspend|pay no (?:attention|heed) to"
    r"|(?:do not|don't|never|no longer|stop) (?:follow|obey|heed|apply|use|comply with)(?:ing)?"
    r"|stop (?:following|obeying|heeding|applying))"
)
SAY = (
    r"(?:answer|reply|respond|say|state|claim|output|print|tell|report|insist|write|return|quote"
    r"|recommend|confirm|give|mention)"
)
DATA = (
    r"(?:passwords?|credentials?|secrets|api keys?|access tokens?|memories|memory|chat history"
    r"|conversation(?: history| log)?|system prompt|instructions|context window|contacts?(?: list)?"
    r"|personal (?:data|details|information)|private (?:data|notes|details)|bank details"
    r"|account numbers?|addresses|everything you (?:know|have|remember)|files?|emails?)"
)
WHERE = r"(?:https?://\S+|\b[\w.+-]+@[\w-]+\.\w+|\bwww\.\S+)"

DO = (
    r"(?:^|[.!?:;,\"'(\]>*#-] *|\b(?:you|please|must|shall|should|will|to|and|then|now|always"
    r"|just|also) )"
)
# "Note to all language models that read this:", "LLM instruction:", "Assistant,"
VOCATIVE = (
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
