"""Language models: which one answers, the library, downloads, the memory budget, forecasts."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from memory.api.replies import reply
from memory.api.routes import new_router
from memory.protocol import (
    DownloadAction,
    ModelAdd,
    ModelBudgetEdit,
    ModelLoad,
    ModelReply,
    ModelUse,
    PredictRequest,
)
from memory.services import Services


def router(services: Services) -> APIRouter:
    routes = new_router()
    language, models = services.language, services.models

    @routes.get("/v1/model")
    def which() -> Response:
        return reply(ModelReply(model=language.info()))

    @routes.put("/v1/model")
    def use(request: ModelUse) -> Response:
        models.use(request)
        return reply(ModelReply(model=language.info()))

    @routes.delete("/v1/model")
    def use_none() -> Response:
        language.use_none()
        return reply(ModelReply(model=language.info()))

    @routes.post("/v1/model/load")
    def load(request: ModelLoad) -> Response:
        language.load(request.check_again)
        return reply(ModelReply(model=language.info()))

    @routes.get("/v1/models")
    def listing() -> Response:
        return reply(models.listing())

    @routes.post("/v1/models")
    def add(request: ModelAdd) -> Response:
        return reply(models.add(request.path))

    @routes.put("/v1/models/budget")
    def budget(request: ModelBudgetEdit) -> Response:
        return reply(models.budget().edit(request))

    @routes.post("/v1/models/predict")
    def predict(request: PredictRequest) -> Response:
        return reply(models.predict(request))

    @routes.post("/v1/models/{model_id}/{action}")
    def act(model_id: str, action: DownloadAction) -> Response:
        return reply(models.act(model_id, action))

    @routes.delete("/v1/models/{model_id}")
    def remove(model_id: str) -> Response:
        return reply(models.remove(model_id))

    return routes
