"""The sample exports of two chat programs, as the programs lay them out. Own writing.

The ChatGPT export holds a tree with an abandoned branch, a hidden message and a tool call,
as real ones do; the Claude export has other files beside it.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

_SPACE = uuid.UUID("6f6a1c52-5d3e-4c1a-9d55-0e6f9a1f7b10")

KNEE = [
    (
        "user",
        "I had a meniscus repaired on my left knee on the 4th of February. The hospital sheet "
        "says 'no deep squats for twelve weeks'. I tune pianos and spend half the day "
        "kneeling at pedals. When can I kneel again?",
    ),
    (
        "assistant",
        "After a meniscus *repair* (not a removal) most surgeons want the stitches left in "
        "peace for about twelve weeks. Kneeling bends the knee as far as a deep squat does, "
        "so the same limit is sensible: **not before the end of April**. Ask at your check-up "
        "whether they mean bending under load or bending at all. Until then a low stool, 25 "
        "to 30 cm, keeps the angle below 90 degrees.",
    ),
    (
        "user",
        "The check-up was today. Dr. Osei says 70 degrees until week 6, then 90, and kneeling "
        "on a pad from week 14 if it doesn't swell. She also wants me to cycle.",
    ),
    (
        "assistant",
        "Then your plan could be:\n\n- until 18 March: up to 70 degrees, stool, no pedals\n- "
        "from 18 March: up to 90 degrees, exercise bike without resistance, ten minutes twice "
        "a day\n- from 13 May (week 14): kneeling on a pad, five minutes, and look at the "
        "knee that evening\n\nIf it swells, go back one step for a week. Let Yusuf do the "
        "pedals until May.",
    ),
    ("user", "Yusuf has been doing the pedals since Christmas and is insufferable about it."),
]

LISBON = [
    (
        "user",
        "Theo and I have four days in Lisbon in October, arriving on Thursday the 9th in the "
        "evening. We like trams, old workshops, food that isn't fashionable, and no museums "
        "before eleven. Draft it.",
    ),
    (
        "assistant",
        "**Thursday** late: walk down from Graca, soup and bread near the viewpoint.\n\n"
        "**Friday**: tram 28 at seven, before the crowd; the tile workshop in Alfama at "
        "eleven; sardines; ferry to Cacilhas at dusk.\n\n**Saturday**: flea market, then the "
        "guitar maker you can visit by appointment.\n\n**Sunday**: train to Sintra, but only "
        "the gardens.\n\n**Monday**: coffee, flight.",
    ),
    (
        "user",
        "The guitar maker answered: Saturday at 15:30, Rua da Bica, he speaks French. Sintra "
        "is off, Theo's feet. What instead?",
    ),
    (
        "assistant",
        "Sunday by the river then: the train to Cascais takes 40 minutes, has a seat by the "
        "window on the left, and asks nothing of anybody's feet. Lunch at the fish auction "
        "hall, back by five.",
    ),
]

OFFER = [
    (
        "human",
        "I need an offer for St. Brendan's School: three pianos, one hall, two practice "
        "rooms. Tuning at the start of each term. I usually take 85 for one. They want a "
        "price for the year.",
    ),
    (
        "assistant",
        "Three terms with three pianos make nine tunings; at 85 pounds that is 765. For a "
        "year booked in advance you might give ten per cent and round: **690 pounds a year**, "
        "payable by term at 230. I would add two sentences: small regulation up to 20 minutes "
        "is included, strings are charged at cost.",
    ),
    (
        "human",
        "Good. They asked for a humidity system in the hall as well. It costs me 389 and "
        "takes half a day. I don't want to earn on the box, only on the work.",
    ),
    (
        "assistant",
        'Then say so, schools like it: "Humidity control system at cost price, 389 pounds; '
        'fitting, half a day, 140 pounds." Together with the tunings that is 1,219 pounds in '
        "the first year and 690 in the years after.",
    ),
    (
        "human",
        "Sent it to Mrs. Whitlock, the bursar. Remind me that the offer is good until 30 "
        "November 2025.",
    ),
]

STARTER = [
    (
        "human",
        "My sourdough starter is called Gerda, is four years old, and has gone flat since we "
        "moved the fridge. It smells of nail varnish.",
    ),
    (
        "assistant",
        "Nail varnish means hungry. Gerda has eaten everything and is living on her own "
        "reserves. Feed her 1:5:5 by weight (10 g starter, 50 g flour, 50 g water), half of "
        "the flour rye, at 24 to 26 degrees, twice a day for three days. She should double in "
        "six hours again.",
    ),
    (
        "human",
        "Third day, she climbed out of the jar. The warm place was the shelf over the boiler.",
    ),
    (
        "assistant",
        "Congratulations to both of you. Back to the fridge, a feed every Sunday, and keep 20 "
        "g dried on baking paper as insurance.",
    ),
]


def _id(*parts: object) -> str:
    return str(uuid.uuid5(_SPACE, "/".join(str(p) for p in parts)))


def chatgpt_conversations() -> list[dict[str, Any]]:
    knee = _tree("Kneeling after meniscus repair", KNEE, datetime(2025, 2, 6, 9, 12, tzinfo=UTC))
    lisbon = _tree("Four days in Lisbon", LISBON, datetime(2025, 9, 3, 20, 40, tzinfo=UTC))
    return [knee, lisbon]


def _tree(title: str, said: list[tuple[str, str]], start: datetime) -> dict[str, Any]:
    root = _id(title, "root")
    mapping: dict[str, Any] = {root: {"id": root, "message": None, "parent": None, "children": []}}
    parent = root

    def add(key: str, role: str, text: str, at: datetime | None, **more: Any) -> str:
        mapping[key] = {
            "id": key,
            "parent": parent,
            "children": [],
            "message": {
                "id": key,
                "author": {"role": role, "name": None, "metadata": {}},
                "create_time": None if at is None else at.timestamp(),
                "content": {"content_type": "text", "parts": [text]},
                "status": "finished_successfully",
                "recipient": "all",
                "metadata": {},
                **more,
            },
        }
        mapping[parent]["children"].append(key)
        return key

    hidden = {"is_visually_hidden_from_conversation": True}
    parent = add(_id(title, "system"), "system", "", None, metadata=hidden)
    when = start
    for number, (role, text) in enumerate(said):
        if number == 1:  # a first answer that was thrown away
            add(_id(title, "dropped"), role, "I can't help with that. Ask a professional.", when)
        parent = add(_id(title, number), role, text, when)
        when += timedelta(hours=26 if number == 1 and "Kneeling" in title else 0, minutes=3)
    return {
        "title": title,
        "create_time": start.timestamp(),
        "update_time": when.timestamp(),
        "mapping": mapping,
        "current_node": parent,
        "conversation_id": _id(title),
        "id": _id(title),
    }


def claude_conversations() -> list[dict[str, Any]]:
    offer = _list(
        "Offer for St. Brendan's School", OFFER, datetime(2025, 10, 29, 16, 5, tzinfo=UTC)
    )
    starter = _list("Gerda the starter", STARTER, datetime(2024, 11, 10, 8, 30, tzinfo=UTC))
    return [offer, starter]


def _list(name: str, said: list[tuple[str, str]], start: datetime) -> dict[str, Any]:
    messages = []
    for number, (sender, text) in enumerate(said):
        at = (start + timedelta(minutes=4 * number)).isoformat().replace("+00:00", "Z")
        messages.append(
            {
                "uuid": _id(name, number),
                "text": text,
                "content": [{"type": "text", "text": text}],
                "sender": sender,
                "created_at": at,
                "updated_at": at,
                "attachments": [],
                "files": [],
            }
        )
    return {
        "uuid": _id(name),
        "name": name,
        "created_at": messages[0]["created_at"],
        "updated_at": messages[-1]["created_at"],
        "account": {"uuid": _id("account")},
        "chat_messages": messages,
    }
