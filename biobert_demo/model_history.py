"""The promotions and versions of a task enter; what to serve, what to go back to, and what may be deleted leaves. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from biobert_demo.store.models import ModelVersion, Promotion


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A score that one of two models has, or both; `name` says where it stands in their scores, joined by " / "."""

    name: str
    first: float | None
    second: float | None

    @property
    def difference(self) -> float | None:
        """How much higher the second is; None where one has no such score."""
        return None if self.first is None or self.second is None else self.second - self.first


def promoted_stack(promotions: Iterable[Promotion]) -> list[int]:
    """The ids of the models that were promoted one upon the other, the present one last.

    A rollback takes away what came after the model it went to, as undo does. So a further one goes further back, and a
    promotion after it is undone to where the rollback had led.
    """
    stack: list[int] = []
    for one in promotions:
        if one.kind == "rollback" and one.model_id in stack:
            while stack[-1] != one.model_id:
                stack.pop()
        elif not stack or stack[-1] != one.model_id:
            stack.append(one.model_id)
    return stack


def earlier_models(models: Sequence[ModelVersion], promotions: Sequence[Promotion]) -> list[ModelVersion]:
    """The models that a rollback may go to, the one before the present one first; deleted ones are left out."""
    stack = promoted_stack(promotions)
    found = {model.id: model for model in models if model.state != "deleted"}
    earlier = dict.fromkeys(id for id in reversed(stack[:-1]) if id != stack[-1])
    return [found[id] for id in earlier if id in found]


def serving_order(models: Sequence[ModelVersion], promotions: Sequence[Promotion]) -> list[ModelVersion]:
    """What to serve, best first: the promoted model, its parents, those promoted before it, then the newest base."""
    if not promotions:
        return []
    found = {model.id: model for model in models}
    promoted = found[promotions[-1].model_id]
    order = [promoted, *_parents(promoted, found), *earlier_models(models, promotions)]
    order += [model for model in sorted(models, key=lambda one: -one.number) if model.is_base]
    return list({model.id: model for model in order}.values())


def deletable_models(
    models: Sequence[ModelVersion], promotions: Sequence[Promotion], keep: int, ended_runs: Container[int] = ()
) -> list[ModelVersion]:
    """Versions whose folders may go: all but the `keep` most useful of those that are not served any more, worst first.

    Never the promoted one, its parent, a pinned one or a base. Those that were promoted once count as more useful than
    those the gate refused, the one promoted last most. A candidate counts as refused once its run has ended.
    """
    promoted = next((model for model in models if model.state == "promoted"), None)
    kept = {promoted.id, promoted.parent_id} if promoted else set()
    last_use = {one.model_id: one.id for one in promotions}
    old = [
        model
        for model in models
        if (model.state in ("retired", "refused") or (model.state == "candidate" and model.run_id in ended_runs))
        and model.id not in kept
        and not (model.is_pinned or model.is_base)
    ]
    old.sort(key=lambda model: (last_use.get(model.id, 0), model.number))
    return old[: max(0, len(old) - max(0, keep))]


def compare_scores(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[ScoreRow]:
    """The numbers in two nested mappings of scores, side by side, in the order of the first and then the second."""
    ours, theirs = dict(_numbers(first)), dict(_numbers(second))
    return [ScoreRow(name, ours.get(name), theirs.get(name)) for name in dict.fromkeys([*ours, *theirs])]


def _parents(model: ModelVersion, found: Mapping[int, ModelVersion]) -> Iterator[ModelVersion]:
    while model.parent_id is not None:
        # Registered before its children, so there is an end to it.
        model = found[model.parent_id]
        if model.state != "deleted":
            yield model


def _numbers(scores: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in scores.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{prefix}{name} / ")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{prefix}{name}", float(value)
