"""One answer, from the order to ``done``. Main thread of the worker."""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable, Generator, Iterator, Sequence

from models.chat_template import Message
from models.decoding.closing import close
from models.decoding.grammar import grammar_of
from models.decoding.kv_files import CHAT, FIXED
from models.decoding.schema import BadSchema, Node, parse_schema
from models.stops import StopFilter
from models.worker.engine import Aborted
from models.worker.opening import Loaded
from models.worker.pipe import Failed, Order
from models.worker.reading import Beginning
from models.worker.sampling import Sampler
from models.worker.stop import Stop
from models.worker.tempo import Tempo
from models.worker.vocabulary import Vocabulary
from models.worker.writing import Counts, Writing

# Room kept for the answer; a prompt that leaves less is refused.
LEAST_ANSWER = 16

Show = Callable[[str], None]


class Answer:
    """Reads the prompt, writes the answer, and says how it went.

    Attributes:
        made: tokens written.
        tempo: how fast they came, the token that ends the answer among them; any thread.
        reason: ``end`` by the model, ``stop`` at a stop text, ``length``, ``cancelled``, or
            ``closed`` where a JSON value was ended for it because the room was used up.
    """

    def __init__(self, loaded: Loaded, stop: Stop, order: Order, show: Show) -> None:
        """Raises Failed if the prompt is too long or the schema is not understood."""
        self.made = 0
        self.tempo = Tempo()
        self.reason = "length"
        self._loaded = loaded
        self._stop = stop
        self._order = order
        self._show = show
        self._counts = Counts()
        self._schema = _schema(order)
        self._messages = messages_of(order)
        self._prompt, written = loaded.vocabulary.prompt(self._messages)
        room = room_after(self._prompt, loaded)
        self._most = min(order["max_tokens"], room)
        self._stops = StopFilter([*order["stop"], *written.stop] if self._schema is None else [])

    def carry_out(self) -> None:
        """Streams the answer; being stopped is one way to end."""
        try:
            self._loaded.reading.read(self._prompt, self._between_passes)
            self._loaded.residence.prompt_read()
            self._write()
        except Aborted:
            # llama_decode was stopped in the middle; what was read before stays valid.
            self.reason = "cancelled"
        if self._order.get("in_files", True):
            beginnings = beginnings_of(
                self._order, self._loaded.vocabulary, self._messages, self._prompt
            )
            self._loaded.reading.worth_keeping(beginnings)

    def ended(self) -> dict[str, object]:
        """What ``done`` says."""
        counts = self._counts
        return {
            "reason": self.reason,
            "prompt_tokens": len(self._prompt),
            "made_tokens": self.made,
            "passes": counts.passes,
            "guessed": counts.guessed,
            "right": counts.right,
            "restored": self._loaded.reading.restored,
            "reused": self._loaded.reading.reused,
        }

    def _write(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        said: list[str] = []
        for piece in self._pieces():
            text = self._stops.feed(decoder.decode(piece))
            said.append(text)
            self._show(text)
            if self._stops.stopped:
                self.reason = "stop"
                return
        if self.reason == "cancelled":
            return
        if self._schema is not None:
            self._close(self._schema, "".join(said))
        else:
            self._show(self._stops.feed(decoder.decode(b"", final=True)) + self._stops.rest())

    def _pieces(self) -> Iterator[bytes]:
        """Bytes of the tokens, until the end, the limit or a word to stop."""
        vocabulary = self._loaded.vocabulary
        tokens = self._tokens()
        try:
            for token in tokens:
                if self._stop.asked:
                    self.reason = "cancelled"
                    return
                self.tempo = self.tempo.after_token(time.monotonic())
                if vocabulary.ends(token):
                    self.reason = "end"
                    return
                self.made += 1
                yield vocabulary.piece(token)
                if self.made >= self._most:
                    return
        finally:
            tokens.close()

    def _tokens(self) -> Generator[int, None, None]:
        engine, order, loaded = self._loaded.engine, self._order, self._loaded
        grammar = grammar_of(self._schema) if self._schema is not None else order.get("grammar")
        sampler = Sampler(engine.native, engine.words, order["temperature"], order["seed"], grammar)
        writing = Writing(
            engine,
            sampler,
            loaded.widths,
            loaded.pace,
            several=order.get("several", True),
            always_wide=loaded.residence.streams,
            between=self._between_passes,
        )
        self._counts = writing.counts
        try:
            yield from writing.tokens(self._prompt)
        finally:
            sampler.close()

    def _close(self, schema: Node, said: str) -> None:
        """Ends a JSON value that the model had no room, or no wish, to end itself."""
        rest = close(schema, said)
        if rest:
            self.reason = "closed"
            self._show(rest)

    def _between_passes(self) -> None:
        if self._stop.asked:
            raise Aborted


def messages_of(order: Order) -> list[Message]:
    return [Message(one["role"], one["content"]) for one in order["messages"]]


def room_after(tokens: Sequence[int], loaded: Loaded) -> int:
    """Tokens an answer may have; raises Failed if there is no room for one."""
    context = loaded.engine.context_tokens
    if context - len(tokens) < LEAST_ANSWER:
        raise Failed("too_long", f"{len(tokens)} of {context} tokens")
    return context - len(tokens)


def beginnings_of(
    order: Order, vocabulary: Vocabulary, messages: Sequence[Message], tokens: Sequence[int]
) -> list[Beginning]:
    """Which parts of a prompt come again, by the numbers of messages the order gives."""
    counts = ((FIXED, order.get("fixed", 0)), (CHAT, order.get("chat", 0)))
    return [
        Beginning(kind, vocabulary.beginning(messages, count, tokens))
        for kind, count in counts
        if count
    ]


def _schema(order: Order) -> Node | None:
    if order.get("schema") is None:
        return None
    try:
        return parse_schema(order["schema"])
    except BadSchema as error:
        raise Failed("schema", str(error)) from error
