"""Settings enter; a worker, which does training runs until it is stopped, leaves."""

from __future__ import annotations

import argparse
import logging
from typing import Any


def register(commands: Any) -> None:
    """Add `worker`."""
    one = commands.add_parser("worker", help="do training runs in the background, as the page's own worker does")
    one.add_argument(
        "--parent", type=int, metavar="PID", help="end when this process is gone, which started the worker"
    )
    one.set_defaults(run=work)


def work(options: argparse.Namespace) -> int:
    """`biobert-demo worker`: exit code 0 when stopped, and where another worker serves the folder already."""
    from biobert_demo.settings import Settings
    from biobert_demo.worker import run_worker

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("biobert_demo").setLevel(logging.INFO)
    return run_worker(Settings.from_environment(), options.parent)
