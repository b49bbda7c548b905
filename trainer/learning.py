"""A queued training run enters; corrections become a candidate model, the gate decides, and the run ends in the store.

The story, top-down: snapshot of the corrections -> fine-tune from the promoted model -> (where few documents are held
out) the same on parts, cross-fitted -> compare with the promoted model -> decide -> register -> promote or keep as
refused. Each chapter leaves its result in the run's folder, so a run that was killed goes on where it stood.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biobert_demo.errors import BadInput, BiobertDemoError
from biobert_demo.reviewed import ReviewedDocument
from biobert_demo.store import StoreUnavailable
from trainer.corrections import Snapshot, describe, load_snapshot, save_snapshot, take_snapshot
from trainer.judgement import Judge, Judgement
from trainer.learning_card import write_learning_card
from trainer.pulse import Cancelled, Pulse
from trainer.replay import REPLAY_FILE, read_gold
from trainer.run import say, write_json

if TYPE_CHECKING:
    from biobert_demo.models import ModelRegistry
    from biobert_demo.store import ModelVersion, Store, TrainingRun
    from biobert_demo.store.run_records import RunExample
    from trainer.adaptation import AdaptationSettings
    from trainer.evaluation import EvaluationSet

EXIT_CODES = {"promoted": 0, "refused": 3, "failed": 1, "cancelled": 130}

FOLD_SHARE = 0.5
"""Of the most word pieces of a run, for each model of the cross-fitting."""

CANDIDATE = "candidate"
"""The folder, in the run's, of the fine-tuning whose model may serve."""

CURVE_SET = "held-out corrections"
"""The name of the dev set that the live curve shows."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: "promoted" or "refused", with what a person reads."""

    state: str
    message: str
    model_id: int | None = None


def learn(run_id: int) -> int:
    """Do the queued run with an id, in the store that the environment names; returns the exit code.

    0: the new model was promoted; 3: the gate refused it; 1: the run failed; 130: it was cancelled. However it ends, the
    run says so in the store, and the model that serves is untouched unless the gate promoted the new one.
    """
    from biobert_demo.models import ModelRegistry
    from biobert_demo.settings import Settings
    from biobert_demo.store import Store

    settings = Settings.from_environment()
    with Store.open(settings.home, backups=False) as store:
        run = store.runs.claim(run_id, os.getpid())
        pulse = Pulse(store, run)
        signal.signal(signal.SIGTERM, pulse.stop)
        signal.signal(signal.SIGINT, pulse.stop)
        outcome = _give(Lesson(store, ModelRegistry(store, settings), run, settings.home, pulse))
        if outcome is None:
            say("Stopped; the run goes on from its checkpoint.")
            return EXIT_CODES["cancelled"]
        store.runs.finish(run.id, outcome.state, outcome.message, outcome.model_id)  # type: ignore[arg-type]
        print(outcome.message)
        return EXIT_CODES[outcome.state]


def _give(lesson: Lesson) -> Outcome | None:
    """The lesson's outcome, also where it failed; None where the process was stopped and the run shall go on later."""
    try:
        return lesson.give()
    except StoreUnavailable:
        # Whoever watches this process starts it again when the store is there.
        raise
    except Cancelled as stopped:
        return Outcome("cancelled", "Cancelled; the model that serves is unchanged.") if stopped.is_final else None
    except BiobertDemoError as error:
        return Outcome("failed", str(error))
    except (MemoryError, RuntimeError) as error:  # torch tells of short memory, among other things, with a RuntimeError
        say(f"{type(error).__name__}: {error}")
        return Outcome("failed", explain(error))


class Lesson:
    """One run's chapters, in order."""

    def __init__(self, store: Store, registry: ModelRegistry, run: TrainingRun, home: Path, pulse: Pulse) -> None:
        self.store, self.registry, self.run, self.pulse, self.home = store, registry, run, pulse, home
        self.folder = home / "runs" / str(run.id)

    def give(self) -> Outcome:
        """All of it; raises BiobertDemoError with what is wrong, Cancelled where it shall stop."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.pulse.enter("reading")
        settings = read_settings(self.run.settings)
        start, promoted, warning = self.registry.served_folder(self.run.task)
        if promoted is None:
            raise BadInput(
                f"{start} is in no registry of models, so nothing can be learned from it; name a model folder."
            )
        if warning:
            say(warning)
        if promoted.run_id == self.run.id:
            # It was killed between the promotion and its end.
            return Outcome("promoted", f"Model {promoted.number} serves now.", promoted.id)
        self._begin_again_after_a_promotion(promoted)
        snapshot = self._snapshot(promoted.labels)
        replay = read_gold(REPLAY_FILE)
        short = replace(settings, evaluations=1, most_pieces=round(settings.most_pieces * FOLD_SHARE))

        def train(name: str, documents: Sequence[ReviewedDocument]) -> Path:
            """The model folder of one fine-tuning; a finished one is taken as it is."""
            from trainer.adaptation import adapt

            folder, is_main = self.folder / name, name == CANDIDATE
            if not (folder / "done").exists():
                adapt(
                    start,
                    documents,
                    replay,
                    snapshot.labels,
                    folder,
                    settings if is_main else short,
                    _curve_set(snapshot) if is_main else (),
                    self.pulse.watch(folder / "metrics.jsonl", CURVE_SET, is_shown=is_main),
                    snapshot.renamed,
                )
                (folder / "done").touch()
            return folder / "model"

        self.pulse.enter("training", describe(snapshot))
        candidate = train(CANDIDATE, snapshot.training)
        judge = Judge(self.store, self.registry, self.run, self.pulse, self.folder, self.home, replay)
        judgement = judge.judge(snapshot, promoted, start, candidate, train)
        self.pulse.enter("saving")
        write_learning_card(candidate, self.run, promoted, snapshot, settings, judgement)
        return self._keep(candidate, promoted, snapshot, judgement)

    def _begin_again_after_a_promotion(self, promoted: ModelVersion) -> None:
        """What was trained from another model than the one that serves now is of no use."""
        path = self.folder / "parent.json"
        if path.exists() and json.loads(path.read_text(encoding="utf-8")) != promoted.id:
            say("Another model was promoted since this run began; it is begun again from that one.")
            for part in self.folder.iterdir():
                if part.is_dir():
                    shutil.rmtree(part)
        write_json(path, promoted.id)

    def _snapshot(self, parent_labels: Sequence[str]) -> Snapshot:
        path = self.folder / "snapshot.json"
        if path.exists():
            return load_snapshot(path)
        snapshot = take_snapshot(self.store, self.run.project_id, parent_labels)
        for note in snapshot.notes:
            say(note)
        self.store.runs.keep_examples(self.run.id, _examples(snapshot))
        save_snapshot(snapshot, path)
        return snapshot

    def _keep(self, candidate: Path, promoted: ModelVersion, snapshot: Snapshot, judgement: Judgement) -> Outcome:
        """Register the candidate with its decision; promote it where the gate says so."""
        decision = judgement.decision
        self.store.runs.keep_changes(self.run.id, judgement.changes)
        model = self.registry.add_candidate(
            self.run.task,
            candidate,
            parent=promoted,
            run_id=self.run.id,
            labels=snapshot.labels,
            data_hash=snapshot.hash,
            scores=judgement.scores,
            decision=decision.to_record(),
        )
        reasons = "\n".join(reason.sentence for reason in decision.reasons)
        if not decision.is_promoted:
            return Outcome("refused", f"Model {model.number} was refused by the gate.\n{reasons}", model.id)
        seen = self.store.models.promotions(self.run.task)[-1]
        if seen.model_id != promoted.id:
            return Outcome(
                "refused",
                f"Model {model.number} passed the gate against model {promoted.number}, but another one was promoted "
                "meanwhile; learn again to compare with that one.",
                model.id,
            )
        self.registry.promote(model.id, author=self.run.author, reason=decision.summary, kind="gate", seen=seen.id)
        self.registry.prune()
        return Outcome(
            "promoted", f"Model {model.number} serves now, in place of model {promoted.number}.\n{reasons}", model.id
        )


def read_settings(values: Mapping[str, Any]) -> AdaptationSettings:
    """The run's settings over the defaults; raises BadInput for one that is not known, or no value for it."""
    from trainer.adaptation import AdaptationSettings

    defaults = {field.name: field.default for field in fields(AdaptationSettings)}
    given = {name: value for name, value in values.items() if value is not None and (name, value) != ("method", "auto")}
    if unknown := sorted(set(given) - set(defaults)):
        raise BadInput(f"The run's settings name {unknown[0]!r}; the settings are {', '.join(sorted(defaults))}.")
    for name, value in given.items():
        if _kind(value) is not _kind(defaults[name]):
            raise BadInput(f"The run's setting {name} is {value!r}, which is not of the kind of {defaults[name]!r}.")
    return replace(AdaptationSettings(), **given)


def _kind(value: object) -> type:
    """float for all numbers, since JSON does not tell them apart."""
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


def explain(error: BaseException) -> str:
    """A sentence for an error that Python or torch raised."""
    if isinstance(error, MemoryError) or "memory" in str(error).lower():
        return (
            "There was not enough memory to go on; close other programs and learn again. The model that serves is "
            "unchanged."
        )
    first = "".join(str(error).strip().splitlines()[:1])[:300]
    return (
        f"The run failed ({type(error).__name__}: {first}); its folder in runs has the log. The model that serves is "
        "unchanged."
    )


def _curve_set(snapshot: Snapshot) -> list[EvaluationSet]:
    """What the live curve is scored on: the held-out documents that are complete."""
    from trainer.evaluation import EvaluationSet

    complete = [one for one in snapshot.held_out if one.is_complete]
    covered = sorted({label for one in complete for label in one.labels if label in snapshot.labels})
    return [EvaluationSet(CURVE_SET, [one.document for one in complete], covered)] if complete and covered else []


def _examples(snapshot: Snapshot) -> list[RunExample]:
    from biobert_demo.store.run_records import Part, RunExample

    parts: list[tuple[Part, Sequence[ReviewedDocument]]] = [
        ("training", snapshot.training),
        ("held_out", snapshot.held_out),
    ]
    return [
        RunExample(one.document_id or 0, one.review_id or 0, one.revision, one.hash, part, one.project_id or 0)
        for part, documents in parts
        for one in documents
    ]
