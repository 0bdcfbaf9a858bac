"""A global shortcut on Wayland, asked of the desktop through its portal.

Speaks org.freedesktop.portal.GlobalShortcuts over the session bus (jeepney). The desktop may
ask the person and may give other keys than those preferred; both are fine. Own thread
``shortcut-portal``, plus the bus library's receiver.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from app.shortcut_keys import Keys

_BUS_NAME = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_INTERFACE = "org.freedesktop.portal.GlobalShortcuts"
_REQUEST = "org.freedesktop.portal.Request"
_SHORTCUT = "quick-recall"
_CALL_S = 5.0
_PERSON_S = 120.0  # the desktop may show a dialog meanwhile
APP_ID = "recollect"


class PortalRefused(Exception):
    """The desktop has no such portal, or said no."""


class PortalShortcut:
    """Calls ``ready(words)`` or ``failed(reason)`` once, then ``pressed`` at each use; all
    from its own thread."""

    def __init__(
        self,
        keys: Keys,
        pressed: Callable[[], None],
        ready: Callable[[str], None],
        failed: Callable[[str], None],
    ):
        self._keys = keys
        self._pressed = pressed
        self._ready = ready
        self._failed = failed
        self._inbox: queue.Queue[Any] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="shortcut-portal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Tell the thread to end; it is not waited for, as a call may still be under way."""
        self._inbox.put(None)

    def _run(self) -> None:
        from jeepney.io.threading import open_dbus_router

        try:
            with open_dbus_router() as router:
                session = self._bind(_Portal(router, self._inbox))
                if session is None:
                    return
                while (message := self._inbox.get()) is not None:
                    if _is_activation(message, session):
                        self._pressed()
        except PortalRefused as error:
            self._failed(str(error))
        except Exception as error:  # no bus, no portal, a broken answer: all mean "not here"
            self._failed(f"the desktop's portal does not answer ({type(error).__name__})")

    def _bind(self, portal: _Portal) -> str | None:
        """The session once the shortcut is bound; None when told to stop meanwhile."""
        portal.register()
        results = portal.request("CreateSession", "a{sv}", lambda options: (options,))
        if results is None:
            return None
        session = str(results["session_handle"][1])
        wanted = (
            _SHORTCUT,
            {
                "description": ("s", "Quick recall"),
                "preferred_trigger": ("s", self._keys.trigger()),
            },
        )
        results = portal.request(
            "BindShortcuts",
            "oa(sa{sv})sa{sv}",
            lambda options: (session, [wanted], "", options),
        )
        if results is None:
            return None
        bound = results.get("shortcuts", ("a(sa{sv})", []))[1]
        if not any(name == _SHORTCUT for name, _ in bound):
            raise PortalRefused("the desktop did not grant it")
        self._ready(next(_trigger_text(values) for name, values in bound if name == _SHORTCUT))
        return session


class _Portal:
    """Calls to the portal; every answer comes as a signal on a request object."""

    def __init__(self, router: Any, inbox: queue.Queue[Any]):
        from jeepney import DBusAddress, MatchRule, message_bus
        from jeepney.io.threading import Proxy

        self._router = router
        self._inbox = inbox
        self._address = DBusAddress(_PATH, bus_name=_BUS_NAME, interface=_INTERFACE)
        self._count = 0
        bus = Proxy(message_bus, router, timeout=_CALL_S)
        self._filters = []
        for interface, member in ((_REQUEST, "Response"), (_INTERFACE, "Activated")):
            rule = MatchRule(type="signal", interface=interface, member=member)
            bus.AddMatch(rule)
            self._filters.append(router.filter(rule, queue=inbox))

    def register(self) -> None:
        """Tell newer portals who we are; older ones know no such call."""
        from jeepney import DBusAddress, new_method_call

        registry = DBusAddress(
            _PATH, bus_name=_BUS_NAME, interface="org.freedesktop.host.portal.Registry"
        )
        call = new_method_call(registry, "Register", "sa{sv}", (APP_ID, {}))
        self._router.send_and_get_reply(call, timeout=_CALL_S)

    def request(
        self, member: str, signature: str, body: Callable[[dict[str, Any]], tuple[Any, ...]]
    ) -> dict[str, Any] | None:
        """Call and wait for the person's or the desktop's answer; None when told to stop."""
        from jeepney import MessageType, new_method_call

        self._count += 1
        token = f"recollect{self._count}"
        options = {"handle_token": ("s", token)}
        if member == "CreateSession":
            options["session_handle_token"] = ("s", "recollect")
        sender = self._router.unique_name.lstrip(":").replace(".", "_")
        handle = f"{_PATH}/request/{sender}/{token}"
        call = new_method_call(self._address, member, signature, body(options))
        reply = self._router.send_and_get_reply(call, timeout=_CALL_S)
        if reply.header.message_type is MessageType.error:
            raise PortalRefused("the desktop offers no global shortcuts to programs")
        return self._answer({handle, reply.body[0]})

    def _answer(self, handles: set[str]) -> dict[str, Any] | None:
        from jeepney import HeaderFields

        while True:
            try:
                message = self._inbox.get(timeout=_PERSON_S)
            except queue.Empty:
                raise PortalRefused("the desktop did not answer") from None
            if message is None:
                return None
            if message.header.fields.get(HeaderFields.path) in handles:
                code, results = message.body
                if code != 0:
                    raise PortalRefused("the request was declined")
                return dict(results)


def _is_activation(message: Any, session: str) -> bool:
    from jeepney import HeaderFields

    return (
        message.header.fields.get(HeaderFields.member) == "Activated"
        and message.body[0] == session
        and message.body[1] == _SHORTCUT
    )


def _trigger_text(values: dict[str, Any]) -> str:
    # some desktops write "Press Ctrl+Alt+Space"; only the keys are wanted
    return str(values.get("trigger_description", ("s", ""))[1]).removeprefix("Press ")
