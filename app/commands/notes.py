"""`topics`, `links`, `memory`: what talks were about, what belongs together, and its versions."""

from __future__ import annotations

import argparse
from typing import Any

from app.commands.output import EXIT_OK, Output, counted, first_line, local_time, positive
from app.daemon_process import connect
from memory.protocol import LinkEnd, MemoryKind, NoteVersions


def register(commands: Any, common: argparse.ArgumentParser) -> None:
    topics = commands.add_parser(
        "topics", parents=[common], help="what talks were about: list, show, learn"
    )
    topics.set_defaults(run=run_topics, words=[], source="", scope=None, limit=50)
    actions = topics.add_subparsers(dest="action", metavar="ACTION")
    listing = actions.add_parser("list", parents=[common], help="newest first")
    listing.add_argument("words", nargs="*", help="words they hold")
    listing.add_argument("--source", default="", help="of this talk: id or name")
    listing.add_argument("--limit", type=positive, default=50)
    _scoped(listing)
    listing.set_defaults(run=run_topics)
    show = actions.add_parser("show", parents=[common], help="one with the turns it was made from")
    show.add_argument("topic")
    _scoped(show)
    show.set_defaults(run=run_topic)
    learn = actions.add_parser("learn", parents=[common], help="cut and link what waits now")
    learn.set_defaults(run=run_learn)
    links = commands.add_parser(
        "links", parents=[common], help="what a memory is about and has to do with"
    )
    links.add_argument("memory")
    _scoped(links)
    links.set_defaults(run=run_links)
    _register_versions(commands, common)


def _register_versions(commands: Any, common: argparse.ArgumentParser) -> None:
    memory = commands.add_parser(
        "memory", parents=[common], help="versions of what a memory is about, and undoing them"
    )
    actions = memory.add_subparsers(dest="action", metavar="ACTION", required=True)
    versions = actions.add_parser("versions", parents=[common], help="all of them, oldest first")
    versions.add_argument("memory")
    _scoped(versions)
    versions.set_defaults(run=run_versions)
    undo = actions.add_parser("undo", parents=[common], help="put an earlier version back")
    undo.add_argument("memory")
    undo.add_argument("--to", type=positive, metavar="VERSION", help="the one before, if left out")
    undo.set_defaults(run=run_undo)


def _scoped(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scope", action="append", metavar="NAME", help="tell of nothing but this scope"
    )


def run_topics(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        found = client.topics(
            source=args.source, text=" ".join(args.words), scopes=args.scope, limit=args.limit
        )
    output.reply(found)
    rows = [
        [one.id, local_time(one.began_at), one.source_title, str(one.turns),
         f"{one.title}: {first_line(one.summary, 70)}"]
        for one in found.topics
    ]  # fmt: skip
    output.table(["topic", "began", "talk", "turns", "about"], rows)
    output.line(f"{len(found.topics)} of {counted(found.total, 'topic')}")
    return EXIT_OK


def run_topic(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        detail = client.topic(args.topic, scopes=args.scope)
    output.reply(detail)
    output.line(f"{detail.topic.title}  ({detail.topic.source_title})")
    output.line(detail.topic.summary)
    for turn in detail.turns:
        who = f"{turn.speaker}: " if turn.speaker else ""
        output.line(f"  {local_time(turn.said_at)}  {who}{first_line(turn.text, 90)}")
    return EXIT_OK


def run_learn(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        done = client.learn_topics()
    output.reply(done)
    output.line(f"{counted(done.topics, 'topic')} made, {counted(done.notes, 'memory')} looked at.")
    return EXIT_OK


def run_links(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        found = client.links(args.memory, scopes=args.scope)
    output.reply(found)
    output.line(_named(found.memory))
    if found.version is None:
        output.line("No note: passages of files have none, and new memories get one soon.")
        return EXIT_OK
    output.line(f"keywords   {', '.join(found.keywords) or '-'}")
    output.line(f"tags       {', '.join(found.tags) or '-'}")
    for name, end in (("topic", found.context.topic), ("told anew", found.context.anew)):
        if end is not None:
            output.line(f"{name:11}{end.memory}  {_named(end)}")
    output.line(f"version    {found.version} ({counted(found.versions, 'version')})")
    for link in found.links:
        output.line(f"  {link.to.memory}  {link.why}")
        output.line(f"      {_named(link.to)}")
    if not found.links:
        output.line("No links.")
    return EXIT_OK


def run_versions(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        found = client.note_versions(args.memory, scopes=args.scope)
    _show(found, output)
    return EXIT_OK


def run_undo(args: argparse.Namespace, output: Output) -> int:
    with connect(args.data_dir) as client:
        found = client.undo_note(args.memory, version=args.to)
    _show(found, output)
    return EXIT_OK


def _show(found: NoteVersions, output: Output) -> None:
    output.reply(found)
    if not found.versions:
        output.line("No versions: this memory has no note.")
    for one in found.versions:
        why = f": {_named(one.because)}" if one.because else ""
        output.line(f"{one.version}  {local_time(one.at)}  {one.cause.value}{why}")
        output.line(f"   {', '.join([*one.keywords, *one.tags]) or '-'}")


def _named(end: LinkEnd) -> str:
    text = end.title if end.kind is MemoryKind.TOPIC and end.title else end.text
    return f"{first_line(text, 90)}  ({end.source_title})"
