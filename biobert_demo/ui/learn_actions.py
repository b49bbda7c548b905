"""What a person asks for on the tab "Learn" enters; one call of the store a time, and values to draw, leave.

The functions that scripts call take one dict and return one, {"error": a sentence} where they cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from biobert_demo.errors import BadInput, BiobertDemoError
from biobert_demo.learning_curve import curve_points, describe_forecasts
from biobert_demo.learning_view import (
    compare_models,
    present_change,
    present_decision,
    present_model,
    present_phases,
    present_run,
)
from biobert_demo.learning_words import GLOSSARY
from biobert_demo.model_history import earlier_models
from biobert_demo.settings import Settings
from biobert_demo.store import Project, Store
from biobert_demo.store.run_records import OUTCOMES
from biobert_demo.training_plan import TrainingPlan
from biobert_demo.ui.people import NAMELESS, People
from biobert_demo.ui.presentation import present_labels
from biobert_demo.ui.review_actions import Answer, read_number, read_text
from biobert_demo.ui.store_state import StoreState
from biobert_demo.wording import count_nouns

if TYPE_CHECKING:
    from biobert_demo.models import ModelRegistry
    from biobert_demo.store.run_records import SpanChange
    from biobert_demo.store.runs import Task, TrainingRun

TASK: Task = "ner"
CHANGES_AT_ONCE = 20
_RUNS_LISTED = 20
LONGEST_REASON = 500


class LearnActions:
    """Everything the tab can ask for."""

    def __init__(self, stores: StoreState, people: People, settings: Settings | None) -> None:
        self._stores = stores
        self._people = people
        self._settings = settings

    def server_functions(self) -> list[Callable[..., Answer]]:
        """What the scripts call."""
        return [
            self._as_function(name, action)
            for name, action in (
                ("list_changes", self.list_changes),
                ("promote_model", self.promote_model),
                ("roll_back", self.roll_back),
                ("pin_model", self.pin_model),
                ("compare_two", self.compare_two),
            )
        ]

    # ------------------------------------------------------------------ looking

    def current_run(self) -> TrainingRun | None:
        """The run that is running or queued, else the newest one."""
        runs = self._stores.store().runs
        return runs.running() or runs.queued(TASK) or next(iter(runs.list(TASK, limit=1)), None)

    def look_at_run(self) -> Answer:
        """The state of the run that is on, or was last: little enough to be asked for every second."""
        store = self._stores.store()
        run = self.current_run()
        if run is None:
            return {"run": None, "phases": []}
        queued = store.runs.queued(TASK) if run.state == "running" else None
        return {
            "run": present_run(run, self._number(store, run.model_id)),
            "phases": present_phases(run),
            "queued": None if queued is None else present_run(queued),
            "needsWorker": run.state == "queued" and not self._has_worker(),
        }

    @property
    def glossary(self) -> list[list[str]]:
        """The words of the field that the tab uses, each with its meaning."""
        return [list(pair) for pair in GLOSSARY]

    def projects(self) -> list[Project]:
        """What one may choose to learn from."""
        return self._stores.store().projects.list()

    def metrics(self, run_id: int) -> list[dict[str, Any]]:
        """What was measured in a run, oldest first."""
        return self._stores.store().runs.metrics(run_id)

    def look_at_curve(self) -> tuple[list[list[Any]], Answer]:
        """(points [documents, F1, label] over the lab's models, a forecast for each label)."""
        store = self._stores.store()
        models = [one for one in store.models.list(TASK) if one.run_id is not None]
        learned = {one.id: _count_learned(store, one.run_id) for one in models if one.run_id is not None}
        points = curve_points(models, learned)
        labels = present_labels(sorted(label for label in points if label))
        shown = {"": "all labels", **{label["name"]: label["shown"] for label in labels}}
        rows = [[one.documents, one.f1, shown[label]] for label, several in points.items() for one in several]
        return rows, {"forecasts": describe_forecasts(points), "labels": labels}

    def look_at_lessons(self, project_id: int | None) -> Answer:
        """What there is to learn from, which model serves, and when runs start by themselves."""
        store = self._stores.store()
        counts = store.lessons.count(project_id)
        promoted = store.models.promoted(TASK)
        labels = present_labels(counts.mentions)
        return {
            "new": store.runs.count_new(project_id, task=TASK),
            "completed": counts.completed,
            "touched": counts.touched,
            "mentions": [{**label, "count": counts.mentions[label["name"]]} for label in labels],
            "served": None if promoted is None else promoted.number,
        }

    def look_at_result(self) -> Answer:
        """The last decision of the gate, and what changed with it."""
        store = self._stores.store()
        run = store.runs.last(TASK)
        if run is None:
            return {"run": None}
        decision = None
        if run.model_id is not None:
            model = store.models.get(run.model_id)
            decision = present_decision(model, store.models.get(model.parent_id) if model.parent_id else None)
        labels = sorted({row["label"] for row in (decision or {}).get("table", []) if row["label"]})
        return {
            "run": present_run(run, self._number(store, run.model_id)),
            "decision": decision,
            "changes": store.runs.count_changes(run.id),
            "labels": present_labels(labels),
        }

    def look_at_models(self, author: str = "") -> Answer:
        """All models with what can be done with them, and the earlier runs."""
        store = self._stores.store()
        models = store.models.list(TASK)
        numbers = {one.id: one.number for one in models}
        promotions = store.models.promotions(TASK)
        last = {one.model_id: one for one in promotions}
        runs = store.runs.list(TASK, limit=_RUNS_LISTED)
        return {
            "models": [present_model(one, numbers, last.get(one.id)) for one in reversed(models)],
            "promotions": [
                {
                    "model": numbers.get(one.model_id),
                    "kind": one.kind,
                    "author": one.author,
                    "reason": one.reason,
                    "created": one.created,
                }
                for one in reversed(promotions)
            ],
            "seen": promotions[-1].id if promotions else None,
            "earlier": next((one.number for one in earlier_models(models, promotions)), None),
            "runs": [present_run(one, numbers.get(one.model_id) if one.model_id else None) for one in runs],
            "author": "" if author == NAMELESS else author,
            "isSignedIn": self._people.have_accounts,
        }

    # ------------------------------------------------------------------ runs

    def start(self, author: str, project_id: int | None) -> str:
        """Queue a run; a sentence leaves where it is not the run that one would expect.

        Raises BadInput where there is nothing to learn from.
        """
        store = self._stores.store()
        counts = store.lessons.count(project_id)
        if not counts.completed and not counts.touched:
            raise BadInput(
                "There is nothing to learn from yet; correct a text on the tab Review and complete it first."
            )
        from biobert_demo.training_queue import request_run

        run = request_run(store, self.settings, TASK, trigger="hand", author=author, project_id=project_id)
        if run.project_id != project_id:
            return f"Run {run.id} is queued already, with the documents of another choice; it begins first."
        return ""

    def cancel(self, author: str) -> str:
        """Cancel what runs and what is queued; a sentence leaves."""
        runs = self._stores.store().runs
        on = [one for one in (runs.running(), runs.queued(TASK)) if one is not None]
        for one in on:
            runs.request_cancel(one.id, author)
        return "It stops within seconds; the model in use stays." if on else "No run is on."

    def read_plan(self) -> TrainingPlan:
        """When runs start by themselves."""
        from biobert_demo.training_queue import read_plan

        return read_plan(self._stores.store(), self.settings)

    def keep_plan(self, after: object, nightly: str | None) -> TrainingPlan:
        """Change when runs start by themselves. Raises BadInput for what is no number or time."""
        from biobert_demo.training_queue import keep_plan

        number = int(after) if isinstance(after, int | float) and after == int(after) else after or 0
        plan = TrainingPlan(number, (nightly or "").strip() or None)  # type: ignore[arg-type]  # it checks by itself
        keep_plan(self._stores.store(), plan)
        return plan

    # ------------------------------------------------------------------ what scripts call

    def list_changes(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{run, outcome, offset}: a page of the places with an outcome."""
        store = self._stores.store()
        outcome = read_text(payload, "outcome")
        if outcome not in OUTCOMES:
            raise BadInput(f"The outcomes are {', '.join(OUTCOMES)}, not {outcome[:40]!r}; reload the page.")
        offset = read_number(payload, "offset")
        changes, total = store.runs.changes(read_number(payload, "run"), outcome, offset, CHANGES_AT_ONCE)
        documents = {id: store.documents.get(id) for id in {one.document_id for one in changes}}
        states = _states_of(store, changes)
        shown = [
            present_change(
                one,
                documents[one.document_id].document.text,
                documents[one.document_id].name,
                states.get((one.review_id, one.start, one.end, one.label), ""),
            )
            for one in changes
        ]
        names = sorted({label for one in changes for label in (one.label, one.before, one.after) if label})
        return {"changes": shown, "total": total, "offset": offset, "labels": present_labels(names)}

    def promote_model(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{model, seen, reason, author}: serve a model that the gate did not put into use."""
        store = self._stores.store()
        model = store.models.get(read_number(payload, "model"))
        reason = read_text(payload, "reason", is_optional=True)[:LONGEST_REASON]
        self._registry().promote(
            model.id,
            author=self._named(author),
            reason=reason,
            kind="override",
            seen=read_number(payload, "seen", is_optional=True),
        )
        return {
            "value": self.look_at_models(author),
            "message": f"Model {model.number} is promoted; the page takes it over now.",
        }

    def roll_back(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{reason, author}: serve the model again that was served before this one."""
        reason = read_text(payload, "reason", is_optional=True)[:LONGEST_REASON]
        model = self._registry().rollback(TASK, author=self._named(author), reason=reason)
        return {
            "value": self.look_at_models(author),
            "message": f"Model {model.number} serves again; the page takes it over now.",
        }

    def pin_model(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{model, isPinned}: keep a model's folder whatever happens, or no more."""
        store = self._stores.store()
        model = store.models.pin(read_number(payload, "model"), bool(payload.get("isPinned")))
        words = "is kept for good" if model.is_pinned else "may be cleared away when it is old"
        return {"value": self.look_at_models(author), "message": f"Model {model.number} {words}."}

    def compare_two(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{a, b}: two models side by side."""
        store = self._stores.store()
        first, second = (store.models.get(read_number(payload, name)) for name in ("a", "b"))
        rows = compare_models(first, second)
        names = sorted({row["label"] for row in rows if row["label"]})
        return {"a": first.number, "b": second.number, "rows": rows, "labels": present_labels(names)}

    def author(self, request: Any, claimed: object) -> str:
        """Who asks."""
        return self._people.author(request, claimed)

    def _as_function(self, name: str, action: Callable[[Mapping[str, Any], str], Answer]) -> Callable[..., Answer]:
        def function(payload: dict[str, Any], request: gr.Request) -> Answer:
            try:
                payload = payload if isinstance(payload, dict) else {}
                return action(payload, self._people.author(request, payload.get("author")))
            except BiobertDemoError as error:
                return {"error": str(error)}

        function.__name__ = name
        return function

    @property
    def settings(self) -> Settings:
        """The page's settings; in tests without any, those of the environment for the store's own folder."""
        if self._settings is None:
            self._settings = replace(Settings.from_environment(), home=self._stores.store().path.parent)
        return self._settings

    def _registry(self) -> ModelRegistry:
        from biobert_demo.models import ModelRegistry

        return ModelRegistry(self._stores.store(), self.settings)

    def _named(self, author: str) -> str:
        if author == NAMELESS:
            raise BadInput("This is recorded with a name, and yours is not known; write it into the field.")
        return author

    def _has_worker(self) -> bool:
        from biobert_demo.training_queue import is_worker_there

        return is_worker_there(self.settings)

    @staticmethod
    def _number(store: Store, model_id: int | None) -> int | None:
        return None if model_id is None else store.models.get(model_id).number


def _states_of(store: Store, changes: Sequence[SpanChange]) -> dict[tuple[int | None, int, int, str], str]:
    """The states of spans by review, place and label, in the reviews that the changes are about."""
    reviews = [store.reviews.get(id) for id in {one.review_id for one in changes} if id is not None]
    return {
        (review.id, span.start, span.end, span.label): span.state
        for review in reviews
        for span in review.revision.spans
    }


def _count_learned(store: Store, run_id: int) -> int:
    return sum(one.part == "training" for one in store.runs.examples(run_id))


def describe_plan(plan: TrainingPlan) -> str:
    """When runs start by themselves, in a sentence."""
    when = []
    if plan.after:
        when.append(f"after {count_nouns(plan.after, 'newly completed document')}")
    if plan.nightly:
        when.append(f"every night at {plan.nightly}, if anything is new")
    return f"Learns by itself {' and '.join(when)}." if when else "Learns only when somebody asks for it."
