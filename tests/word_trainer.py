"""`learn --run ID` enters, as the real trainer gets it; a model that knows the words people accepted leaves, in a moment.

It learns nothing: it builds conftest's lexicon model anew, with each accepted word as a further entry. What it writes
into the store - phases, measurements, examples, changes, scores, a decision - has the form of the real trainer's.
The environment says how it shall behave:
    WORD_TRAINER_GATE     a file; while it is not there, the run stays in the middle of its training
    WORD_TRAINER_REFUSES  anything: the model is refused
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from biobert_demo.errors import BiobertDemoError  # noqa: E402
from biobert_demo.segmentation import split_sentences  # noqa: E402
from biobert_demo.settings import Settings  # noqa: E402
from biobert_demo.store import Review, Store  # noqa: E402
from biobert_demo.store.run_records import Outcome, RunExample, SpanChange  # noqa: E402

STEPS = 20
OUTCOMES: dict[tuple[bool, bool], Outcome] = {
    (True, True): "still_right",
    (True, False): "now_wrong",
    (False, True): "now_right",
    (False, False): "still_wrong",
}
EXIT_CODES = {"promoted": 0, "refused": 3, "cancelled": 130}


def main() -> int:
    assert sys.argv[1:3] == ["learn", "--run"], sys.argv
    settings = Settings.from_environment()
    with Store.open(settings.home, backups=False) as store:
        run_id = store.runs.claim(int(sys.argv[3]), os.getpid()).id
        state = learn(store, settings, run_id)
    return EXIT_CODES[state]


def learn(store: Store, settings: Settings, run_id: int) -> str:
    from conftest import MEANINGS, build_lexicon

    from biobert_demo.models import ModelRegistry

    store.runs.beat(run_id, phase="reading")
    projects = store.projects.list()
    reviews = [one for project in projects for one in store.reviews.iterate(project.id) if one.revision.is_complete]
    store.runs.keep_examples(run_id, [example(one) for one in reviews])
    if not train(store, run_id):
        store.runs.finish(run_id, "cancelled", "Cancelled; nothing was changed.")
        return "cancelled"
    store.runs.beat(run_id, phase="comparing")
    accepted = {span.text.lower(): span.label for one in reviews for span in one.revision.gold if span.text.isalpha()}
    changes = [change for one in reviews for change in changes_of(one, MEANINGS, {**MEANINGS, **accepted})]
    store.runs.keep_changes(run_id, changes)
    store.runs.beat(run_id, phase="saving")
    folder = build_lexicon(settings.home / "runs" / str(run_id) / "model", {**MEANINGS, **accepted})
    registry = ModelRegistry(store, settings)
    is_promoted = "WORD_TRAINER_REFUSES" not in os.environ
    parent = registry.promoted("ner")
    model = registry.add_candidate(
        "ner", folder, parent=parent, run_id=run_id, labels=parent.labels, data_hash="d",
        scores=scores(is_promoted), decision=decision(is_promoted),
    )  # fmt: skip
    state = "promoted" if is_promoted else "refused"
    if is_promoted:
        registry.promote(model.id, author="gate", reason="Better where it was corrected.", kind="gate")
    store.runs.finish(run_id, state, f"The model was {state}.", model.id)  # type: ignore[arg-type]
    return state


def train(store: Store, run_id: int) -> bool:
    """Whether it came to its end."""
    gate = os.environ.get("WORD_TRAINER_GATE")
    for step in range(1, STEPS + 1):
        row: dict[str, Any] = {"step": step, "pieces": 100 * step, "loss": 0.8 / step**0.5}
        if step % 5 == 0:
            store.runs.add_metrics(run_id, [{"step": step, "dev_f1": 0.7 + 0.008 * step}])
        store.runs.add_metrics(run_id, [row])
        left = (STEPS - step) * 6.0
        if not store.runs.beat(run_id, phase="training", step=step, steps=STEPS, seconds_left=left, loss=row["loss"]):
            return False
        while step == STEPS // 2 and gate and not Path(gate).exists():
            time.sleep(0.05)
            if not store.runs.beat(run_id, phase="training", step=step, steps=STEPS, seconds_left=left):
                return False
    return True


def example(review: Review) -> RunExample:
    document = review.document
    return RunExample(document.id, review.id, review.revision.number, document.hash, "training", document.project_id)


def changes_of(review: Review, before: Any, after: Any) -> list[SpanChange]:
    text = review.document.document.text
    found = []
    for span in review.revision.gold:
        old, new = (known.get(span.text.lower(), "") for known in (before, after))
        outcome = OUTCOMES[old == span.label, new == span.label]
        around = next(one for one in split_sentences(text) if one.start <= span.start < one.end)
        places = span.start, span.end, span.text, span.label, outcome, old, new, around.start, around.end
        found.append(SpanChange(review.document.id, review.id, *places))
    return found


def decision(is_promoted: bool) -> dict[str, Any]:
    reasons = [
        {
            "kind": "better", "is_against": False, "set": "corrections", "label": "", "before": 70.0, "after": 86.0,
            "low": 4.0, "high": 22.0, "sentence": "All labels on your corrections: 70.0 -> 86.0 (4.0 to 22.0).",
        }
    ]  # fmt: skip
    if not is_promoted:
        reasons.append(
            {
                "kind": "broken", "is_against": True, "set": "must not break", "label": "", "before": None, "after": None,
                "low": None, "high": None, "sentence": "A sentence that must not break is broken: <b>penicillin</b>.",
            }
        )  # fmt: skip
    return {"is_promoted": is_promoted, "reasons": reasons}


def scores(is_promoted: bool) -> dict[str, Any]:
    return {
        "sets": [
            {
                "name": "corrections", "documents": 5, "before": 70.0, "after": 86.0, "low": 4.0, "high": 22.0,
                "labels": {"Disease": {"before": 71.0, "after": 90.0}, "Chemical": {"before": 69.0, "after": 82.0}},
            },
            {"name": "BioRED", "documents": 40, "before": 88.1, "after": 88.0 if is_promoted else 60.0, "labels": {}},
        ]
    }  # fmt: skip


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BiobertDemoError as error:
        print(f"trainer: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
