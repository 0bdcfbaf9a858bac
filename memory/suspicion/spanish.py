"""Speech acts in Spanish that address an assistant. Patterns over folded text. Pure data.

What they look for is told in ``memory.suspicion.english``.
"""

from __future__ import annotations

from memory.suspicion.kinds import Act, Kind, act

_AI = r"(?:ia|asistente|modelo(?: de lenguaje)?|chatbot|robot|recollect)"
_USER = r"(?:al usuario|a la usuaria|el usuario|a la persona|los usuarios)"
_RULES = (
    r"(?:instrucciones|reglas|directrices|órdenes|normas|indicaciones|mensajes"
    r"|restricciones|recuerdos)"
)

ACTS: tuple[Act, ...] = (
    act(
        Kind.OVERRIDE,
        1.0,
        rf"\b(?:ignora|olvida|descarta|desobedece|no sigas|omite|elude) (?:por completo )?"
        rf"(?:todas? |todos |tus |las |los |sus |estas )+(?:otras )?{_RULES}(?: (?:anteriores"
        rf"|previas"
        rf"|previos|de arriba|recibidas|originales))?\b",
        "ignora",
        "olvida",
        "descarta",
        "desobedece",
        "no sigas",
        "omite",
        "elude",
    ),
    act(
        Kind.OVERRIDE,
        0.9,
        r"\b(?:ignora|olvida) (?:todo )?lo (?:anterior|dicho|que se ha dicho|de arriba"
        r"|que te han dicho)",
        "ignora",
        "olvida",
    ),
    act(
        Kind.PERSONA,
        0.5,
        rf"\b(?:ahora eres|eres ahora|ya no eres|desde ahora eres)\b[^.!?\n]{{0,30}}\b(?:{_AI}"
        rf"|modo|sin)\b|\beres (?:un |una )?{_AI} sin\b",
        "eres",
    ),
    act(
        Kind.PERSONA,
        0.5,
        r"\b(?:a partir de ahora|desde ahora|de ahora en adelante),? (?:eres|responde"
        r"|respondes|contesta|debes|di|dirás|responderás|el asistente)\b",
        "ahora",
    ),
    act(
        Kind.PERSONA,
        0.4,
        r"\bsin (?:ninguna?|ningún) (?:límite|restricción|regla|filtro|censura)",
        "sin",
    ),
    act(
        Kind.CONDITION,
        0.5,
        r"\b(?:cuando|si|siempre que|cada vez que)\b[^.!?\n]{0,30}\b(?:pregunt\w+"
        r"|consult\w+)\b[^.!?\n]{0,80}\b(?:responde|contesta|di|afirma|debes|dile)\b",
        "pregunt",
        "consult",
    ),
    act(
        Kind.CONDITION,
        0.4,
        r"\b(?:cuando|si|siempre que|cada vez que) (?:te (?:pregunt|consult)\w+|el"
        r" usuario|alguien te)\b",
        "te ",
        "usuario",
    ),
    act(
        Kind.SPEECH,
        0.4,
        r"\b(?:responde|contesta|di|afirma) (?:siempre|solo|sólo|únicamente|solamente)\b",
        "siempre",
        "solo",
        "sólo",
        "amente",
    ),
    act(
        Kind.SPEECH,
        0.6,
        rf"\b(?:dile|di|asegura|recomienda|aconseja|pide|convence) {_USER}",
        "usuari",
        "persona",
    ),
    act(
        Kind.SPEECH,
        0.4,
        r"\bdebes\b[^.!?\n]{0,30}\b(?:contestar|decir|afirmar|obedecer|negar(?:te)?"
        r"|enviar|recomendar|responder (?:siempre|solo|que))\b",
        "debes",
    ),
    act(Kind.SPEECH, 0.3, r"\ben (?:cada|todas tus|tus|tu) respuestas?", "respuesta"),
    act(
        Kind.SECRECY,
        0.9,
        rf"\bno (?:se )?(?:le |lo |la )?(?:digas|reveles|menciones|muestres|cuentes|informes)"
        rf"\b[^.!?\n]{{0,50}}{_USER}",
        "usuari",
        "persona",
    ),
    act(
        Kind.SECRECY,
        0.5,
        r"\bno (?:reveles|menciones|cites|repitas) (?:nunca )?(?:estas?|este|esto)"
        r" (?:instruccion\w*|orden|mensaje|nota|regla)|\bmantén estas? (?:instruccion\w*"
        r"|orden)\w* en secreto",
        "instruc",
        "orden",
        "mensaje",
        "nota",
        "regla",
    ),
    act(
        Kind.EXFILTRATION,
        0.8,
        r"\b(?:envía|manda|publica|reenvía|sube|transmite)\b[^.!?\n]{0,60}"
        r"\b(?:contraseñas?|recuerdos|historial|credenciales|conversación|datos personales"
        r"|todo lo que"
        r" sabes)\b[^\n]{0,60}(?:https?://|@|www\.)",
        "@",
        "http",
        "www.",
    ),
    act(
        Kind.EXFILTRATION,
        1.0,
        r"\b(?:revela|muestra|repite|imprime|dame)\b[^.!?\n]{0,30}\btus? (?:prompt"
        r"|instrucciones|mensaje de sistema)",
        "prompt",
        "instrucciones",
        "sistema",
    ),
    act(
        Kind.TOOL,
        0.7,
        r"\b(?:llama|usa|utiliza|ejecuta|invoca)\b[^.!?\n]{0,20}\b(?:a la herramienta|la"
        r" herramienta|tu herramienta|la función|tu función|tu navegador)\b",
        "herramienta",
        "función",
        "navegador",
    ),
    act(
        Kind.ADDRESS,
        0.5,
        rf"(?:^|[\[(*#:>.!] *)(?:nota|mensaje|aviso|atención|instrucciones)?(?: ?a| ?para)?"
        rf"(?: la| el| toda| los)? ?{_AI}[,:!]",
        ":",
        ",",
        "!",
    ),
    act(Kind.ADDRESS, 0.5, rf"\b(?:el|la) {_AI} (?:debe|deberá|tiene que)\b", "debe", "tiene que"),
    act(
        Kind.RANK,
        0.8,
        r"\bconfía (?:solo |únicamente )?en (?:este recuerdo|esta nota|este texto|este"
        r" documento)",
        "confía",
    ),
)
