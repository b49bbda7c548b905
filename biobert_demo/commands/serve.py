"""A host and a port enter; the page, served until interrupted, leaves."""

from __future__ import annotations

import argparse
from typing import Any

from biobert_demo.commands.terminal import PROGRAM


def register(commands: Any) -> None:
    """Add `serve`."""
    one = commands.add_parser("serve", help="show the page in a browser")
    one.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    one.add_argument("--port", help="port, 0 for any free one (default: 7860)")
    one.add_argument("--no-worker", action="store_true", help="start no worker for training runs beside the page")
    one.set_defaults(run=serve)


def serve(options: argparse.Namespace) -> int:
    """`biobert-demo serve`: show the page; the same as `python app.py`."""
    from biobert_demo.app import main as serve_page

    arguments = [f"--{name}={value}" for name in ("host", "port") if (value := getattr(options, name)) is not None]
    if options.no_worker:
        arguments.append("--no-worker")
    return serve_page(arguments, program=f"{PROGRAM} serve")
