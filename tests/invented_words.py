"""The vocabulary of the synthetic models: invented words, each with one that follows it."""

from __future__ import annotations

import itertools
import random
import re

import gguf

CONSONANTS, VOWELS = "bdfghjklmnprstvwz", "aeiou"
SPACE = "\u2581"  # how SentencePiece writes the space before a word
SENTENCE_WORDS = 12


class Words:
    """The vocabulary: control tokens, bytes, words, and every beginning of a word.

    With all beginnings at hand, merging by pairs finds the longest known word from the left.
    """

    def __init__(self, size: int, known_text: str, dice: random.Random) -> None:
        self.tokens = ["<unk>", "<|end|>", "<|im_start|>", "<|im_end|>"]
        self.tokens += [f"<0x{byte:02X}>" for byte in range(256)]
        self.end = 3
        self.newline = 4 + 10
        self.first_word = len(self.tokens)
        self._known = set(self.tokens)
        for known in sorted(set(re.findall(r"[A-Za-z]+", known_text))):
            if len(self.tokens) < size * 3 // 4:
                self._add(SPACE + known)
        said = self._invented(size - size // SENTENCE_WORDS, dice)
        dice.shuffle(said)
        number = {token: at for at, token in enumerate(self.tokens)}
        for at in range(SENTENCE_WORDS - 1, len(said), SENTENCE_WORDS):
            if len(self.tokens) < size:
                said[at] += "."
                number[said[at]] = len(self.tokens)
                self.tokens.append(said[at])
        self.tokens += [f"[{at}]" for at in range(len(self.tokens), size)]
        self.chain = [word.removeprefix(SPACE) for word in said]
        self.chain_tokens = [number[word] for word in said]

    def _add(self, word: str) -> None:
        for length in range(1, len(word) + 1):
            part = word[:length]
            if part not in self._known:
                self._known.add(part)
                self.tokens.append(part)

    def _invented(self, size: int, dice: random.Random) -> list[str]:
        """Words of two and three syllables until there are ``size`` tokens."""
        syllables = [a + b for a in CONSONANTS for b in VOWELS]
        stems = [a + b for a in syllables for b in syllables]
        dice.shuffle(stems)
        longer = (stem + c + v for stem in stems for c in CONSONANTS for v in VOWELS)
        words: list[str] = []
        for word in itertools.chain(stems, longer):
            self._add(SPACE + word)
            if len(self.tokens) > size:
                break
            words.append(SPACE + word)
        return words

    def scores_and_kinds(self) -> tuple[list[float], list[int]]:
        """Of each token; kinds are those of gguf.TokenType."""
        kinds = [gguf.TokenType.UNKNOWN] + [gguf.TokenType.CONTROL] * 3
        kinds += [gguf.TokenType.BYTE] * 256
        kinds += [gguf.TokenType.NORMAL] * (len(self.tokens) - len(kinds))
        scores = [0.0] * self.first_word
        scores += [-float(at) for at in range(len(self.tokens) - self.first_word)]
        return scores, [int(kind) for kind in kinds]

    def successors(self, answer_words: int) -> dict[int, int]:
        """For each token of the chain the one that follows it.

        A newline leads to its beginning: that is where an answer starts after the template.
        """
        chain = self.chain_tokens
        after = dict(zip(chain, chain[1:] + chain[:1], strict=True))
        after[self.newline] = chain[0]
        if answer_words:
            after |= dict.fromkeys(chain[answer_words - 1 :: answer_words], self.end)
        return after
