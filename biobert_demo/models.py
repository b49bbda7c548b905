"""A store and settings enter; the registry of model versions leaves, which keeps their folders and says which one serves."""

from __future__ import annotations

import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from biobert_demo.errors import BadInput, BiobertDemoError, ModelUnavailable
from biobert_demo.model_folders import (
    ADDING,
    CONFIG,
    HUB_NAME,
    REMOVING,
    check_model_folder,
    copy_model,
    hash_weights,
    labels_of,
    read_record,
    remove_model,
    stamp_weights,
    version_of,
)
from biobert_demo.model_history import ScoreRow, compare_scores, deletable_models, earlier_models, serving_order
from biobert_demo.settings import Settings
from biobert_demo.store import ModelVersion, Promotion, PromotionRefused, Store, StoreUnavailable, Task, find_file
from biobert_demo.store.models import PromotionKind, peek
from biobert_demo.store.runs import TASKS

__all__ = ["ModelRegistry", "ScoreRow", "Served", "check_model_folder", "find_served", "served_here", "settings_model"]

KEPT = 5
"""How many versions that do not serve any more keep their folders."""

_NAMED_BY_WEIGHTS = re.compile(r"(?:ner|qa)-([0-9a-f]{8})(?:-\d+)?")
"""A version as this program gives it: the task and the first digits of the hash of the weights."""

_STALE_SECONDS = 86_400
"""A copy that was begun longer ago than this will not be finished."""

_LOG = logging.getLogger(__name__)


class Served(NamedTuple):
    """What to serve: where it lies, what the registry knows of it, and what people should hear about it, if anything.

    `model` is None where the settings name what is in no registry: a list of models, or one on a hub.
    """

    folder: Path
    model: ModelVersion | None
    warning: str | None = None


class ModelRegistry:
    """The model versions of a store, with their folders in `models` in the data folder.

    The settings' model is the base: it stays where it is. What runs make is copied in, and is never changed there.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._hashes: dict[Task, tuple[object, str]] = {}

    def base(self, task: Task) -> ModelVersion:
        """The settings' model, registered and, where no model of the lab's own is, promoted.

        Other weights than before are a further version; they are promoted if the base before them was. Raises
        ModelUnavailable where the folder is gone or damaged, or the settings name no folder.
        """
        folder = settings_model(self._settings, task)
        if _is_elsewhere(folder):
            raise ModelUnavailable(
                f"{folder} is no folder but a list of models or a name on a hub, so nothing can be learned from it; set "
                f"BIOBERT_DEMO_{task.upper()}_MODEL to a model folder, or leave it out for the one that ships."
            )
        check_model_folder(folder, may_hold_pickles=True)
        labels = labels_of(folder) if task == "ner" else ()
        weights_hash, version = self._hash_base(task, folder), version_of(folder)
        named = _NAMED_BY_WEIGHTS.fullmatch(version)
        if named and not weights_hash.startswith(named[1]):
            # Else damage would be taken for a new release; and one version of other weights hides what they predict.
            raise ModelUnavailable(
                f"The weights in {folder} are damaged or others than its {CONFIG} says: {version!r} has the SHA-256 "
                f"{named[1]}..., and they have {weights_hash[:8]}...; restore the folder, or give it a version of its own."
            )
        return self._store.models.adopt_base(task, version, folder.resolve(), labels=labels, weights_hash=weights_hash)

    def promoted(self, task: Task) -> ModelVersion:
        """The model version that should serve; the base where none was promoted yet."""
        found = self._store.models.promoted(task)
        if found is None:
            self.base(task)
            found = self._store.models.promoted(task)
            assert found is not None
        return found

    def served_folder(self, task: Task) -> Served:
        """The promoted model if its folder is whole, else the last good one, with a sentence that says so.

        Its weights are read and hashed. Raises ModelUnavailable where no folder is whole.
        """
        settled = settings_model(self._settings, task)
        promoted = self._store.models.promoted(task)
        if _is_elsewhere(settled):
            return Served(settled, None, _say_not_asked(settled, promoted))
        try:
            self.base(task)
        except ModelUnavailable:
            # What the lab promoted goes on serving without it.
            if promoted is None:
                raise
        return self._first_whole(self._store.models.list(task), self._store.models.promotions(task))

    def folder_of(self, model: ModelVersion) -> Path:
        """Where a version lies, also after the data folder was moved."""
        return _folder_of(model, self._settings.home)

    def check(self, model: ModelVersion) -> None:
        """Raise ModelUnavailable where a version's folder is not what was registered."""
        _check_version(model, self._settings.home)

    def add_candidate(
        self,
        task: Task,
        folder: Path,
        *,
        parent: ModelVersion | None,
        run_id: int | None,
        labels: Iterable[str],
        data_hash: str = "",
        scores: Mapping[str, Any] | None = None,
        decision: Mapping[str, Any] | None = None,
        note: str = "",
    ) -> ModelVersion:
        """Copy a model folder into the registry, whole or not at all, named by its weights; the source stays.

        The same weights of the same run again leave the version that there is. Raises ModelUnavailable for a folder that
        cannot be served, BiobertDemoError where there is no room for it.
        """
        check_model_folder(folder)
        weights_hash = hash_weights(folder)
        for known in self._store.models.list(task):
            is_the_same = (known.run_id, known.weights_hash) == (run_id, weights_hash)
            if is_the_same and run_id is not None and known.state != "deleted":
                return known
        labels = tuple(labels)
        record = {
            "task": task, "parent": parent.version if parent else None, "run": run_id,
            "created": datetime.now(UTC).isoformat(timespec="seconds"), "labels": labels, "weights_hash": weights_hash,
            "data_hash": data_hash, "scores": scores or {}, "decision": decision or {},
        }  # fmt: skip
        version, target = self._take_folder(task, f"{task}-{weights_hash[:8]}", folder, record)
        try:
            return self._store.models.register(
                task,
                version,
                target,
                parent_id=parent.id if parent else None,
                run_id=run_id,
                labels=labels,
                weights_hash=weights_hash,
                data_hash=data_hash,
                scores=scores,
                decision=decision,
                note=note,
            )
        except BiobertDemoError:
            remove_model(target)
            raise

    def promote(self, id: int, *, author: str, reason: str, kind: PromotionKind, seen: int | None = None) -> Promotion:
        """Have a model serve from now on; `seen` as in `store.models.promote`.

        Raises ModelUnavailable where its folder is not whole, and PromotionRefused, or BadInput, where it may not be.
        """
        model = self._store.models.get(id)
        if model.state != "deleted":
            self.check(model)
        return self._store.models.promote(id, author=author, reason=reason, kind=kind, seen=seen)

    def rollback(self, task: Task, *, author: str, reason: str = "") -> ModelVersion:
        """Have the model serve that was promoted before the present one and is still whole; again goes further back.

        Raises PromotionRefused where there is none.
        """
        promotions = self._store.models.promotions(task)
        problems: list[str] = []
        for model in earlier_models(self._store.models.list(task), promotions):
            try:
                self.check(model)
            except ModelUnavailable as error:
                problems.append(f"Model {model.number}: {error}")
                continue
            present = self._store.models.get(promotions[-1].model_id)
            reason = reason or f"Back from model {present.number}."
            self._store.models.promote(model.id, author=author, reason=reason, kind="rollback", seen=promotions[-1].id)
            return self._store.models.get(model.id)
        raise PromotionRefused(
            " ".join(
                ["There is no earlier model to go back to; promote one of those that `models list` shows.", *problems]
            )
        )

    def prune(self, keep: int = KEPT) -> list[ModelVersion]:
        """Delete the folders of old versions, of each task all but the `keep` most useful; see `deletable_models`.

        Each is marked in the store first, then removed; what an interrupted call left is removed by the next one.
        """
        deleted = []
        for task in TASKS:
            models = self._store.models.list(task)
            ended = {id for model in models if (id := model.run_id) is not None and self._store.runs.get(id).is_ended}
            for model in deletable_models(models, self._store.models.promotions(task), keep, ended):
                try:
                    deleted.append(self._store.models.mark_deleted(model.id))
                except PromotionRefused as refused:
                    # It was promoted or pinned since the list was read.
                    _LOG.info("%s", refused)
            self._remove_deleted(task)
        return deleted

    def compare(self, first: ModelVersion, second: ModelVersion) -> list[ScoreRow]:
        """The scores of two versions side by side."""
        return compare_scores(first.scores, second.scores)

    def find(self, task: Task, text: str | int) -> ModelVersion:
        """The version of a task with a number or name; raises BadInput with those that there are."""
        found = self._store.models.find(task, text)
        if found is None:
            known = ", ".join(str(model.number) for model in self._store.models.list(task)) or "none yet"
            raise BadInput(f"There is no model {str(text)[:60]!r} for {task}; the numbers are {known}.")
        return found

    def find_damage(self, task: Task) -> str | None:
        """What is wrong with the folder of the promoted model, in a sentence; nothing is registered or changed."""
        found = find_served(self._settings, task)
        if found.warning or found.model is not None:
            return found.warning
        promoted, folder = self._store.models.promoted(task), found.folder
        if promoted is None or _is_elsewhere(folder):
            return None
        try:
            check_model_folder(folder, may_hold_pickles=True)
        except ModelUnavailable as error:
            return f"{_name(promoted)} is promoted, but cannot serve: {error}"
        return None

    def _first_whole(self, models: list[ModelVersion], promotions: list[Promotion]) -> Served:
        return _first_whole(models, promotions, self._settings.home)

    def _hash_base(self, task: Task, folder: Path) -> str:
        # A page asks often; the weights are read anew where the file system says that they may have changed.
        stamp = (folder, stamp_weights(folder))
        known = self._hashes.get(task)
        if known is None or known[0] != stamp:
            known = self._hashes[task] = (stamp, hash_weights(folder))
        return known[1]

    def _take_folder(self, task: Task, name: str, source: Path, record: Mapping[str, Any]) -> tuple[str, Path]:
        """(version, folder) of a copy under the name, or under the name with a number where it is taken."""
        home = self._settings.home / "models" / task
        taken = {self.folder_of(model) for model in self._store.models.list(task)}
        attempt = 1
        while True:
            version = name if attempt == 1 else f"{name}-{attempt}"
            try:
                if home / version not in taken and record["run"] is not None:
                    # Of this very run, which was killed before it could register it.
                    left = read_record(home / version)
                    if (left.get("run"), left.get("weights_hash")) == (record["run"], record["weights_hash"]):
                        remove_model(home / version)
                copy_model(source, home / version, {"version": version, **record})
                return version, home / version
            except FileExistsError:
                attempt += 1
            except OSError as error:
                raise BiobertDemoError(
                    f"The new model could not be kept in {home} ({error}); free some space or make the folder writable, and "
                    "try again. What is served is untouched."
                ) from error

    def _remove_deleted(self, task: Task) -> None:
        models = self._store.models.list(task)
        home = (self._settings.home / "models" / task).resolve()
        kept = {self.folder_of(model) for model in models if model.state != "deleted"}
        for model in models:
            folder = self.folder_of(model)
            if model.state == "deleted" and folder.resolve().parent == home and folder not in kept:
                try:
                    remove_model(folder)
                except OSError as error:
                    raise BiobertDemoError(
                        f"The folder {folder} of a deleted model cannot be removed ({error}); close what has it open, and "
                        "prune again."
                    ) from error
        for left in home.glob(f"{REMOVING}*"):
            shutil.rmtree(left, ignore_errors=True)
        for left in home.glob(f"{ADDING}*"):
            if left.stat().st_mtime < time.time() - _STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def settings_model(settings: Settings, task: Task) -> Path:
    """The model that the settings name for a task."""
    return settings.ner_model if task == "ner" else settings.qa_model


def find_served(settings: Settings, task: Task = "ner") -> Served:
    """What to serve, for programs that use no store: nothing is made, registered or promoted.

    The promoted model of the store in the data folder if there is one and somebody chose it, else the settings' model.
    """
    folder, file = settings_model(settings, task), find_file(settings.home)
    if not file.is_file():
        return Served(folder, None)
    try:
        models, promotions = peek(file, task)
    except StoreUnavailable as error:
        return Served(folder, None, f"Which model was promoted is not known, so {folder} is used: {error}")
    promoted = next((model for model in models if model.state == "promoted"), None)
    if promoted is None:
        return Served(folder, None)
    if _is_elsewhere(folder):
        return Served(folder, None, _say_not_asked(folder, promoted))
    # A base serves as it is now: a newer one that ships takes its place as soon as the page is started.
    if promoted.is_base and (promotions[-1].kind == "base" or Path(promoted.folder) == folder.resolve()):
        return Served(folder, None)
    try:
        return _first_whole(models, promotions, settings.home)
    except ModelUnavailable as error:
        return Served(folder, None, f"{folder} is used: {error}")


def served_here(task: Task = "ner", say: Callable[[str], object] = _LOG.warning) -> Path:
    """The folder of `find_served` with the settings of the environment; what people should hear is said, once."""
    found = find_served(Settings.from_environment(), task)
    if found.warning:
        say(found.warning)
    return found.folder


def _first_whole(models: list[ModelVersion], promotions: list[Promotion], home: Path) -> Served:
    problem = ""
    for model in serving_order(models, promotions):
        try:
            _check_version(model, home)
        except ModelUnavailable as error:
            problem = problem or f"{_name(model)} is promoted, but cannot serve: {error}"
            continue
        warning = f"{problem} {_name(model)} serves instead." if problem else None
        return Served(_folder_of(model, home), model, warning)
    raise ModelUnavailable(f"{problem} No other model is whole either.")


def _folder_of(model: ModelVersion, home: Path) -> Path:
    registered = Path(model.folder)
    # The data folder may have been moved, or copied, since.
    here = home / "models" / model.task / registered.name
    return here if not model.is_base and here.is_dir() else registered


def _check_version(model: ModelVersion, home: Path) -> None:
    if model.state == "deleted":
        raise ModelUnavailable(f"Its folder was deleted; promote another model than {model.number}.")
    folder = _folder_of(model, home)
    check_model_folder(folder, model.weights_hash, may_hold_pickles=model.is_base)
    if not model.is_base and version_of(folder) != model.version:
        raise ModelUnavailable(
            f"The folder {folder} says that it is {version_of(folder)!r}, but it was registered as {model.version!r}; "
            "restore it from a backup or choose another model."
        )


def _name(model: ModelVersion) -> str:
    return f"Model {model.number} ({model.version})"


def _is_elsewhere(path: Path) -> bool:
    """Whether it is a list of models or a name on a hub, which no registry keeps."""
    is_hub_name = HUB_NAME.fullmatch(path.as_posix()) is not None and not path.exists()
    return path.suffix.lower() == ".toml" or is_hub_name


def _say_not_asked(path: Path, promoted: ModelVersion | None) -> str | None:
    if promoted is None or promoted.is_base:
        return None
    return f"{_name(promoted)} is promoted, but the settings name {os.fspath(path)}, which serves instead."
