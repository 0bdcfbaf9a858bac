"""Marks that belong to a conversation with a model, not to a text: control signs of chat
templates, headings and prefixes that pose as another role, breaks out of JSON. Pure data.
"""

from __future__ import annotations

from memory.suspicion.kinds import Act, Kind, act

_ROLE = r"(?:system|assistant|user|model|developer|tool|human|function|ai|bot)"

ACTS: tuple[Act, ...] = (
    act(
        Kind.TEMPLATE,
        1.0,
        rf"<\|(?:im_start|start_header_id|start|role|channel|header_start)\|?>? *"
        rf"{_ROLE}\b|<\|(?:system|assistant|user|end_of_role|start_of_role)\|>"
        rf"|<(?:start_of_turn|turn)> *{_ROLE}\b|<\|turn> *{_ROLE}\b"
        rf"|<[|｜](?:user|assistant|system)[|｜]>|<s>\[inst\]|\[/?(?:system_prompt"
        rf"|available_tools)\]",
        "<",
        "[",
    ),
    act(
        Kind.TEMPLATE,
        0.5,
        r"<\|(?:im_end|im_start|eot_id|end_header_id|eom_id|endoftext|end|eot"
        r"|begin_of_text|return|message|call|python_tag|end_of_text|constrain)\|>|<(?:end_of_turn"
        r"|start_of_turn|turn\|)>|<eos>|<bos>|<[|｜](?:begin|end)[^<>\n]{1,24}[|｜]>",
        "<",
    ),
    act(Kind.TEMPLATE, 0.5, r"\[/?inst\]", "inst]"),
    act(Kind.TEMPLATE, 0.5, r"\[/inst\][^\[]*\[inst\]", "[inst]"),
    act(Kind.TEMPLATE, 0.5, r"<</?sys>>", "sys>>"),
    act(Kind.TEMPLATE, 0.5, r"(?:^|\n) *</s>|</s> *(?:<s>|\n)", "</s>"),
    act(Kind.TEMPLATE, 0.6, r"</(?:memories|memory|context|documents?|data|sources?)>", "</"),
    act(Kind.TEMPLATE, 0.4, r"(?:^|\n) *<(?:system|developer)>", "<system>", "<developer>"),
    act(Kind.TEMPLATE, 0.6, r"\A\s*[\"'] *\n? *[}\])]", "}", "]", ")"),
    act(
        Kind.TEMPLATE,
        0.6,
        r"[\"'](?:notes?|instructions?|message|order)_(?:to|for)_(?:the_)?(?:model|ai|llm"
        r"|assistant)"
        r"[\"']",
        "_to_",
        "_for_",
    ),
    act(
        Kind.TEMPLATE,
        0.4,
        r"</?(?:system|think|thinking|instructions?|system-reminder|memory|data"
        r"|context|user_query|assistant)>",
        "<",
    ),
    act(
        Kind.TEMPLATE,
        0.6,
        r"(?:^|\n) *[#=*\[<({-]{2,} *(?:new |begin |start of |end |end of )?system"
        r" *(?:message|prompt|override|instructions?|notice|update|note|command)?\b",
        "system",
    ),
    act(Kind.TEMPLATE, 0.3, r"\bsystem (?:override|prompt)\b ?[:*#\]>-]", "override", "prompt"),
    act(Kind.TEMPLATE, 0.8, r"\[(?:system|assistant|developer)\] *\(#", "](#"),
    act(
        Kind.TEMPLATE,
        0.4,
        r"(?:^|\n) *(?:\[(?=\w+\])|\*\*|#+ *)?(?:system|developer)(?:\]|\*\*)? *(?:message"
        r"|prompt|override)? *(?::|(?<=\])) *(?!ubuntu|windows|linux|macos|debian|fedora|android)",
        "system",
        "developer",
    ),
    act(
        Kind.TEMPLATE,
        0.4,
        r"(?:^|\n) *(?:\*\*|### *|\[)?(?:user|human|person)(?:\*\*|\])? *:.*(?:\n.*){0,3}"
        r"\n *(?:\*\*|### *|\[)?(?:assistant|ai|bot|recollect)(?:\*\*|\])? *:",
        "assistant",
        "ai",
        "bot",
        "recollect",
    ),
    act(
        Kind.TEMPLATE,
        0.7,
        r"[\"'\]}]{2,} *,? *[\"']?(?:role|messages?)[\"']? *: *[\"'\[]",
        "role",
        "message",
    ),
    act(
        Kind.TEMPLATE,
        0.7,
        r"[\"'](?:role)[\"'] *: *[\"'](?:system|developer)[\"'] *, *[\"']content"
        r"[\"'] *: *[\"'](?!you are an? (?:helpful|\w+) assistant\.?[\"'])",
        "role",
    ),
    act(
        Kind.TEMPLATE,
        0.6,
        r"[\"'](?:instructions?|system|system_prompt|directive)[\"'] *: *[\"']\w",
        "instruct",
        "system",
        "directive",
    ),
    act(
        Kind.TEMPLATE,
        0.6,
        r"\b(?:begin|end|start) (?:of )?(?:system|hidden|secret|admin|new)"
        r" (?:message|prompt|instructions?|block)\b",
        "begin",
        "end",
        "start",
    ),
    act(Kind.TEMPLATE, 0.4, r"\b(?:output|return) exactly this (?:json|text|string)", "exactly"),
    act(
        Kind.TEMPLATE,
        0.5,
        r"\bend of (?:the )?(?:memories|documents?|context|data|user input|quotation)"
        r"\b(?=\W*(?:\n|now|new|the|question|system|instructions?))",
        "end of",
    ),
    act(
        Kind.OVERRIDE,
        0.8,
        r"=? *\bignore(?:_| )(?:all(?:_| ))?previous(?:_| )instructions\b",
        "previous",
    ),
)
