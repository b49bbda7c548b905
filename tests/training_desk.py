"""A folder enters; a data folder with a review, a promoted model and the fake trainer leaves, and ways to wait for it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from biobert_demo.documents import Document
from biobert_demo.review import Correction
from biobert_demo.settings import Settings
from biobert_demo.store import Store
from biobert_demo.store.runs import TrainingRun
from biobert_demo.supervision import Patience, Supervisor

ROOT = Path(__file__).resolve().parents[1]
FAKE_TRAINER = ROOT / "tests" / "fake_trainer.py"
HASTY = Patience(look=0.05, grace=0.5, pauses=(0.01,))

_WORKER = """
import logging, sys
sys.path.insert(0, {root!r})
logging.basicConfig(level=logging.INFO)
from biobert_demo.settings import Settings
from biobert_demo.supervision import Patience
from biobert_demo.worker import run_worker
parent = int(sys.argv[1]) if sys.argv[1:] else None
sys.exit(run_worker(Settings.from_environment(), parent, {patience!r}))
"""

Found = TypeVar("Found")


def eventually(find: Callable[[], Found], seconds: float = 120.0) -> Found:
    """What is found, as soon as it is true; a limit for machines that are busy with other work."""
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, f"not so within {seconds} seconds: {find}"
        time.sleep(0.01)
    return found


def is_gone(pid: int) -> bool:
    """Whether no process has this id, not even as a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def is_dead(pid: int) -> bool:
    """Whether a process computes nothing any more, though somebody else may still have to reap it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


class TrainingDesk:
    """A data folder whose trainer is the fake one; options of a run say how it behaves."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.store = Store.open(self.home, backups=False)
        self.environment = {
            "BIOBERT_DEMO_HOME": str(self.home),
            "BIOBERT_DEMO_TRAINER": f"{sys.executable} {FAKE_TRAINER}",
        }
        self.settings = Settings.from_environment(self.environment)
        self.model = folder / "model"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._number = 0

    def queue(self, author: str = "Ann", **options: Any) -> TrainingRun:
        """A run by hand, whose settings are the options."""
        return self.store.runs.queue("ner", trigger="hand", author=author, settings=options)

    def run(self, run: TrainingRun) -> TrainingRun:
        """The run as it is now."""
        return self.store.runs.get(run.id)

    def supervisor(self, **options: Any) -> Supervisor:
        return Supervisor(self.store, self.settings, **{"patience": HASTY} | options)

    def starts(self, run: TrainingRun) -> list[int]:
        """After which step each attempt began."""
        path = self.home / "runs" / str(run.id) / "starts.txt"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def complete_document(self) -> None:
        """One more document whose review is complete."""
        self._number += 1
        text = f"An allergy to penicillin, {self._number}."
        project = self.store.projects.default()
        self.store.documents.add(project.id, [Document(f"{self._number}", text)], lambda problem: None)
        stored = self.store.documents.find(project.id, f"{self._number}")
        assert stored is not None
        review = self.store.reviews.open(stored.id, "Ann")
        correction = Correction("add", start=3, end=10, text="allergy", label="Disease")
        saved = self.store.reviews.save(review.id, [correction], author="Ann", seen=0, key=f"save {self._number}")
        seen = saved.review.revision.number
        self.store.reviews.complete(review.id, author="Ann", seen=seen, key=f"complete {self._number}")

    def promote_model(self) -> None:
        """A model folder that is registered and promoted."""
        self.model.mkdir()
        (self.model / "model.safetensors").write_bytes(b"weights")
        version = self.store.models.register(
            "ner",
            "ner-00000001",
            str(self.model),
            parent_id=None,
            run_id=None,
            labels=("Disease",),
            weights_hash="1",
            data_hash="",
            scores={},
            decision={},
        )
        self.store.models.promote(version.id, author="Ann", reason="first", kind="override")

    def precious(self) -> dict[str, Any]:
        """What no training run may touch: corrections, their history, what is served."""
        connection = sqlite3.connect(self.store.path)
        try:
            tables = ("texts", "documents", "reviews", "steps", "corrections", "spans", "promotions")
            rows = {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in tables}
        finally:
            connection.close()
        files = {path.name: path.read_bytes() for path in self.model.glob("*")}
        return {**rows, "files": files}

    def start_worker(
        self, *arguments: object, patience: Patience = HASTY, **environment: str
    ) -> subprocess.Popen[bytes]:
        """A worker in a process of its own, ended with the test."""
        program = _WORKER.format(root=str(ROOT), patience=patience)
        with (self.home / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", program, *map(str, arguments)],
                env={**os.environ, **self.environment, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._processes.append(process)
        return process

    def start_worker_of_a_parent(self) -> subprocess.Popen[bytes]:
        """A process that has started a worker, as the page does; it prints the worker's process id, and waits."""
        program = (
            "import os, signal, subprocess, sys\n"
            f"command = [sys.executable, '-c', {_WORKER.format(root=str(ROOT), patience=HASTY)!r}, str(os.getpid())]\n"
            "print(subprocess.Popen(command, process_group=0).pid, flush=True)\n"
            "signal.pause()\n"
        )
        with (self.home / "worker.log").open("ab") as log:
            parent = subprocess.Popen(
                [sys.executable, "-c", program],
                env={**os.environ, **self.environment},
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._processes.append(parent)
        return parent

    def close(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        findings = self.store.check()
        self.store.close()
        assert findings == []
