"""The wish for a training run enters; a queued run in the store, and a knock at the worker's door, leave.

What is queued is written in the store. The messages here only wake a worker up: one that is lost, since huey takes a
message out of its queue before it is worked on, costs a minute at most, until a worker looks by itself.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sqlite3
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from biobert_demo.errors import BadInput, BiobertDemoError
from biobert_demo.settings import Settings
from biobert_demo.training_plan import TrainingPlan

if TYPE_CHECKING:
    from huey import Huey

    from biobert_demo.store import Store
    from biobert_demo.store.runs import Task, TrainingRun, Trigger

FILE_NAME = "queue.sqlite"
_QUEUE_NAME = "biobert-demo"
_PLAN = "training"
_EVERYBODY = ""

_LOG = logging.getLogger(__name__)


def request_run(
    store: Store,
    settings: Settings,
    task: Task = "ner",
    *,
    trigger: Trigger,
    author: str,
    project_id: int | None = None,
    options: Mapping[str, Any] | None = None,
) -> TrainingRun:
    """Queue a run, or find the one that is queued already, and wake the worker."""
    run = store.runs.queue(task, trigger=trigger, author=author, project_id=project_id, settings=options)
    wake_worker(settings, run.id)
    return run


def wake_worker(settings: Settings, run_id: int) -> None:
    """Tell a worker that a run is queued. Where that cannot be told, a worker finds out within a minute."""
    try:
        TrainingQueue(settings).wake(run_id)
    except BiobertDemoError as error:
        _LOG.warning("The worker could not be told of run %s; it will find it within a minute. %s", run_id, error)


def is_worker_there(settings: Settings) -> bool:
    """Whether a worker serves this data folder now."""
    from filelock import FileLock, Timeout

    if not settings.home.is_dir():
        return False
    try:
        with FileLock(settings.home / "worker.lock", timeout=0):
            return False
    except Timeout:
        return True


def read_plan(store: Store, settings: Settings) -> TrainingPlan:
    """When runs start by themselves: what was kept last, else BIOBERT_DEMO_TRAIN_AFTER."""
    kept = store.preferences.get(_EVERYBODY, _PLAN)
    return TrainingPlan(settings.train_after) if kept is None else TrainingPlan.from_json(kept)


def keep_plan(store: Store, plan: TrainingPlan) -> None:
    """Change when runs start by themselves; a worker reads it within a minute."""
    store.preferences.set(_EVERYBODY, _PLAN, plan.to_json())


class TrainingQueue:
    """Huey's queue with two tasks: `run_fine_tuning`, and one that it starts each minute.

    Whoever only sends gives no functions. Messages are JSON rather than pickles: whoever can write into the queue can
    wake the worker, and nothing else.
    """

    def __init__(
        self,
        settings: Settings,
        on_run: Callable[[int], None] = lambda run_id: None,
        on_minute: Callable[[], None] = lambda: None,
        *,
        is_immediate: bool = False,
    ) -> None:
        from huey import crontab

        self._settings = settings
        self.huey = _open(settings, is_immediate)

        def run_fine_tuning(run_id: int) -> None:
            on_run(int(run_id))

        def look_around() -> None:
            on_minute()

        self._run_fine_tuning = self.huey.task(name="run_fine_tuning")(run_fine_tuning)
        self._look_around = self.huey.periodic_task(crontab(), name="look_around")(look_around)

    def wake(self, run_id: int | None = None) -> None:
        """Have the worker do what is queued, or look around now; raises BiobertDemoError where the queue is not there."""
        try:
            if run_id is None:
                self._look_around()
            else:
                self._run_fine_tuning(run_id)
        except _broker_errors(self._settings) as error:
            place = _masked(self._settings.redis) if self._settings.redis else self._settings.home / FILE_NAME
            raise BiobertDemoError(
                f"The queue {place} cannot be reached ({error}); check that it is there and can be written to."
            ) from error


def _broker_errors(settings: Settings) -> tuple[type[Exception], ...]:
    if not settings.redis:
        return (sqlite3.Error, OSError)
    from redis.exceptions import RedisError

    return (RedisError, OSError)


def _masked(url: str) -> str:
    """The address without its password, which has no place in logs."""
    return re.sub(r":[^:@/]*@", ":***@", url)


def _open(settings: Settings, is_immediate: bool) -> Huey:
    from huey import RedisHuey, SqliteHuey

    options: dict[str, Any] = {"results": False, "serializer": _make_serializer(), "immediate": is_immediate}
    if settings.redis and not is_immediate:
        from huey.exceptions import ConfigurationError

        try:
            return RedisHuey(_QUEUE_NAME, url=settings.redis, **options)
        except ConfigurationError as error:
            raise BadInput(
                "BIOBERT_DEMO_REDIS is set, but the package redis is not installed; "
                "run: pip install 'biobert-demo[redis]'."
            ) from error
        except ValueError as error:
            raise BadInput(
                f"BIOBERT_DEMO_REDIS must be like redis://host:6379/0, but it is {_masked(settings.redis)!r} ({error})."
            ) from error
    path = settings.home / FILE_NAME
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        return SqliteHuey(_QUEUE_NAME, filename=str(path), **options)
    except sqlite3.OperationalError as error:
        raise BiobertDemoError(
            f"The queue {path} cannot be written to ({error}); check space and permissions."
        ) from error
    except sqlite3.DatabaseError as error:
        # It holds nothing that is not in the store too.
        aside = path.with_suffix(".damaged")
        _LOG.warning("The queue %s is damaged (%s); it is kept as %s, and a new one made.", path, error, aside.name)
        os.replace(path, aside)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return SqliteHuey(_QUEUE_NAME, filename=str(path), **options)


def _make_serializer() -> Any:
    """Huey's serializer, with JSON in place of pickle. A message of ours has no dates and no further tasks in it."""
    from huey.registry import Message
    from huey.serializer import Serializer

    class JsonSerializer(Serializer):
        def _serialize(self, data: Any) -> bytes:
            return json.dumps(data._asdict() if isinstance(data, Message) else data).encode("utf-8")

        def _deserialize(self, data: bytes) -> Any:
            value = json.loads(bytes(data))
            return Message(**value) if isinstance(value, dict) else value

    return JsonSerializer()
