"""Settings enter; a worker beside this process leaves: started again when it dies, ended when this process ends."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from biobert_demo.leash import python
from biobert_demo.settings import Settings

_LOG = logging.getLogger(__name__)
_PACKAGES = Path(__file__).resolve().parents[1]
_PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0)
_GOOD_SECONDS = 60.0
_OTHER_SECONDS = 5.0
_END_SECONDS = 15.0
_LOG_BYTES = 1_000_000


@contextmanager
def worker_beside(settings: Settings) -> Iterator[None]:
    """Keep a worker while the block lasts, unless the settings say that none is wanted."""
    if not settings.is_worker_on:
        yield
        return
    keeper = WorkerKeeper(settings)
    keeper.start()
    try:
        yield
    finally:
        keeper.stop()


class WorkerKeeper:
    """Starts `biobert-demo worker` and waits for its end, so that it leaves no zombie; what it says is in HOME/worker.log.

    Where another worker serves the folder, this one's ends at once, and is tried again: the other may end too.
    """

    def __init__(self, settings: Settings, command: Sequence[str] | None = None) -> None:
        self._settings = settings
        self._command = list(command or [*python(), "-m", "biobert_demo.cli", "worker", "--parent", str(os.getpid())])
        self._is_stopped = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="keep-worker", daemon=True)

    @property
    def pid(self) -> int | None:
        """The process id of the worker; None while none is running."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    def start(self) -> None:
        """Start the worker, and another one whenever it dies."""
        self._thread.start()

    def stop(self) -> None:
        """End the worker; a trainer of it is ended by it, or else by the system."""
        self._is_stopped.set()
        with self._lock:
            if self._process is not None and self._process.returncode is None:
                self._process.terminate()
        self._thread.join(_END_SECONDS)
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()
            self._thread.join(_END_SECONDS)

    def _keep(self) -> None:
        failures = 0
        while True:
            started = time.monotonic()
            exit_code = self._run_once()
            if self._is_stopped.is_set():
                return
            if exit_code == 0:
                pause = _OTHER_SECONDS
            else:
                failures = 0 if time.monotonic() - started > _GOOD_SECONDS else failures
                pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
                failures += 1
                _LOG.warning(
                    "The worker ended (exit code %s); it is started again in %g seconds. See %s.",
                    exit_code,
                    pause,
                    self._log_path,
                )
            if self._is_stopped.wait(pause):
                return

    def _run_once(self) -> int:
        try:
            with self._open_log() as log, self._lock:
                if self._is_stopped.is_set():
                    return 0
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self._environment(),
                    # Ctrl-C in the terminal reaches the page alone, which then ends its worker in good order.
                    process_group=0,
                )
            return self._process.wait()
        except OSError as error:
            _LOG.warning("The worker could not be started: %s", error)
            return -1

    @property
    def _log_path(self) -> Path:
        return self._settings.home / "worker.log"

    def _open_log(self) -> BinaryIO:
        path = self._log_path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _LOG_BYTES:
            os.replace(path, path.with_suffix(".log.1"))
        return path.open("ab")

    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join(filter(None, [str(_PACKAGES), os.environ.get("PYTHONPATH")]))
        return {**os.environ, "BIOBERT_DEMO_HOME": str(self._settings.home.absolute()), "PYTHONPATH": path}
