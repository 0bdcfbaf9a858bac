"""A desktop portal at the edge: answers GlobalShortcuts calls on a session bus of the tests.

Run as a program with one argument: ``grant``, ``decline`` or ``none`` (no such interface).
After granting it reports one use of the shortcut, and one of a foreign session before it.
"""

from __future__ import annotations

import sys
from typing import Any

from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection

PATH = "/org/freedesktop/portal/desktop"
SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"


def serve(mood: str) -> None:
    connection = open_dbus_connection("SESSION")
    Proxy(message_bus, connection).RequestName("org.freedesktop.portal.Desktop")
    print("ready", flush=True)
    while True:
        message = connection.receive()
        if message.header.message_type is MessageType.method_call:
            answer(connection, message, mood)


def answer(connection: DBusConnection, message: Any, mood: str) -> None:
    fields = message.header.fields
    member = fields[HeaderFields.member]
    if fields.get(HeaderFields.interface) != SHORTCUTS or mood == "none":
        connection.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))
        return
    options = message.body[-1]
    sender = fields[HeaderFields.sender].lstrip(":").replace(".", "_")
    request = f"{PATH}/request/{sender}/{options['handle_token'][1]}"
    connection.send(new_method_return(message, "o", (request,)))
    session = f"{PATH}/session/{sender}/recollect"
    if member == "CreateSession":
        respond(connection, request, 0, {"session_handle": ("s", session)})
    elif mood == "decline":
        respond(connection, request, 1, {})
    else:
        (name, wanted), *_ = message.body[1]
        granted = {"trigger_description": ("s", "Press " + wanted["preferred_trigger"][1])}
        respond(connection, request, 0, {"shortcuts": ("a(sa{sv})", [(name, granted)])})
        activated(connection, session + "_other", name)
        activated(connection, session, name)


def respond(
    connection: DBusConnection, request: str, code: int, results: dict[str, tuple[str, Any]]
) -> None:
    emitter = DBusAddress(request, interface="org.freedesktop.portal.Request")
    connection.send(new_signal(emitter, "Response", "ua{sv}", (code, results)))


def activated(connection: DBusConnection, session: str, name: str) -> None:
    emitter = DBusAddress(PATH, interface=SHORTCUTS)
    connection.send(new_signal(emitter, "Activated", "osta{sv}", (session, name, 1, {})))


if __name__ == "__main__":
    serve(sys.argv[1])
