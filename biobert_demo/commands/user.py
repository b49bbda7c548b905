"""Names and passwords enter; a file of accounts, for BIOBERT_DEMO_AUTH, with hashed passwords leaves."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

from biobert_demo.commands.terminal import say
from biobert_demo.errors import BadInput


def register(commands: Any) -> None:
    """Add `user add|list|remove`."""
    user = commands.add_parser("user", help="keep the accounts of those who may use the page")
    actions = user.add_subparsers(required=True, metavar="ACTION", title="actions")
    for name, function, text in (
        ("add", add, "add a person, or give them a new password; it is asked for, or read from standard input"),
        ("list", list_users, "print the names"),
        ("remove", remove, "remove a person"),
    ):
        one = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if name != "list":
            one.add_argument("name", metavar="NAME")
        one.add_argument("--file", metavar="PATH", help="file of accounts (default: the one BIOBERT_DEMO_AUTH names)")
        one.set_defaults(run=function)


def add(options: argparse.Namespace) -> int:
    """`biobert-demo user add NAME`."""
    from biobert_demo.accounts import add_account

    path = _file(options)
    was_there = add_account(path, options.name, _read_password())
    say(f"{options.name} has a new password in {path}." if was_there else f"{options.name} was added to {path}.")
    return 0


def list_users(options: argparse.Namespace) -> int:
    """`biobert-demo user list`: one name a line."""
    from biobert_demo.accounts import read_accounts

    for name in sorted(read_accounts(_file(options))):
        print(name)
    return 0


def remove(options: argparse.Namespace) -> int:
    """`biobert-demo user remove NAME`."""
    from biobert_demo.accounts import remove_account

    path = _file(options)
    remove_account(path, options.name)
    say(f"{options.name} was removed from {path}; what they reviewed stays.")
    return 0


def _file(options: argparse.Namespace) -> Path:
    from biobert_demo.settings import Settings

    path = Path(options.file).expanduser() if options.file else Settings.from_environment().auth
    if path is None:
        raise BadInput("Which file of accounts? Name it with --file PATH, or set BIOBERT_DEMO_AUTH to it.")
    return path


def _read_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != password:
        raise BadInput("The two passwords differ; nothing was changed.")
    return password
