"""An embedding model of the person's own: a folder with ``model.onnx`` and ``tokenizer.json``.

As sentence-transformers and Hugging Face's exporters write them (optimum): inputs ``input_ids``,
``attention_mask`` and perhaps ``token_type_ids``; an output of a vector for every token, or one
for the whole text. How tokens become one vector stands in ``1_Pooling/config.json``; the mean is
taken where that is missing. Nothing here opens a connection.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.embedder import open_session
from models.errors import BadModelFile
from models.identity import file_identity
from models.pooling import Ids, PooledEmbedder, Vectors, Window, unit

_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}
_WHOLE = ("sentence_embedding", "sentence_embeddings", "text_embeds")
_MOST_TOKENS = 512
_LEAST_TOKENS = 16
_LARGEST = 8192  # of a vector
_TRIED = "Where is the key of the bicycle? Wo ist der Schlüssel? 自行车的钥匙在哪里?"


class DiskEmbedder(PooledEmbedder):
    """Any model of that form; see ``PooledEmbedder`` for what it does.

    Attributes:
        name: for people, the folder's.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Loads and tries the files in ``folder``.

        Raises:
            BadModelFile: something is missing, cannot be read, or is no embedding model.
        """
        model = model_file(folder)
        self.name = folder.name
        self._tokenizer = _tokenizer(folder / "tokenizer.json")
        self._session = _session(model, threads)
        self._inputs = [one.name for one in self._session.get_inputs()]
        self._whole = _whole_output(self._session)
        self._first, self._last = _around(self._tokenizer)
        self._padding = (self._tokenizer.padding or {}).get("pad_id", 0)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._inside_word = _inside_words(self._tokenizer)
        self._first_token = _pools_first(folder)
        self.max_tokens = _max_tokens(folder)
        self.dimension = self._try()
        self.model_id = f"{folder.name}/{self._digest(folder, model)}"

    def _run(self, batch: Sequence[Window]) -> tuple[Vectors, None]:
        shape = (len(batch), max(len(window.ids) for window in batch))
        ids = np.full(shape, self._padding, np.int64)
        mask = np.zeros(shape, np.int64)
        for row, window in enumerate(batch):
            ids[row, : len(window.ids)] = window.ids
            mask[row, : len(window.ids)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (made,) = self._session.run(
            [self._whole or self._session.get_outputs()[0].name],
            {name: given[name] for name in self._inputs},
        )
        vectors = np.asarray(made, np.float32)
        if vectors.ndim == 3:
            vectors = vectors[:, 0] if self._first_token else _mean(vectors, mask)
        return unit(vectors), None

    def _try(self) -> int:
        """Embed a sentence; returns the length of its vector."""
        try:
            ids = np.array(self._tokenizer.encode(_TRIED, add_special_tokens=False).ids, np.int32)
            whole = np.concatenate((self._first, ids[: _LEAST_TOKENS - 4], self._last))
            made, _states = self._run([Window(0, whole)])
        except Exception as error:  # onnxruntime's own, or shapes that do not fit
            raise _bad("The model could not embed a sentence; it expects other inputs.") from error
        fits = made.ndim == 2 and made.shape[0] == 1 and 1 < made.shape[1] <= _LARGEST
        if not fits or not np.isfinite(made).all() or not made.any():
            raise _bad("The model gives no vector for a sentence.")
        return int(made.shape[1])

    def _digest(self, folder: Path, model: Path) -> str:
        """What makes vectors comparable: the weights, the tokens, and the pooling."""
        digest = hashlib.sha256(file_identity(model))
        digest.update((folder / "tokenizer.json").read_bytes())
        digest.update(f"{self._first_token} {self.max_tokens} {self._whole}".encode())
        return digest.hexdigest()[:12]


def model_file(folder: Path) -> Path:
    """The ONNX file of a model's folder.

    Raises:
        BadModelFile: there is none, or no tokenizer beside it.
    """
    if not folder.is_dir():
        raise _bad(f"{folder} is no folder.")
    if not (folder / "tokenizer.json").is_file():
        raise _bad(f"There is no tokenizer.json in {folder}.")
    for place in (folder, folder / "onnx"):
        if (place / "model.onnx").is_file():
            return place / "model.onnx"
        others = sorted(place.glob("*.onnx")) if place.is_dir() else []
        if len(others) == 1:
            return others[0]
    raise _bad(f"There is no model.onnx in {folder}.")


def _tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises plain Exception
        raise _bad(f"{path.name} cannot be read.") from error


def _session(path: Path, threads: int) -> Any:
    try:
        session = open_session(path, threads, optimise=True)
    except Exception as error:
        raise _bad(f"{path.name} is damaged or no ONNX model.") from error
    names = {one.name for one in session.get_inputs()}
    if not {"input_ids", "attention_mask"} <= names <= _INPUTS:
        raise _bad(f"{path.name} is no model for texts: its inputs are {', '.join(sorted(names))}.")
    return session


def _whole_output(session: Any) -> str | None:
    """Name of the output with one vector for a text, where there is one."""
    names = {one.name for one in session.get_outputs()}
    return next((name for name in _WHOLE if name in names), None)


def _around(tokenizer: Any) -> tuple[Ids, Ids]:
    """The tokens this model wants before and behind a text."""
    plain = tokenizer.encode("one", add_special_tokens=False).ids
    whole = tokenizer.encode("one", add_special_tokens=True).ids
    for at in range(len(whole) - len(plain) + 1):
        if whole[at : at + len(plain)] == plain:
            behind = whole[at + len(plain) :]
            return np.array(whole[:at], np.int32), np.array(behind, np.int32)
    return np.zeros(0, np.int32), np.zeros(0, np.int32)


def _inside_words(tokenizer: Any) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which tokens go on with a word: "##", or no mark of a beginning where words have one."""
    vocabulary = tokenizer.get_vocab()
    inside = np.zeros(max(vocabulary.values(), default=0) + 1, np.bool_)
    for mark, at_beginning in (("##", False), ("▁", True), ("Ġ", True)):
        if any(token.startswith(mark) for token in vocabulary):
            for token, at in vocabulary.items():
                inside[at] = token.startswith(mark) != at_beginning
            break
    return inside


def _mean(vectors: Vectors, mask: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Vectors:
    weights = mask[:, :, None].astype(np.float32)
    mean: Vectors = (vectors * weights).sum(axis=1) / weights.sum(axis=1)
    return mean


def _pools_first(folder: Path) -> bool:
    return _read(folder / "1_Pooling" / "config.json").get("pooling_mode_cls_token") is True


def _max_tokens(folder: Path) -> int:
    """What the model sees at once, as its files say; 512 at most, which all can."""
    said = (
        _read(folder / "sentence_bert_config.json").get("max_seq_length"),
        _read(folder / "tokenizer_config.json").get("model_max_length"),
    )
    known = [int(one) for one in said if isinstance(one, int) and one >= _LEAST_TOKENS]
    return min([*known, _MOST_TOKENS])


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _bad(reason: str) -> BadModelFile:
    return BadModelFile(
        "This is no embedding model",
        reason,
        "Choose a folder with model.onnx and tokenizer.json, as sentence-transformers writes it.",
    )
