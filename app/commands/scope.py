"""`scope`: what may be used where - work, home, health, or words of your own."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from app.commands.output import EXIT_OK, EXIT_USAGE, Output, counted
from app.daemon_process import connect
from memory.client import Client
from memory.protocol import ChatEdit, ScopeEdit


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    scope = commands.add_parser(
        "scope", parents=[common], help="list scopes, or say what belongs to one"
    )
    actions = scope.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", parents=[common], help="every scope with what it holds")
    listing.set_defaults(run=run_list)
    give = actions.add_parser("set", parents=[common], help="give files, notes, chats a scope")
    give.add_argument("scope", help="its name, such as work")
    give.add_argument("source", nargs="*", help="a file, a folder, a note or a conversation")
    give.add_argument("--chat", action="append", default=[], metavar="ID",
                      help="what is said in this chat")  # fmt: skip
    give.set_defaults(run=run_set)
    allow = actions.add_parser(
        "allow", parents=[common], help="let a chat use nothing but these scopes"
    )
    allow.add_argument("chat", help="id of the chat")
    allow.add_argument("scope", nargs="*", help="names; none lets it use all again")
    allow.set_defaults(run=run_allow)


def run_list(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        found = client.scopes()
    output.reply(found)
    rows = [
        [one.name, f"{one.memories:,}", f"{one.sources:,}", f"{one.chats:,}", f"{one.folders:,}"]
        for one in found.scopes
    ]
    output.table(["scope", "memories", "sources", "chats", "folders"], rows)
    return EXIT_OK


def run_set(args: argparse.Namespace, output: Output) -> int:
    if not args.source and not args.chat:
        print("recollect scope set: say what is to have this scope", file=sys.stderr)
        return EXIT_USAGE
    with connect(args.data_dir) as client:
        places = [_place(text) for text in args.source]
        followed = {folder.path: folder.id for folder in client.folders()}
        edit = ScopeEdit(
            scope=args.scope,
            sources=[place for place in places if place not in followed],
            folders=[followed[place] for place in places if place in followed],
            chats=args.chat,
        )
        done = client.set_scope(edit)
    output.reply(done)
    said = [counted(done.sources, "source")]
    said += [counted(done.chats, "chat")] if done.chats else []
    said += [counted(done.folders, "folder")] if done.folders else []
    output.line(f"In {done.scope} now: {', '.join(said)}.")
    return EXIT_OK


def run_allow(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        chat = _allow(client, args.chat, args.scope)
    output.reply(chat)
    names = "all scopes" if chat.scopes is None else ", ".join(chat.scopes)
    output.line(f"“{chat.title}” may use {names}.")
    return EXIT_OK


def _allow(client: Client, chat: str, names: list[str]) -> Any:
    edit = ChatEdit(scopes=names) if names else ChatEdit(every_scope=True)
    return client.edit_chat(chat, edit)


def _place(text: str) -> str:
    """A path becomes absolute; names and ids stay."""
    if os.sep in text or Path(text).exists():
        return str(Path(text).expanduser().absolute())
    return text
