"""Settings and the store enter; the model that was promoted last, or what serves where that cannot, leaves."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from biobert_demo.errors import BiobertDemoError, ModelUnavailable
from biobert_demo.settings import Settings
from biobert_demo.ui.model_state import ModelChoice, Recognizer
from biobert_demo.ui.store_state import StoreState

if TYPE_CHECKING:
    from biobert_demo.models import Served
    from biobert_demo.store import Task

_LOG = logging.getLogger(__name__)

TASK: Task = "ner"

AGAIN_SECONDS = 15.0
"""How long until what failed is tried anew: somebody may have restored a folder or closed what locks the store."""


class PromotedModels:
    """The registry as a source of models (`ModelSource`). A data folder without a store is left as it is."""

    def __init__(
        self,
        settings: Settings,
        stores: StoreState,
        load: Callable[[Settings], Recognizer],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`load` opens the model of mentions that settings name."""
        self._settings = settings
        self._stores = stores
        self._load = load
        self._clock = clock
        self._last: ModelChoice | None = None
        self._problem = ""
        self._seen: int | None = None
        self._looked = -AGAIN_SECONDS

    def current(self) -> ModelChoice:
        """What should serve. The first answer comes without opening the store, since somebody waits for it.

        A later one registers the settings' model in a store that is there, and promotes it where nothing is.
        """
        if self._last is None:
            from biobert_demo.models import find_served

            self._last = _to_choice(find_served(self._settings, TASK))
            return self._last
        is_due = self._clock() - self._looked > AGAIN_SECONDS
        if self._stores.is_there() and (is_due or not self._problem):
            self._problem = ""
            try:
                self._last = self._follow(self._last, is_due)
            except BiobertDemoError as error:
                self._looked, self._seen = self._clock(), None
                self._problem = str(error)
        return replace(self._last, problem=self._problem or self._last.problem)

    def load(self, choice: ModelChoice) -> Recognizer:
        """The recogniser of a choice."""
        return self._load(replace(self._settings, ner_model=choice.folder))

    def instead_of(self, choice: ModelChoice, problem: str) -> ModelChoice | None:
        """The model after this one in the registry's order of serving, in the end that of the settings."""
        from biobert_demo.models import Served

        told = " ".join(filter(None, (choice.problem, problem)))
        for other in (*self._after(choice), _to_choice(Served(self._settings.ner_model, None))):
            if other.key != choice.key:
                return replace(other, problem=told)
        return None

    def _follow(self, last: ModelChoice, is_due: bool) -> ModelChoice:
        store = self._stores.store()
        promotion = store.models.last_promotion(TASK)
        newest = promotion.id if promotion else 0
        if newest == self._seen and not (last.problem and is_due):
            return last
        from biobert_demo.models import ModelRegistry

        self._looked, self._seen = self._clock(), newest
        return _to_choice(ModelRegistry(store, self._settings).served_folder(TASK))

    def _after(self, choice: ModelChoice) -> list[ModelChoice]:
        from biobert_demo.model_history import serving_order
        from biobert_demo.models import ModelRegistry, Served

        if choice.number is None or not self._stores.is_there():
            return []
        try:
            store = self._stores.store()
            registry = ModelRegistry(store, self._settings)
            models = serving_order(store.models.list(TASK), store.models.promotions(TASK))
        except BiobertDemoError as error:
            _LOG.warning("No earlier model was looked for: %s", error)
            return []
        places = [place for place, model in enumerate(models) if model.number == choice.number]
        later = models[places[0] + 1 :] if places else models
        return [_to_choice(Served(registry.folder_of(model), model)) for model in later]


def _to_choice(served: Served) -> ModelChoice:
    """The folder, resolved where it is one, so that the same weights are recognised under their number."""
    folder, model = served.folder, served.model
    problem = served.warning or ""
    if model is not None:
        # Whoever shows this knows better what serves.
        problem = problem.removesuffix(f" Model {model.number} ({model.version}) serves instead.")
    if not folder.is_dir():
        return ModelChoice(folder, problem=problem)
    from biobert_demo.model_folders import version_of

    try:
        version = version_of(folder) if model is None else model.version
    except ModelUnavailable as error:
        # Loading will say it again, and choose another one.
        _LOG.warning("%s", error)
        version = ""
    return ModelChoice(folder.resolve(), version, model.number if model else None, problem)
