"""Calls enter; what threads, or processes, get that make them all at the same time leaves."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from biobert_demo.store import RunRefused

RUNNING = Path(__file__).with_name("running_process.py")


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    """What `count` threads got that called at the same time; errors count as answers."""
    barrier = threading.Barrier(count)
    answers: list[Any] = []

    def run(i: int) -> None:
        barrier.wait()
        try:
            answers.append(call(i))
        except RunRefused as error:
            answers.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def processes_at_once(folder: Path, *commands: tuple[str, ...]) -> list[Any]:
    """What several processes got that called at the same time."""
    started = [
        subprocess.Popen(
            [sys.executable, str(RUNNING), str(folder), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [json.loads(process.communicate()[0]) for process in started]
