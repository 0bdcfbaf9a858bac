"""Speech acts in German, French and Spanish that address an assistant. Patterns over folded
text. Pure data. What they look for is told in ``memory.suspicion.english``.
"""

from __future__ import annotations

from memory.suspicion.kinds import Act, Kind, act

_DE_AI = r"(?:ki|ki-\w+|assistent(?:en)?|sprachmodelle?s?|chatbots?|modell|bot|recollect)"
_DE_USER = r"(?:dem|den|der|deinem|deinen) (?:nutzer|benutzer|anwender|user|menschen|person)\w*"
_DE_RULES = (
    r"(?:anweisungen?|anordnungen?|instruktionen|regeln|richtlinien|vorgaben|vorschriften|befehle"
    r"|prompts?|einschränkungen|nachrichten|erinnerungen)"
)
_DE_OLD = (
    r"(?:alle[rns]?|sämtliche[rn]?|bisherigen?|vorherigen?|früheren?|deine[rn]?|eure[rn]?"
    r"|ihre[rn]?|obigen?|vorigen?|vorangegangenen?|anderen?|ursprünglichen?|bestehenden?)"
)
_FR_AI = r"(?:ia|assistant|modèle(?: de langage)?|chatbot|robot|recollect)"
_FR_USER = r"(?:l'utilisateur|l'utilisatrice|aux? utilisateurs?|à la personne|cette personne)"
_FR_RULES = (
    r"(?:instructions?|consignes?|règles?|directives?|ordres?|messages?|restrictions?|souvenirs)"
)
_FR_OLD = r"(?:(?:précédente?s?|antérieure?s?|ci-dessus|initiales?|d'avant|reçue?s|données)\b)"
_ES_AI = r"(?:ia|asistente|modelo(?: de lenguaje)?|chatbot|robot|recollect)"
_ES_USER = r"(?:al usuario|a la usuaria|el usuario|a la persona|los usuarios)"
_ES_RULES = (
    r"(?:instrucciones|reglas|directrices|órdenes|normas|indicaciones|mensajes"
    r"|restricciones|recuerdos)"
)

GERMAN: tuple[Act, ...] = (
    act(
        Kind.OVERRIDE,
        1.0,
        rf"\b(?:ignorier\w*|vergiss|vergesst|vergessen sie|missachte\w*|verwirf"
        rf"|übergeh\w*|überschreibe?|umgehe?) (?:bitte )?(?:{_DE_OLD} ){{1,3}}(?:\w+"
        rf" )?{_DE_RULES}\b"
        r"(?! in der)",
        "ignorier",
        "verg",
        "missachte",
        "verwirf",
        "übergeh",
        "überschreib",
        "umgeh",
    ),
    act(
        Kind.OVERRIDE,
        0.9,
        r"\b(?:ignorier\w*|vergiss|missachte\w*) (?:alles|was)[^.!?\n]{0,24}"
        r"\b(?:oben|davor|zuvor|vorher|bisher|gesagt wurde)\b",
        "ignorier",
        "verg",
        "missachte",
    ),
    act(
        Kind.OVERRIDE,
        0.5,
        r"\b(?:folge|befolge|beachte|gehorche) (?:nur )?(?:stattdessen |ab jetzt"
        r" |von nun an )?(?:diesen?|den folgenden|folgenden|meinen?|nur) (?:neuen )?(?:anweisungen?"
        r"|regeln|befehlen?)",
        "folg",
        "beachte",
        "gehorche",
    ),
    act(
        Kind.PERSONA,
        0.5,
        rf"\b(?:du bist|sie sind) (?:jetzt|nun|ab jetzt|ab sofort|nicht mehr|von nun"
        rf" an)\b[^.!?\n]{{0,40}}\b(?:{_DE_AI}|modus|ohne)\b|\bdu bist (?:eine? )?{_DE_AI} ohne\b",
        "bist",
        "sind",
    ),
    act(
        Kind.PERSONA,
        0.5,
        r"\b(?:ab jetzt|von nun an|ab sofort|künftig) (?:antwortest|bist|sagst|wirst"
        r"|gibst|verhältst|folgst|musst|darfst|sollst) du\b",
        "ab jetzt",
        "von nun an",
        "ab sofort",
        "künftig",
    ),
    act(
        Kind.PERSONA,
        0.5,
        r"\bohne (?:jede|alle|irgendwelche) ?(?:einschränkung|beschränkung|regel"
        r"|filter)\w*",
        "ohne",
    ),
    act(
        Kind.CONDITION,
        0.5,
        r"\b(?:wenn|falls|sobald|immer wenn|sollte)\b[^.!?\n]{0,60}\b(?:fragt"
        r"|fragen|gefragt|wissen will)\b[^.!?\n]{0,70}\b(?:antworte|sage?|behaupte|nenne|erwidere"
        r"|antwortest|musst|darfst)\b",
        "frag",
        "wissen",
    ),
    act(
        Kind.CONDITION,
        0.4,
        r"\b(?:wenn|falls|sobald)[^.!?\n]{0,12} (?:der (?:nutzer|benutzer|anwender"
        r")|du[^.!?\n]{0,30} gefragt|dich jemand|man dich)\b",
        "nutzer",
        "anwender",
        "gefragt",
        "dich",
    ),
    act(
        Kind.SPEECH,
        0.5,
        r"\bantworte(?:st)?\b[^.!?\n]{0,40}\b(?:immer|nur|ausschließlich|stets|auf"
        r" (?:jede|alle) fragen?)\b",
        "antworte",
    ),
    act(Kind.SPEECH, 0.4, r"\bauf (?:jede|alle) fragen?\b", "frage"),
    act(
        Kind.SPEECH,
        0.6,
        rf"\b(?:sage?|teile|erkläre|versichere|rate|empfiehl|mache?|überzeuge) {_DE_USER}",
        "nutzer",
        "anwender",
        "user",
        "person",
        "menschen",
    ),
    act(
        Kind.SPEECH,
        0.4,
        r"\bdu (?:musst|sollst|darfst|wirst)\b[^.!?\n]{0,40}\b(?:antworten|sagen"
        r"|behaupten|gehorchen|verraten|verweigern|ausgeben|empfehlen)\b",
        "du ",
    ),
    act(
        Kind.SPEECH,
        0.3,
        r"\b(?:in|an) (?:jeder|jede|deiner|deine|allen) (?:antwort\w*|zusammenfassung)",
        "antwort",
        "zusammenfassung",
    ),
    act(
        Kind.SECRECY,
        0.8,
        rf"\b(?:verrate|verrat|sage?|zeige?|erwähne|offenbare|verschweige?)\b[^.!?\n]"
        rf"{{0,30}}{_DE_USER}[^.!?\n]{{0,30}}\b(?:nicht|nichts|niemals|nie|kein\w*)\b"
        rf"|\b(?:verschweige|verheimliche)"
        rf" {_DE_USER}",
        "nutzer",
        "anwender",
        "user",
        "person",
    ),
    act(
        Kind.SECRECY,
        0.5,
        r"\b(?:erwähne|verrate|nenne|offenbare|zitiere) (?:diese|das|dies|sie|es)"
        r"[^.!?\n]{0,30}\b(?:nicht|nie|niemals)\b|\bhalte diese (?:anweisung|regel)\w* geheim",
        "erwähne",
        "verrate",
        "nenne",
        "offenbare",
        "zitiere",
        "geheim",
    ),
    act(
        Kind.EXFILTRATION,
        0.8,
        r"\b(?:schicke?|sende?|übermittle|leite|lade|poste|verschicke?)\b"
        r"[^.!?\n]{0,60}\b(?:passw\w+|kennw\w+|erinnerungen|gesprächsverlauf|chatverlauf"
        r"|zugangsdaten"
        r"|system-?prompt|alles,? was du)\b[^\n]{0,60}(?:https?://|@|www\.)",
        "@",
        "http",
        "www.",
    ),
    act(
        Kind.EXFILTRATION,
        1.0,
        r"\b(?:zeige?|gib|nenne|verrate|wiederhole)\b[^.!?\n]{0,30}\b(?:deinen?"
        r"|den) (?:system-?prompt|ursprüngliche\w* anweisung\w*)",
        "prompt",
        "anweisung",
    ),
    act(
        Kind.TOOL,
        0.7,
        r"\b(?:rufe|ruf|benutze|verwende|nutze|starte|führe)\b[^.!?\n]{0,20}\b(?:das"
        r"|dein|die|deine) (?:werkzeug|tool|funktion|browser)\b",
        "werkzeug",
        "tool",
        "funktion",
        "browser",
    ),
    act(Kind.LINK, 0.6, rf"\b(?:fordere|bitte|weise|dränge) {_DE_USER}", "nutzer", "anwender"),
    act(
        Kind.ADDRESS,
        0.5,
        rf"(?:^|[\[(*#:>.!] *)(?:hinweis|nachricht|anweisung|achtung|notiz)?(?: ?an| ?für)?"
        rf"(?: die| den| das| alle)? ?{_DE_AI}[,:!]",
        ":",
        ",",
        "!",
    ),
    act(
        Kind.ADDRESS, 0.6, rf"\b(?:wenn|da|falls) du (?:eine? )?{_DE_AI} (?:bist|diesen|das)", "du"
    ),
    act(
        Kind.ADDRESS,
        0.4,
        rf"\b(?:die|der|das) {_DE_AI} (?:muss|soll|hat) \b",
        "muss",
        "soll",
        "hat",
    ),
    act(
        Kind.RANK,
        0.8,
        r"\b(?:vertraue|glaube) (?:nur )?(?:dieser|diesem) (?:erinnerung|notiz|text"
        r"|eintrag|quelle)",
        "vertraue",
        "glaube",
    ),
)

FRENCH: tuple[Act, ...] = (
    act(
        Kind.OVERRIDE,
        1.0,
        rf"\b(?:ignore[rz]?|oublie[rz]?|néglige[rz]?|ne (?:suis|respecte|tiens) (?:plus|pas"
        rf"))\b[^.!?\n]{{0,12}} (?:toutes? |tous |tes |vos |les |ces "
        rf"|compte des )+{_FR_RULES} {_FR_OLD}"
        rf"|\b(?:ignore|oublie|néglige|contourne) (?:toutes? |tous )?(?:tes|vos) {_FR_RULES}\b",
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
        rf"\btu es (?:maintenant|désormais|à présent)?[^.!?\n]{{0,30}}\b(?:{_FR_AI}|mode)\b",
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
        rf"|fais croire) (?:à )?{_FR_USER}",
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
        rf"\b[^.!?\n]{{0,50}}{_FR_USER}",
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
        rf"(?: l'| toute | les | le )? ?{_FR_AI} ?[,:!]",
        ":",
        ",",
        "!",
    ),
    act(
        Kind.ADDRESS,
        0.5,
        rf"\b(?:l'|le ){_FR_AI} (?:doit|devra|est (?:tenu|prié) de)\b",
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

SPANISH: tuple[Act, ...] = (
    act(
        Kind.OVERRIDE,
        1.0,
        rf"\b(?:ignora|olvida|descarta|desobedece|no sigas|omite|elude) (?:por completo )?"
        rf"(?:todas? |todos |tus |las |los |sus |estas )+(?:otras )?{_ES_RULES}(?: (?:anteriores"
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
        rf"\b(?:ahora eres|eres ahora|ya no eres|desde ahora eres)\b[^.!?\n]{{0,30}}\b(?:{_ES_AI}"
        rf"|modo|sin)\b|\beres (?:un |una )?{_ES_AI} sin\b",
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
        rf"\b(?:dile|di|asegura|recomienda|aconseja|pide|convence) {_ES_USER}",
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
        rf"\b[^.!?\n]{{0,50}}{_ES_USER}",
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
        rf"(?: la| el| toda| los)? ?{_ES_AI}[,:!]",
        ":",
        ",",
        "!",
    ),
    act(
        Kind.ADDRESS, 0.5, rf"\b(?:el|la) {_ES_AI} (?:debe|deberá|tiene que)\b", "debe", "tiene que"
    ),
    act(
        Kind.RANK,
        0.8,
        r"\bconfía (?:solo |únicamente )?en (?:este recuerdo|esta nota|este texto|este"
        r" documento)",
        "confía",
    ),
)
