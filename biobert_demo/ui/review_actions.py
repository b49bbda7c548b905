"""What a person does in the editor enters; one call of the store a time, and the document as it then stands, leave.

Each function takes one dict from the page and returns one dict: {"value", "savedAt", "isMerged", "message"}, or
{"error": a sentence, "value": the latest state or None}.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from biobert_demo.consistency import check_consistency
from biobert_demo.errors import BadInput, BiobertDemoError
from biobert_demo.learning_view import describe_receipts
from biobert_demo.store import Review, SaveResult, Store
from biobert_demo.ui.people import People
from biobert_demo.ui.predicting import Predictor
from biobert_demo.ui.review_identical import apply_to_identical, preview_identical
from biobert_demo.ui.review_queue import ReviewQueue, list_rows
from biobert_demo.ui.review_values import Surroundings, present_review, read_corrections
from biobert_demo.ui.store_state import StoreState
from biobert_demo.wording import count_nouns, join_words

_LOG = logging.getLogger(__name__)

Answer = dict[str, Any]
AHEAD = 200
"""How many of the next documents are read by the model while a person works on one."""

_KEYS = "keys"
_MOST_KEYS = 100


class ReviewActions:
    """Everything the editor can ask for."""

    def __init__(self, stores: StoreState, people: People, predictor: Predictor, queue: ReviewQueue) -> None:
        self._stores = stores
        self._people = people
        self._predictor = predictor
        self._queue = queue

    def server_functions(self) -> list[Callable[..., Answer]]:
        """The functions of SERVER_FUNCTIONS, as Gradio wants them: plain ones, which it marks as its own."""
        return [
            self._as_function(name, action)
            for name, action in (
                ("open_document", self.open_document),
                ("save", self.save),
                ("undo", self.undo),
                ("redo", self.redo),
                ("complete", self.complete),
                ("skip", self.skip),
                ("previous", self.previous),
                ("preview_identical", self.preview_identical),
                ("apply_identical", self.apply_identical),
                ("save_keys", self.save_keys),
                ("list_documents", self.list_documents),
            )
        ]

    # ------------------------------------------------------------------ opening

    def open_document(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{document, project}: the author's review of a document; without a document, of the next one in the project."""
        store = self._stores.store()
        document = read_number(payload, "document", is_optional=True)
        if document is None:
            project = read_number(payload, "project", is_optional=True) or store.projects.default().id
            return self.open_next(project, author)
        kind = "gold" if payload.get("kind") == "gold" else "review"
        return self._opened(store, document, author, kind=kind)

    def open_next(self, project_id: int, author: str, after: int | None = None) -> Answer:
        """The next document of a project. Where all are done it is `after`, or else the first, and says so; value None
        where the project has none."""
        store = self._stores.store()
        ids = self._queue.next_ids(store, project_id, author, after, self._stamp(store, project_id))
        if ids:
            store.queue.unskip(ids[0], author)
            return self._opened(store, ids[0], author, coming=ids[1:])
        every = store.documents.ids(project_id)
        if not every:
            return _answer(None, message="This project has no documents yet; add some below.")
        message = "Every document of this project is done."
        return self._opened(store, after if after in every else every[0], author, message=message)

    # ------------------------------------------------------------------ editing

    def save(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{review, seen, key, corrections, summary}: one step."""
        corrections = read_corrections(payload.get("corrections"))
        result = self._stores.store().reviews.save(
            read_number(payload, "review"),
            corrections,
            author=author,
            seen=read_number(payload, "seen"),
            key=read_text(payload, "key"),
            summary=read_text(payload, "summary", is_optional=True)[:200],
        )
        if any(one.action == "reopen" for one in corrections):
            self._queue.moved(result.review.document.project_id, author)
        return self._saved(result, author)

    def undo(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{review, seen, key}: take the last step back."""
        return self._taken_back(self._stores.store().reviews.undo(**_step(payload, author)), author)

    def redo(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{review, seen, key}: bring back what was undone last."""
        return self._taken_back(self._stores.store().reviews.redo(**_step(payload, author)), author)

    def complete(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{review, seen, key}: the document is done; the next one leaves."""
        store = self._stores.store()
        review = store.reviews.get(read_number(payload, "review"))
        # Completing twice (Enter on a finished document means "next") leaves no second step.
        is_done = review.revision.is_complete and not any(span.state == "unseen" for span in review.revision.spans)
        if not is_done or _came_since(store, review):
            review = store.reviews.complete(**_step(payload, author)).review
            self._queue.moved(review.document.project_id, author)
        store.queue.unskip(review.document.id, author)
        answer = self.open_next(review.document.project_id, author, after=review.document.id)
        return {**answer, "completed": review.document.id}

    # ------------------------------------------------------------------ going through the queue

    def skip(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{review}: put the document off and give the next one."""
        store = self._stores.store()
        review = store.reviews.get(read_number(payload, "review"))
        if not review.revision.is_complete:
            store.queue.skip(review.document.id, author)
        document = review.document
        answer = self.open_next(document.project_id, author, after=document.id)
        if answer["value"]["document"]["id"] == document.id and not review.revision.is_complete:
            return {**answer, "message": "No other document is left to do."}
        return answer

    def previous(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{review}: the document the author was at before."""
        store = self._stores.store()
        stored = store.reviews.get(read_number(payload, "review")).document
        document = self._queue.previous(store, stored.project_id, author, stored.id)
        return self._opened(store, document, author, is_visit=False)

    def list_documents(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{project, query, sort, filters: {state}, offset, limit}: rows of the list."""
        store = self._stores.store()
        project = read_number(payload, "project")
        filters = payload.get("filters")
        return list_rows(
            store,
            project,
            author,
            self._queue.ranked(store, project, self._stamp(store, project)),
            query=read_text(payload, "query", is_optional=True),
            sort=read_text(payload, "sort", is_optional=True) or "queue",
            state=str(filters.get("state") or "all") if isinstance(filters, dict) else "all",
            offset=read_number(payload, "offset", is_optional=True) or 0,
            limit=read_number(payload, "limit", is_optional=True) or 50,
        )

    # ------------------------------------------------------------------ identical mentions and keys

    def preview_identical(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{review, span | start, end, label, scope}: the places that read the same."""
        store = self._stores.store()
        review = store.reviews.get(read_number(payload, "review"))
        place = (read_number(payload, "start"), read_number(payload, "end"))
        return {
            "items": preview_identical(store, review, place, read_text(payload, "label"), payload.get("scope"), author)
        }

    def apply_identical(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{review, seen, key, label, items}: label the places that were kept, as one step that one undo takes back."""
        store = self._stores.store()
        review = store.reviews.get(read_number(payload, "review"))
        results, applied = apply_to_identical(
            store,
            review,
            read_text(payload, "label"),
            payload.get("items"),
            author,
            read_text(payload, "key"),
            model=self._predictor.version,
        )
        own = next((one for one in results if one.review.id == review.id), None)
        latest = own.review if own else store.reviews.get(review.id)
        elsewhere = sum(one.review.id != review.id for one in results)
        message = f"{count_nouns(elsewhere, 'further document')} changed too." if elsewhere else None
        return {**_answer(self._value(store, latest, author), message=message), "applied": applied}

    def save_keys(self, payload: Mapping[str, Any], author: str) -> Answer:
        """{keys}: the person's own keys."""
        keys = payload.get("keys")
        if not isinstance(keys, dict) or len(keys) > _MOST_KEYS or not all(map(_is_key, keys.items())):
            raise BadInput("The page sent keys that cannot be read; reload it and try again.")
        self._stores.store().preferences.set(author, _KEYS, keys)
        return _answer(None)

    # ------------------------------------------------------------------ values

    def _opened(
        self,
        store: Store,
        document_id: int,
        author: str,
        *,
        kind: Any = "review",
        message: str | None = None,
        is_visit: bool = True,
        coming: Sequence[int] | None = None,
    ) -> Answer:
        """Show a document, and read ahead in those that are `coming`, which the queue tells where nobody has asked it."""
        stored = store.documents.get(document_id)
        known = store.reviews.find(document_id, author, kind)
        version = None
        if known is None or (kind == "review" and not known.revision.is_complete):
            reading = self._predictor.read_now(stored)
            version, message = reading.version, reading.problem or message
        review = store.reviews.open(document_id, author, kind, model=version)
        if late := _came_since(store, review):
            message = message or (
                f"This text was completed before {join_words(late)} came to the project; complete it once more when it "
                "has been read for that, or skip it."
            )
        if is_visit:
            self._queue.visit(stored.project_id, author, document_id)
        if coming is None:
            stamp = self._stamp(store, stored.project_id)
            coming = self._queue.next_ids(store, stored.project_id, author, document_id, stamp)
        self._predictor.read_ahead(coming[:AHEAD])
        return _answer(self._value(store, review, author, message))

    def _taken_back(self, result: SaveResult, author: str) -> Answer:
        self._queue.moved(result.review.document.project_id, author)
        return self._saved(result, author)

    def _saved(self, result: SaveResult, author: str) -> Answer:
        store = self._stores.store()
        message = None
        if result.is_merged:
            message = "Somebody changed this document meanwhile, elsewhere in it; both changes are kept."
        if result.changed_documents:
            message = f"{count_nouns(len(result.changed_documents), 'other document')} of the same act changed too."
        if result.left_documents:
            left = count_nouns(len(result.left_documents), "other document")
            message = f"{message or ''} {left} of the same act changed since, and stayed as they are.".strip()
        answer = _answer(self._value(store, result.review, author), message=message)
        return {**answer, "isMerged": result.is_merged}

    def _value(self, store: Store, review: Review, author: str, message: str | None = None) -> Answer:
        stored = review.document
        project = store.projects.get(stored.project_id)
        ranked = self._queue.ranked(store, project.id, self._stamp(store, project.id))
        progress = self._queue.progress(store, project.id, author)
        findings = check_consistency(stored.document.text, review.revision, ranked.known)
        around = Surroundings(
            index=progress.places.get(stored.id, 0),
            count=len(progress.places),
            reasons=() if review.revision.is_complete else ranked.reasons.get(stored.id, ()),
            done=progress.done,
            total=len(progress.places),
            today=progress.today,
            keys=store.preferences.get(author, _KEYS, {}),
            late_labels=_came_since(store, review),
            message=message,
        )
        return present_review(review, project, findings, around, describe_receipts(store.runs.receipts(review.id)))

    def _stamp(self, store: Store, project_id: int) -> object:
        return self._predictor.version, self._predictor.finished, store.documents.count(project_id)

    def _as_function(self, name: str, action: Callable[[Mapping[str, Any], str], Answer]) -> Callable[..., Answer]:
        def serve(payload: dict[str, Any], request: gr.Request) -> Answer:
            author = None
            try:
                payload = payload if isinstance(payload, dict) else {}
                author = self._people.author(request, payload.get("author"))
                return action(payload, author)
            except BiobertDemoError as error:
                return {"error": str(error), "value": self._latest(payload, author)}
            except Exception as error:
                # The page asks again until it is answered, so that even a bug has to be one.
                _LOG.exception("%s failed.", name)
                reason = f"{type(error).__name__}: {str(error)[:200]}"
                return {"error": f"Not done: the program failed ({reason}); see its terminal.", "value": None}

        serve.__name__ = name
        serve.__doc__ = action.__doc__
        return serve

    def _latest(self, payload: Mapping[str, Any], author: str | None) -> Answer | None:
        """The review as it stands, to be shown beside an error; None where it cannot be had."""
        id = payload.get("review")
        if author is None or not isinstance(id, int):
            return None
        try:
            store = self._stores.store()
            return self._value(store, store.reviews.get(id), author)
        except BiobertDemoError:
            # The error that is being told already is the one that matters.
            return None


def _came_since(store: Store, review: Review) -> tuple[str, ...]:
    """The labels, in the words shown, that came to the project after a review was completed: it says nothing of them."""
    if review.kind != "review" or not review.revision.is_complete:
        return ()
    late = store.projects.names(review.document.project_id).came_since(review.revision.labels, review.completed)
    labels = store.projects.get(review.document.project_id).labels if late else ()
    return tuple(label.shown for label in labels if label.name in late)


def _answer(value: Answer | None, *, message: str | None = None) -> Answer:
    saved_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {"value": value, "savedAt": saved_at, "isMerged": False, "message": message or (value or {}).get("message")}


def _step(payload: Mapping[str, Any], author: str) -> dict[str, Any]:
    return {
        "review_id": read_number(payload, "review"),
        "author": author,
        "seen": read_number(payload, "seen"),
        "key": read_text(payload, "key"),
    }


def read_number(payload: Mapping[str, Any], name: str, is_optional: bool = False) -> Any:
    """A whole number from what the page sent; raises BadInput where it is none."""
    value = payload.get(name)
    if value is None and is_optional:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadInput(f"The page sent no {name} that can be used ({str(value)[:40]!r}); reload it and try again.")
    return value


def read_text(payload: Mapping[str, Any], name: str, is_optional: bool = False) -> str:
    """A text from what the page sent, empty where it may be absent and is; raises BadInput where it is none."""
    value = payload.get(name)
    if value is None and is_optional:
        return ""
    if not isinstance(value, str):
        raise BadInput(f"The page sent no {name} that can be used ({str(value)[:40]!r}); reload it and try again.")
    return value


def _is_key(item: tuple[Any, Any]) -> bool:
    action, key = item
    return isinstance(action, str) and (key is None or isinstance(key, str))
