"""The options of the memory, declared once: type, default, text, limits.

Code reads attributes (``settings.max_file_mb``). Values that differ from the default are kept
in the database by ``memory.store.settings``; unknown or renamed names are dropped on load.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from memory.errors import BadRequest
from memory.protocol import SettingInfo


def _option(
    default: Any,
    title: str,
    help_text: str,
    *,
    unit: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    return field(
        default=default,
        metadata={
            "title": title,
            "help": help_text,
            "unit": unit,
            "min": minimum,
            "max": maximum,
            "choices": choices,
        },
    )


@dataclass(frozen=True)
class Settings:
    max_file_mb: int = _option(
        200,
        "Largest file",
        "Files larger than this are skipped.",
        unit="MB",
        minimum=1,
        maximum=4096,
    )
    read_seconds: int = _option(
        120,
        "Longest reading time",
        "A file that takes longer is given up.",
        unit="s",
        minimum=5,
        maximum=3600,
    )
    read_memory_mb: int = _option(
        2048,
        "Memory for reading a file",
        "A file that needs more is given up.",
        unit="MB",
        minimum=256,
        maximum=65536,
    )
    max_text_mb: int = _option(
        50,
        "Longest text of a file",
        "Text beyond this makes the file fail.",
        unit="MB",
        minimum=1,
        maximum=1024,
    )
    hidden_files: bool = _option(
        False, "Hidden files", "Read files and folders whose name starts with a dot."
    )
    dormant_below: float = _option(
        0.6,
        "Dormant below",
        "Memories weaker than this go dormant at night; they wake when used.",
        minimum=0.0,
        maximum=0.9,
    )
    strength_weight: float = _option(
        0.10,
        "Weight of strength",
        "How much strength and use count among relevant memories.",
        minimum=0.0,
        maximum=0.5,
    )
    remember_chats: bool = _option(
        True, "Remember chats", "What you say in a chat can be recalled later."
    )
    answers_kept: int = _option(
        500,
        "Answers kept",
        "So many answers are kept for questions that are asked again, as long as nothing they rest"
        " on has changed; 0 keeps none.",
        minimum=0,
        maximum=100_000,
    )
    learn_from_use: bool = _option(
        True,
        "Learn from use",
        "What you open and mark changes, within narrow bounds, what recall shows first.",
    )
    learn_facts: bool = _option(
        True,
        "Learn facts",
        "Statements about you and your world become facts with their dates and sources.",
    )
    facts_rest_minutes: int = _option(
        5,
        "Learn from a chat after",
        "How long nothing must have been said in a chat before facts are learnt from it.",
        unit="min",
        minimum=0,
        maximum=1440,
    )
    facts_from_files: bool = _option(
        False,
        "Facts from files",
        "Files are read for facts too, and who says I in them is you: for diaries, not for books.",
    )
    link_memories: bool = _option(
        True,
        "Topics and links",
        "Chats that rest are told by their topics, and what you tell is linked with what it has to"
        " do with.",
    )
    portrait: bool = _option(
        True,
        "Portrait",
        "What is known about you is shown as a page you can change, and a model answers with it in"
        " view.",
    )
    night_hour: int = _option(
        3,
        "Hour of the nightly run",
        "Local hour after which upkeep may run.",
        unit="h",
        minimum=0,
        maximum=23,
    )
    backups_kept: int = _option(
        3, "Backups kept", "Older nightly backups are deleted.", minimum=1, maximum=30
    )
    model_path: str = _option(
        "", "Model", "GGUF file that words the answers; empty: answers quote."
    )
    model_idle_minutes: int = _option(
        10,
        "Unload the model after",
        "Idle time after which the model's memory is given back.",
        unit="min",
        minimum=1,
        maximum=1440,
    )
    model_context: int = _option(
        4096,
        "Context of the model",
        "Text the model sees at once.",
        unit="tokens",
        minimum=512,
        maximum=131072,
    )
    model_threads: int = _option(
        0, "Threads of the model", "0 takes the number of cores.", minimum=0, maximum=256
    )
    model_memory_mb: int = _option(
        0,
        "Memory of the model",
        "All that its process may take; 0 takes what the machine can spare. Bigger models are"
        " read from flash while they answer.",
        unit="MB",
        minimum=0,
        maximum=4_000_000,
    )
    model_mode: str = _option(
        "automatic",
        "Weights of the model",
        "How weights that do not fit into its memory are read; automatic is best.",
        choices=("automatic", "fits", "ring", "advise", "slots", "mmap"),
    )
    model_kept_mb: int = _option(
        1000,
        "Kept beginnings of prompts",
        "Space for what the model has read before, so that it need not read it again; 0 keeps"
        " nothing.",
        unit="MB",
        minimum=0,
        maximum=100_000,
    )
    hard_looks: int = _option(
        2,
        "Further looks",
        "With a model: how often a hard question makes it say what is missing and look again; 0"
        " never.",
        minimum=0,
        maximum=3,
    )
    hard_seconds: int = _option(
        30,
        "Time for further looks",
        "After this the answer begins with what was found.",
        unit="s",
        minimum=1,
        maximum=600,
    )
    model_forecasts: bool = _option(
        True,
        "Forecast the speed of models",
        "Measures this machine once, for about 15 seconds, when models are looked at.",
    )
    embedder_path: str = _option(
        "",
        "Embedding model",
        "Finds by meaning: a folder with model.onnx and tokenizer.json, or a GGUF file; empty: the"
        " built-in one, for English. Memories are embedded anew in the background.",
    )
    chroma_url: str = _option(
        "",
        "Chroma server",
        "Loopback or network address of a Chroma server; empty: built in. Takes effect at the"
        " next start.",
    )

    def changed(self, values: dict[str, Any]) -> Settings:
        """A copy with checked new values.

        Raises:
            BadRequest: an unknown name, a wrong type or a value outside its limits.
        """
        known = {f.name: f for f in fields(self)}
        clean: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise BadRequest(
                    "No such setting",
                    f"There is no setting named {name}.",
                    "Check the name.",
                    item=name,
                )
            clean[name] = _checked(known[name], value)
        return replace(self, **clean)

    def described(self) -> list[SettingInfo]:
        """Every option with its present value, in order of declaration."""
        return [
            SettingInfo(
                name=f.name,
                title=f.metadata["title"],
                help=f.metadata["help"],
                type=_kind(f),
                value=getattr(self, f.name),
                default=f.default,
                choices=list(f.metadata["choices"]),
                unit=f.metadata["unit"],
                minimum=f.metadata["min"],
                maximum=f.metadata["max"],
            )
            for f in fields(self)
        ]


def _kind(option: Any) -> Literal["bool", "int", "float", "text", "choice"]:
    if option.metadata["choices"]:
        return "choice"
    names: dict[Any, Literal["bool", "int", "float", "text"]] = {
        "bool": "bool",
        "int": "int",
        "float": "float",
        "str": "text",
    }
    return names[option.type]


def _checked(option: Any, value: Any) -> Any:
    kind = _kind(option)
    wrong = BadRequest(
        "This value does not fit",
        f"{option.metadata['title']} takes "
        f"{', '.join(option.metadata['choices']) or kind}, not {value!r}.",
        "Choose another value.",
        item=option.name,
    )
    if kind == "bool":
        if not isinstance(value, bool):
            raise wrong
        return value
    if kind in ("text", "choice"):
        allowed = option.metadata["choices"]
        if not isinstance(value, str) or (allowed and value not in allowed):
            raise wrong
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong
    if kind == "int":
        if int(value) != value:
            raise wrong
        value = int(value)
    low, high = option.metadata["min"], option.metadata["max"]
    if (low is not None and value < low) or (high is not None and value > high):
        raise wrong
    return value
