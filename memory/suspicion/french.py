"""Speech acts in French that address an assistant. Patterns over folded text. Pure data.

What they look for is told in ``memory.suspicion.english``.
"""

from __future__ import annotations

from memory.suspicion.kinds import Act, Kind, act

_AI = r"(?:ia|assistant|modèle(?: de langage)?|chatbot|robot|recollect)"
_USER = r"(?:l'utilisateur|l'utilisatrice|aux? utilisateurs?|à la personne|cette personne)"
_RULES = (
    r"(?:instructions?|consignes?|règles?|directives?|ordres?|messages?|restrictions?|souvenirs)"
)
_OLD = r"(?:(?:précédente?s?|antérieure?s?|ci-dessus|initiales?|d'avant|reçue?s|données)\b)"

ACTS: tuple[Act, ...] = (
    act(
        Kind.OVERRIDE,
        1.0,
        rf"\b(?:ignore[rz]?|oublie[rz]?|néglige[rz]?|ne (?:suis|respecte|tiens) (?:plus|pas"
        rf"))\b[^.!?\n]{{0,12}} (?:toutes? |tous |tes |vos |les |ces "
        rf"|compte des )+{_RULES} {_OLD}"
        rf"|\b(?:ignore|oublie|néglige|contourne) (?:toutes? |tous )?(?:tes|vos) {_RULES}\b",
        "ignore",
        "oubli",
        "néglige",
        "ne suis",
        "ne respecte",
        "ne tiens",
        "contourne",
    ),
    act(
        Kind.OVERRIDE,
        0.9,
        r"\b(?:ignore|oublie)[rz]? (?:tout )?ce qui (?:précède|a été dit)|\b(?:ignore|"
        r"oublie)[rz]? tout ce que (?:tu|l'on|on)",
        "ignore",
        "oubli",
    ),
    act(
        Kind.PERSONA,
        0.5,
        rf"\btu es (?:maintenant|désormais|à présent)?[^.!?\n]{{0,30}}\b(?:{_AI}|mode)\b",
        "tu es",
    ),
    act(
        Kind.PERSONA,
        0.5,
        r"\b(?:à partir de maintenant|désormais|dorénavant),? (?:tu|vous|réponds"
        r"|l'assistant)\b",
        "partir de maintenant",
        "désormais",
        "dorénavant",
    ),
    act(
        Kind.PERSONA,
        0.4,
        r"\bsans (?:aucune?|la moindre) (?:limite|restriction|règle|censure|filtre)",
        "sans",
    ),
    act(
        Kind.CONDITION,
        0.5,
        r"\b(?:quand|si|lorsque?|chaque fois qu)[^.!?\n]{0,40}\b(?:demande|demandent"
        r"|interroge|pose la question)\b[^.!?\n]{0,80}\b(?:réponds|répondez|dis|dites|affirme"
        r"|répondre"
        r"|prétends)\b",
        "demand",
        "interroge",
        "question",
    ),
    act(
        Kind.CONDITION,
        0.4,
        r"\b(?:quand|si|lorsque?|chaque fois que?) ?(?:l'utilisateur|on te|quelqu'un"
        r" te)\b",
        "utilisateur",
        "on te",
        "un te",
    ),
    act(
        Kind.SPEECH,
        0.4,
        r"\b(?:réponds|répondez|dis|affirme) (?:toujours|uniquement|seulement"
        r"|exclusivement|par)\b",
        "toujours",
        "uniquement",
        "seulement",
        "exclusivement",
        "par",
    ),
    act(
        Kind.SPEECH,
        0.6,
        rf"\b(?:dis|dites|explique|assure|conseille|recommande|demande"
        rf"|fais croire) (?:à )?{_USER}",
        "utilisat",
        "personne",
    ),
    act(
        Kind.SPEECH,
        0.4,
        r"\b(?:tu dois|il faut que tu|vous devez)\b[^.!?\n]{0,30}\b(?:répondre|dire"
        r"|affirmer|obéir|refuser|envoyer|prétendre|recommander)\b",
        "dois",
        "faut",
        "devez",
    ),
    act(
        Kind.SPEECH,
        0.3,
        r"\bdans (?:chaque|toutes? tes|chacune de tes|ta|tes) réponses?",
        "réponse",
    ),
    act(
        Kind.SECRECY,
        0.9,
        rf"\bne (?:le |la |les )?(?:dis|dites|révèle[sz]?|mentionne[sz]?|montre[sz]?|parle[sz]?)"
        rf"\b[^.!?\n]{{0,50}}{_USER}",
        "utilisat",
        "personne",
    ),
    act(
        Kind.SECRECY,
        0.5,
        r"\bne (?:révèle|mentionne|cite|répète) (?:jamais|pas) (?:ces|cette|ce)"
        r" (?:instruction|consigne|message|note|règle)s?|\bgarde (?:ces|cette) (?:instruction"
        r"|consigne)s?"
        r" (?:secrète|pour toi)",
        "instruction",
        "consigne",
        "message",
        "note",
        "règle",
    ),
    act(
        Kind.EXFILTRATION,
        0.8,
        r"\b(?:envoie|envoyer|envoyez|transmets|transmettre|poste|publie|transfère)"
        r"\b[^.!?\n]{0,60}\b(?:mots? de passe|souvenirs|historique|identifiants|conversation"
        r"|données"
        r" personnelles|tout ce que tu)\b[^\n]{0,60}(?:https?://|@|www\.)",
        "@",
        "http",
        "www.",
    ),
    act(
        Kind.EXFILTRATION,
        1.0,
        r"\b(?:révèle|affiche|montre|répète|donne)\b[^.!?\n]{0,30}\b(?:ton prompt"
        r"|ton message système|tes instructions)",
        "prompt",
        "instructions",
        "système",
    ),
    act(
        Kind.TOOL,
        0.7,
        r"\b(?:appelle|utilise|exécute|lance)\b[^.!?\n]{0,20}\b(?:l'outil|ton outil|la"
        r" fonction|ta fonction|ton navigateur)\b",
        "outil",
        "fonction",
        "navigateur",
    ),
    act(
        Kind.ADDRESS,
        0.5,
        rf"(?:^|[\[(*#:>.!] *)(?:note|message|consigne|attention|instructions?)?(?: ?à| ?pour)?"
        rf"(?: l'| toute | les | le )? ?{_AI} ?[,:!]",
        ":",
        ",",
        "!",
    ),
    act(
        Kind.ADDRESS,
        0.5,
        rf"\b(?:l'|le ){_AI} (?:doit|devra|est (?:tenu|prié) de)\b",
        "doit",
        "devra",
        "est ",
    ),
    act(
        Kind.RANK,
        0.8,
        r"\b(?:fais|faites) confiance (?:uniquement |seulement )?à (?:ce souvenir|cette"
        r" note|ce texte|ce document)",
        "confiance",
    ),
)
