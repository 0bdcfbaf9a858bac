"""Named operations of the place "You", and how a fact's source is opened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.context import Context
from app.fresh import Fresh
from app.ops import Operation, Ops
from app.places import Place
from memory import protocol as p

if TYPE_CHECKING:
    from memory.client import Client

MOST_FACTS = 500


def portrait(ops: Ops) -> Operation[p.PortraitPage]:
    return ops.call("portrait", lambda c: c.portrait())


def add_line(ops: Ops, text: str) -> Operation[p.PortraitPage]:
    return ops.call("add a line", lambda c: c.add_portrait_line(text))


def edit_line(ops: Ops, line_id: str, edit: p.PortraitEdit) -> Operation[p.PortraitPage]:
    return ops.call("change a line", lambda c: c.edit_portrait_line(line_id, edit))


def remove_line(ops: Ops, line_id: str) -> Operation[p.PortraitPage]:
    return ops.call("delete a line", lambda c: c.remove_portrait_line(line_id))


def facts(ops: Ops, text: str) -> Operation[p.FactList]:
    """What holds and what held."""
    states = [p.FactState.CURRENT, p.FactState.PAST]
    return ops.call("facts", lambda c: c.facts(states=states, text=text, limit=MOST_FACTS))


def review(ops: Ops) -> Operation[p.FactReview]:
    return ops.call("doubtful facts", lambda c: c.fact_review())


def decide(ops: Ops, choices: list[tuple[str, p.FactChoice]]) -> Operation[None]:
    """The person's word on one fact, or on two at once."""

    def work(client: Client) -> None:
        for fact_id, choice in choices:
            client.decide_fact(fact_id, choice)

    return ops.call("decide about a fact", work)


def open_said(context: Context, fresh: Fresh, source: p.FactSource) -> None:
    """Open the source column at a sentence."""

    def arrived(detail: p.MemoryDetail) -> None:
        place = Place.of_memory(detail.memory)
        start = min(place.start + source.start, place.end)
        end = max(start, min(place.start + source.end, place.end))
        context.requests.place_wanted.emit(replace(place, start=start, end=end, quote=source.text))

    fresh.ask(context.ops.memory(source.memory).then(arrived))


def open_fact(context: Context, fresh: Fresh, fact: p.FactInfo) -> None:
    """Open the source column where a fact was last told."""

    def arrived(detail: p.FactDetail) -> None:
        if detail.sources:
            open_said(context, fresh, detail.sources[-1])

    fresh.ask(context.ops.call("fact", lambda c: c.fact(fact.id)).then(arrived))
