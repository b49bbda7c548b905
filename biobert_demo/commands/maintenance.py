"""The store enters; copies of it, a restored one, or what is wrong with it leave."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from biobert_demo.commands.opening import opened_store
from biobert_demo.commands.terminal import EXIT_FAILED, fail, say
from biobert_demo.errors import BadInput
from biobert_demo.wording import count_nouns


def register(commands: Any) -> None:
    """Add `backup`, `restore` and `check`."""
    one = commands.add_parser(
        "backup", help="copy the store", description="Copy the store, also while others work in it, and check the copy."
    )
    one.add_argument("target", nargs="?", metavar="TARGET", help="file or folder (default: backups/ beside the store)")
    one.set_defaults(run=backup)
    one = commands.add_parser(
        "restore",
        help="put a copy in the store's place",
        description="Put a copy made by `backup` in the store's place, once it has proved to be whole. What was there "
        "is kept as a backup.",
    )
    one.add_argument("file", metavar="FILE")
    one.set_defaults(run=restore)
    one = commands.add_parser(
        "check",
        help="look whether the store is whole",
        description="Look whether the store is whole: the file, its references, whether each history leads to the "
        "state that is shown, and the folders of the promoted models.",
    )
    one.set_defaults(run=check)


def backup(options: argparse.Namespace) -> int:
    """`biobert-demo backup`: prints the path of the copy."""
    with opened_store() as store:
        print(store.backup(Path(options.target).expanduser() if options.target else None))
    return 0


def restore(options: argparse.Namespace) -> int:
    """`biobert-demo restore FILE`."""
    from biobert_demo.settings import Settings
    from biobert_demo.store import restore_store

    path = Path(options.file).expanduser()
    if not path.is_file():
        raise BadInput(f"There is no file {path}; `biobert-demo backup` prints where it puts them.")
    kept = restore_store(Settings.from_environment().home, path)
    say(f"The store is now {path}." + (f" What was there before is {kept}." if kept else ""))
    return 0


def check(_: argparse.Namespace) -> int:
    """`biobert-demo check`: exit code 1 and one line a finding where something is wrong."""
    from biobert_demo.models import ModelRegistry
    from biobert_demo.settings import Settings
    from biobert_demo.store.runs import TASKS

    with opened_store() as store:
        findings = [finding.message for finding in store.check()]
        registry = ModelRegistry(store, Settings.from_environment())
        findings += [damage for task in TASKS if (damage := registry.find_damage(task))]
    for finding in findings:
        say(finding)
    if findings:
        return fail(f"{count_nouns(len(findings), 'finding')}; restore a backup, or report what happened.", EXIT_FAILED)
    say("The store is whole.")
    return 0
