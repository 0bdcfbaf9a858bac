"""Speech acts in German that address an assistant. Patterns over folded text. Pure data.

What they look for is told in ``memory.suspicion.english``.
"""

from __future__ import annotations

from memory.suspicion.kinds import Act, Kind, act

_AI = r"(?:ki|ki-\w+|assistent(?:en)?|sprachmodelle?s?|chatbots?|modell|bot|recollect)"
_USER = r"(?:dem|den|der|deinem|deinen) (?:nutzer|benutzer|anwender|user|menschen|person)\w*"
_RULES = (
    r"(?:anweisungen?|anordnungen?|instruktionen|regeln|richtlinien|vorgaben|vorschriften|befehle"
    r"|prompts?|einschränkungen|nachrichten|erinnerungen)"
)
_OLD = (
    r"(?:alle[rns]?|sämtliche[rn]?|bisherigen?|vorherigen?|früheren?|deine[rn]?|eure[rn]?"
    r"|ihre[rn]?|obigen?|vorigen?|vorangegangenen?|anderen?|ursprünglichen?|bestehenden?)"
)

ACTS: tuple[Act, ...] = (
    act(
        Kind.OVERRIDE,
        1.0,
        rf"\b(?:ignorier\w*|vergiss|vergesst|vergessen sie|missachte\w*|verwirf"
        rf"|übergeh\w*|überschreibe?|umgehe?) (?:bitte )?(?:{_OLD} ){{1,3}}(?:\w+"
        rf" )?{_RULES}\b"
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
        rf" an)\b[^.!?\n]{{0,40}}\b(?:{_AI}|modus|ohne)\b|\bdu bist (?:eine? )?{_AI} ohne\b",
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
        rf"\b(?:sage?|teile|erkläre|versichere|rate|empfiehl|mache?|überzeuge) {_USER}",
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
        rf"{{0,30}}{_USER}[^.!?\n]{{0,30}}\b(?:nicht|nichts|niemals|nie|kein\w*)\b"
        rf"|\b(?:verschweige|verheimliche)"
        rf" {_USER}",
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
    act(Kind.LINK, 0.6, rf"\b(?:fordere|bitte|weise|dränge) {_USER}", "nutzer", "anwender"),
    act(
        Kind.ADDRESS,
        0.5,
        rf"(?:^|[\[(*#:>.!] *)(?:hinweis|nachricht|anweisung|achtung|notiz)?(?: ?an| ?für)?"
        rf"(?: die| den| das| alle)? ?{_AI}[,:!]",
        ":",
        ",",
        "!",
    ),
    act(Kind.ADDRESS, 0.6, rf"\b(?:wenn|da|falls) du (?:eine? )?{_AI} (?:bist|diesen|das)", "du"),
    act(
        Kind.ADDRESS,
        0.4,
        rf"\b(?:die|der|das) {_AI} (?:muss|soll|hat) \b",
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
