"""A believable library of models, for tests of the Model page."""

from __future__ import annotations

from typing import Any

from memory import protocol as p
from tests.unit.app.factories import model

GB = 1_000_000_000
FOLDER = "/data/models"


def prediction(**changes: Any) -> p.ModelPrediction:
    given: dict[str, Any] = {
        "budget_bytes": 4 * GB,
        "mode": p.ModelMode.FITS,
        "verdict": p.ModelVerdict.FITS,
        "tokens_per_s": 12.4,
        "first_token_s": 2.1,
        "reason": "All 2.0 GB fit in the 4.0 GB it may use.",
    }
    return p.ModelPrediction(**{**given, **changes})


def predicted(size_bytes: int, budget_bytes: int) -> p.ModelPrediction:
    """A made-up machine: 25 GB/s of memory, 1 GB/s of disk, 400 MB besides the weights."""
    room = max(0, budget_bytes - 400_000_000)
    missing = max(0, size_bytes - room)
    seconds = size_bytes / (25 * GB) + missing / GB
    rate = 1 / seconds
    fits = not missing
    verdict = (
        p.ModelVerdict.FITS
        if fits
        else p.ModelVerdict.STREAMS
        if rate >= 0.5
        else p.ModelVerdict.TOO_SLOW
    )
    return prediction(
        budget_bytes=budget_bytes,
        mode=p.ModelMode.FITS if fits else p.ModelMode.RING,
        verdict=verdict,
        tokens_per_s=rate,
        first_token_s=20 / rate,
        reason="All of it fits."
        if fits
        else f"{missing / GB:.1f} GB of it are read from disk for each token.",
    )


def entry(model_id: str = "small", **changes: Any) -> p.CatalogueEntry:
    given: dict[str, Any] = {
        "id": model_id,
        "family": "Qwen",
        "name": "Small Writer 3B Instruct",
        "parameters": 3_000_000_000,
        "repository": "writers/small-3b-GGUF",
        "file": "small-3b-q4_k_m.gguf",
        "quantization": "Q4_K_M",
        "size_bytes": 2_019_000_000,
        "licence": "Apache-2.0",
        "context_tokens": 32_768,
        "good_for": "Short answers on any computer, in many languages.",
        "state": p.ModelState.AVAILABLE,
    }
    made = {**given, **changes}
    made.setdefault("prediction", predicted(made["size_bytes"], 4 * GB))
    return p.CatalogueEntry(**made)


def local(model_id: str = "mine", **changes: Any) -> p.LocalModel:
    given: dict[str, Any] = {
        "id": model_id,
        "name": "Small Writer 3B Instruct",
        "path": "/models/small-writer-3b-q4.gguf",
        "origin": "added",
        "size_bytes": 2_019_000_000,
        "architecture": "llama",
        "context_tokens": 8192,
    }
    made = {**given, **changes}
    made.setdefault("prediction", predicted(made["size_bytes"], 4 * GB))
    return p.LocalModel(**made)


def download(model_id: str = "small", **changes: Any) -> p.DownloadInfo:
    given: dict[str, Any] = {
        "id": model_id,
        "state": p.ModelState.DOWNLOADING,
        "done_bytes": 640_000_000,
        "total_bytes": 2_019_000_000,
        "rate_bytes_per_s": 11_200_000.0,
        "seconds_left": 123.0,
    }
    return p.DownloadInfo(**{**given, **changes})


def meter(**changes: Any) -> p.ModelMeter:
    given: dict[str, Any] = {
        "mode": p.ModelMode.RING,
        "pinned_bytes": 1_100_000_000,
        "cached_bytes": 220_000_000,
        "streamed_bytes": 48_000_000_000,
        "bytes_per_token": 310_000_000.0,
        "hit_rate": 0.62,
        "tokens_per_s": 6.24,
        "reason": "Of 2.0 GB, 1.1 GB are kept; the rest is read anew for each token.",
    }
    return p.ModelMeter(**{**given, **changes})


def budget(**changes: Any) -> p.ModelBudget:
    given: dict[str, Any] = {
        "budget_bytes": 4_213_000_000,
        "automatic": True,
        "automatic_bytes": 4_213_000_000,
        "least_bytes": 600_000_000,
        "most_bytes": 15_600_000_000,
    }
    return p.ModelBudget(**{**given, **changes})


def catalogue() -> list[p.CatalogueEntry]:
    """Small, middle, big, experts."""
    return [
        entry(
            "tiny",
            family="SmolLM",
            name="Tiny Writer 0.5B",
            parameters=500_000_000,
            size_bytes=398_000_000,
            good_for="Very small computers; short answers that stay close to the sources.",
        ),
        entry(),
        entry(
            "middle",
            family="Llama",
            name="Middle Writer 8B Instruct",
            parameters=8_000_000_000,
            size_bytes=4_920_000_000,
            licence="Llama 3.1 Community",
            context_tokens=131_072,
            gated=True,
            good_for="Careful answers from many sources.",
        ),
        entry(
            "experts",
            family="Qwen",
            name="Expert Writer 30B",
            parameters=30_500_000_000,
            active_parameters=3_300_000_000,
            size_bytes=18_600_000_000,
            good_for="The best answers; only a tenth of it works on each word.",
            prediction=prediction(
                mode=p.ModelMode.ADVISE,
                verdict=p.ModelVerdict.STREAMS,
                tokens_per_s=2.3,
                first_token_s=24.0,
            ),
        ),
        entry(
            "huge",
            family="Llama",
            name="Huge Writer 70B Instruct",
            parameters=70_600_000_000,
            size_bytes=42_500_000_000,
            good_for="Long, thorough texts.",
        ),
    ]


def library(**changes: Any) -> p.ModelLibrary:
    given: dict[str, Any] = {
        "model": None,
        "catalogue": catalogue(),
        "local": [],
        "budget": budget(),
        "folder": FOLDER,
        "free_bytes": 61_000_000_000,
        "hub": "https://huggingface.co",
    }
    return p.ModelLibrary(**{**given, **changes})


def library_in_use(state: str = "loaded", **changes: Any) -> p.ModelLibrary:
    """One file of the person's own is in use."""
    used = model(
        state=state,
        mode=p.ModelMode.RING,
        budget_bytes=1_600_000_000,
        meter=None if state in ("idle", "loading") else meter(),
        **changes.pop("model", {}),
    )
    path = used.path
    return library(model=used, local=[local(path=path, in_use=True)], **changes)


def predict(request: p.PredictRequest) -> p.PredictReply:
    """What the daemon of the made-up machine says."""
    return p.PredictReply(predictions=[predicted(2_019_000_000, b) for b in request.budgets])
