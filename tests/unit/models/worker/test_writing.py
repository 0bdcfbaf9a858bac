"""Several tokens a pass give what one token a pass gives, and so does the library by itself."""

from __future__ import annotations

import ctypes
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.decoding.pace import Pace
from models.decoding.widths import NO_GUESSES, Widths
from models.worker.opening import Loaded
from tests.synthetic_models import TINY_DENSE, TINY_EXPERTS, Shape, write_model
from tests.tiny_gguf import make_tiny_gguf
from tests.unit.models.worker.kit import opened, written

KINDS = ("f16", "f16-deep", "f16-other", "q4_0", "experts", "q4_k", "q8_0")
ANSWER = 120


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


def _model(folder: Path, kind: str) -> Path:
    path = folder / f"{kind}.gguf"
    if path.exists():
        return path
    if kind == "f16":
        return make_tiny_gguf(path)
    if kind == "f16-deep":
        return make_tiny_gguf(path, seed=3, layers=4, width=128)
    if kind == "f16-other":
        return make_tiny_gguf(path, seed=11, layers=2, width=256)
    if kind == "q4_0":
        return write_model(path, TINY_DENSE, gain=0.5).path
    if kind == "experts":
        return write_model(path, TINY_EXPERTS, gain=0.5).path
    return _quantized(make_tiny_gguf(folder / "wide.gguf", layers=3, width=512), path, kind)


def _quantized(source: Path, path: Path, kind: str) -> Path:
    import llama_cpp

    options = llama_cpp.llama_model_quantize_default_params()
    options.ftype = {"q4_k": 15, "q8_0": 7}[kind]
    options.nthread = 1
    done = llama_cpp.llama_model_quantize(
        str(source).encode(), str(path).encode(), ctypes.byref(options)
    )
    assert done == 0
    return path


def _prompt(loaded: Loaded, seed: int) -> list[int]:
    """Words that come again and again, so that there is something to guess."""
    dice = np.random.default_rng(seed)
    words = ["the deposit ", "was paid ", "in March ", "by Ann; ", "she said so\n"]
    text = "".join(words[at] for at in dice.integers(0, len(words), 40))
    return loaded.vocabulary.tokens(text)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_several_a_pass_are_the_same_tokens_as_one_a_pass(
    folder: Path, kind: str, temperature: float
) -> None:
    guessed = 0
    with opened(_model(folder, kind)) as loaded:
        assert loaded.widths.most > 1
        for seed in range(3):
            prompt = _prompt(loaded, seed)
            more: dict[str, Any] = {"temperature": temperature, "seed": seed}
            one, counts = written(loaded, prompt, ANSWER, several=False, **more)
            assert (counts.guessed, counts.passes) == (0, ANSWER - 1)
            several, counts = written(loaded, prompt, ANSWER, **more)
            assert several == one
            assert counts.passes <= ANSWER - 1
            guessed += counts.right
            wide, _counts = written(loaded, prompt, ANSWER, always_wide=True, **more)
            narrow, _ = written(loaded, prompt, ANSWER, always_wide=True, several=False, **more)
            assert wide == narrow
    # Those that walk a chain of words quote it, or nothing: see further down.
    assert guessed > 0 or kind in ("q4_0", "experts")


@pytest.mark.parametrize("kind", KINDS)
def test_logits_of_several_a_pass_are_the_same_bits(folder: Path, kind: str) -> None:
    """Not only the tokens: every bit, at every place, for every number of guesses."""
    with opened(_model(folder, kind)) as loaded:
        prompt = _prompt(loaded, 1)
        answer, _counts = written(loaded, prompt, 24)
        found: list[Any] = []
        for rows in range(2, loaded.widths.most + 1):
            loaded.reading.read(prompt)
            made = []
            for at in range(0, 24, rows):
                loaded.engine.run(answer[at : at + rows], every=True)
                made += [loaded.engine.logits(row) for row in range(len(answer[at : at + rows]))]
            whole = 24 // rows * rows  # a shorter last pass may be one over a single token
            found.append(np.array(made[:whole]).view(np.uint32))
        assert all(np.array_equal(one, found[0][: len(one)]) for one in found)


def test_a_cache_of_half_the_size_gives_the_same_tokens_too(folder: Path) -> None:
    with opened(_model(folder, "f16-deep"), kv_type="q8_0") as loaded:
        prompt = _prompt(loaded, 5)
        several, counts = written(loaded, prompt, ANSWER)
        assert several == written(loaded, prompt, ANSWER, several=False)[0]
        assert counts.right > 0


@pytest.mark.parametrize("kind", KINDS)
def test_against_passes_over_one_token(folder: Path, kind: str) -> None:
    """The library rounds otherwise there: tokens part, if at all, at two that are as good as
    equally likely.
    """
    with opened(_model(folder, kind)) as loaded:
        for seed in range(2):
            prompt = _prompt(loaded, seed)
            plain, _counts = written(loaded, prompt, ANSWER, widths=NO_GUESSES)
            several, _counts = written(loaded, prompt, ANSWER)
            if several != plain:
                _assert_a_tie(loaded, prompt, plain, several)


def _assert_a_tie(loaded: Loaded, prompt: list[int], plain: list[int], other: list[int]) -> None:
    place = next(at for at in range(ANSWER) if plain[at] != other[at])
    said = plain[:place]
    rows = []
    for filler in ([], [said[-1]]):
        loaded.reading.read(prompt)
        for token in said[:-1]:
            loaded.engine.run([token, *filler], every=True)
            loaded.engine.keep(loaded.engine.held - len(filler))
        loaded.engine.run([said[-1], *filler], every=True)
        rows.append(loaded.engine.logits(0))
    gap = abs(rows[0][plain[place]] - rows[0][other[place]])
    assert gap <= 2 * np.abs(rows[0] - rows[1]).max()


def test_one_token_a_pass_is_what_the_library_itself_writes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Greedy, against ``llama_cpp.Llama.generate``, without the weights it repacks."""
    import llama_cpp

    usual = llama_cpp.llama_model_default_params

    def plain_weights() -> Any:
        options = usual()
        options.use_extra_bufts = False
        return options

    path = _model(folder, "f16-deep")
    with opened(path) as loaded:
        prompt = _prompt(loaded, 2)
        ours, _counts = written(loaded, prompt, ANSWER, widths=NO_GUESSES)
    monkeypatch.setattr(llama_cpp, "llama_model_default_params", plain_weights)
    monkeypatch.setattr("llama_cpp.llama_cpp.llama_model_default_params", plain_weights)
    library = llama_cpp.Llama(str(path), n_ctx=1024, n_threads=1, n_threads_batch=1, verbose=False)
    tokens = library.generate(prompt, temp=0.0, repeat_penalty=1.0)
    assert [next(tokens) for _ in range(ANSWER)] == ours
    tokens.close()
    library.close()


@pytest.mark.parametrize("shape", [TINY_DENSE, TINY_EXPERTS])
def test_guesses_save_passes_where_the_answer_quotes(tmp_path: Path, shape: Shape) -> None:
    model = write_model(tmp_path / "quoting.gguf", shape)
    with opened(model.path) as loaded:
        text = model.quoting_prompt(words=200, share=1.0, answer_words=72, seed=3)
        prompt = loaded.vocabulary.tokens(text)
        answer, counts = written(loaded, prompt, 72)
        assert counts.passes < 72 / 3
        assert counts.right > counts.guessed * 0.8
        plain, alone = written(loaded, prompt, 72, several=False)
        assert answer == plain and alone.passes == 71


def test_nothing_to_guess_costs_no_further_rows(tmp_path: Path) -> None:
    """No passage to follow: every pass is one over a single token, as without guessing."""
    model = write_model(tmp_path / "new.gguf", TINY_DENSE)
    with opened(model.path) as loaded:
        text = model.quoting_prompt(words=60, share=0.0, answer_words=48, seed=3)
        seen: list[int] = []
        run = loaded.engine.run
        loaded.engine.run = lambda rows, every=False: (  # type: ignore[method-assign]
            seen.append(len(rows)), run(rows, every))[1]  # fmt: skip
        _answer, counts = written(loaded, loaded.vocabulary.tokens(text), 48)
        assert counts.guessed == 0
        assert seen[1:] == [1] * 47


def test_the_distribution_is_that_of_the_model(folder: Path) -> None:
    """Sampled with guesses, tokens at a place come as often as the model's probabilities say.

    Chi-squared over the second token of 1,500 answers; whatever the first one is, it stands in
    the prompt behind "ab", so that there is a guess. The seeds are fixed, so the test is too.
    Critical value for p = 0.001 by Wilson and Hilferty's approximation (1931).
    """
    with opened(_model(folder, "f16")) as loaded:
        text = "".join(f"ab{chr(letter)}Q" for letter in range(32, 127)) + "ab"
        prompt = loaded.vocabulary.tokens(text)
        counts: Counter[int] = Counter()
        alone: Counter[int] = Counter()
        checked = 0
        for seed in range(1500):
            tokens, passes = written(loaded, prompt, 2, temperature=1.0, seed=seed)
            counts[tokens[1]] += 1
            checked += passes.guessed
        for seed in range(1500, 3000):
            tokens, _passes = written(
                loaded, prompt, 2, temperature=1.0, seed=seed, widths=NO_GUESSES
            )
            alone[tokens[1]] += 1
    assert checked > 1000
    statistic, freedom = _chi_squared(counts, alone)
    assert freedom >= 5
    z = 3.09
    critical = freedom * (1 - 2 / (9 * freedom) + z * (2 / (9 * freedom)) ** 0.5) ** 3
    assert statistic < critical


def _chi_squared(one: Counter[int], other: Counter[int]) -> tuple[float, int]:
    """Of two samples of the same size; what is rare is put together."""
    cells = [(one[key], other[key]) for key in one | other]
    common = [cell for cell in cells if sum(cell) >= 20]
    rare = [cell for cell in cells if sum(cell) < 20]
    if rare:
        common.append((sum(cell[0] for cell in rare), sum(cell[1] for cell in rare)))
    return sum((a - b) ** 2 / (a + b) for a, b in common), len(common) - 1


def test_the_pace_changes_the_speed_and_never_the_words(folder: Path) -> None:
    with opened(_model(folder, "f16-deep")) as loaded:
        prompt = _prompt(loaded, 4)
        most = loaded.widths.most - 1
        answers = [
            written(loaded, prompt, ANSWER, pace=pace)[0]
            for pace in (Pace(most, 1.0, 0.0), Pace(most, 1.0, 0.6), Pace(most, 1.0, 5.0), Pace(1))
        ]
        assert all(answer == answers[0] for answer in answers)


def test_an_answer_may_fill_the_context(folder: Path) -> None:
    with opened(_model(folder, "f16"), context_tokens=256) as loaded:
        prompt = loaded.vocabulary.tokens("abc" * 20)
        room = 256 - len(prompt)
        several, _counts = written(loaded, prompt, room)
        assert several == written(loaded, prompt, room, several=False)[0]


def test_widths_of_one_never_guess(folder: Path) -> None:
    with opened(_model(folder, "f16")) as loaded:
        prompt = _prompt(loaded, 1)
        _tokens, counts = written(loaded, prompt, 40, widths=Widths(1, 1.0, 1.0))
        assert (counts.guessed, counts.passes) == (0, 39)
