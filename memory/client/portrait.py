"""Requests about the portrait; the paths are those of ``memory.api.portrait``."""

from __future__ import annotations

from memory import protocol as p
from memory.client.channel import Channel


class PortraitRequests(Channel):
    """A part of ``memory.client.requests.Client``. Every reply is the page as it is then."""

    def portrait(self) -> p.PortraitPage:
        """Who the person is, in lines made from facts and in their own words."""
        return self._get("/v1/portrait", p.PortraitPage)

    def add_portrait_line(self, text: str) -> p.PortraitPage:
        add = p.PortraitAdd(text=text)
        return self._post("/v1/portrait/lines", add, p.PortraitPage)

    def edit_portrait_line(self, line_id: str, edit: p.PortraitEdit) -> p.PortraitPage:
        """Change its words, hide it, or put either back."""
        return self._send_for("PATCH", f"/v1/portrait/lines/{line_id}", edit, p.PortraitPage)

    def remove_portrait_line(self, line_id: str) -> p.PortraitPage:
        """Delete a line of the person's own, for good."""
        return self._send_for("DELETE", f"/v1/portrait/lines/{line_id}", None, p.PortraitPage, None)
