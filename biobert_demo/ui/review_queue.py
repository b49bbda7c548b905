"""A project and an author enter; which document is next, and why, leaves."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from biobert_demo.errors import BadInput, BiobertDemoError

if TYPE_CHECKING:
    from biobert_demo.store import DocumentSummary, Store

_LOG = logging.getLogger(__name__)

FRESH_SECONDS = 20.0
"""How long a ranking is used although new predictions or corrections came in: it costs a look at every document."""

MOST_AT_ONCE = 500
"""Documents that are ranked while a person waits, in about half a second."""

SORTS = ("queue", "added", "name", "length", "unseen", "changed")
STATES = ("all", "open", "done", "skipped", "flagged", "started", "new")
MOST_ROWS = 500
_TRAIL = 500


@dataclass(frozen=True, slots=True)
class Ranked:
    """The documents of a project in the order they should be looked at, with the reasons of each.

    `known` counts the labels that people gave to each text in the project (`mentions.count_labels`).
    """

    order: tuple[int, ...]
    reasons: Mapping[int, tuple[str, ...]]
    known: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


Rank = Callable[["Store", int], Ranked]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an author stands in a project: documents done, done today, and the place of each document in it."""

    done: int
    today: int
    places: Mapping[int, int]


@dataclass(slots=True)
class _Cached:
    ranked: Ranked
    stamp: object
    made: float


@dataclass(slots=True)
class ReviewQueue:
    """Rankings of projects, kept for a while, and the way each author came."""

    rank: Rank
    clock: Callable[[], float] = time.monotonic
    _cached: dict[int, _Cached] = field(default_factory=dict)
    _under_way: set[int] = field(default_factory=set)
    _progress: dict[tuple[int, str], tuple[Progress, float]] = field(default_factory=dict)
    _trails: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ranked(self, store: Store, project_id: int, stamp: object = None) -> Ranked:
        """The project's ranking. Where `stamp` is not the one it was made with, a new one is made behind the scenes,
        every 20 seconds at most; a large project starts in the order of adding. Nobody waits for more than a second."""
        with self._lock:
            known = self._cached.get(project_id)
        if known is None:
            ids = tuple(store.documents.ids(project_id))
            if len(ids) <= MOST_AT_ONCE:
                return self._rank(store, project_id, stamp)
            known = _Cached(Ranked(ids, {}), None, -FRESH_SECONDS)
            with self._lock:
                self._cached.setdefault(project_id, known)
        if known.stamp != stamp and self.clock() - known.made > FRESH_SECONDS:
            with self._lock:
                is_mine = project_id not in self._under_way
                self._under_way.add(project_id)
            if is_mine:
                threading.Thread(
                    target=self._rank_behind, args=(store, project_id, stamp), name="rank", daemon=True
                ).start()
        return known.ranked

    def _rank_behind(self, store: Store, project_id: int, stamp: object) -> None:
        try:
            self._rank(store, project_id, stamp)
        except BiobertDemoError as error:
            # The old order serves on; whoever opens a document is told what is wrong with the store.
            _LOG.warning("The queue was not ranked anew: %s", error)

    def _rank(self, store: Store, project_id: int, stamp: object) -> Ranked:
        try:
            ranked = self.rank(store, project_id)
            with self._lock:
                self._cached[project_id] = _Cached(ranked, stamp, self.clock())
            return ranked
        finally:
            with self._lock:
                self._under_way.discard(project_id)

    def forget(self, project_id: int) -> None:
        """Documents were added: rank anew next time, a large project behind the scenes."""
        with self._lock:
            known = self._cached.get(project_id)
            if known is not None and len(known.ranked.order) <= MOST_AT_ONCE:
                del self._cached[project_id]
            for key in [key for key in self._progress if key[0] == project_id]:
                del self._progress[key]

    def progress(self, store: Store, project_id: int, author: str) -> Progress:
        """The author's progress, at most 20 seconds old where nobody called `moved` since."""
        key = project_id, author
        with self._lock:
            known = self._progress.get(key)
        if known is not None and self.clock() - known[1] <= FRESH_SECONDS:
            return known[0]
        mine = next((one for one in store.reviews.progress(project_id) if one.author == author), None)
        places = {id: number for number, id in enumerate(store.documents.ids(project_id))}
        found = Progress(mine.completed if mine else 0, mine.today if mine else 0, places)
        with self._lock:
            self._progress[key] = found, self.clock()
        return found

    def moved(self, project_id: int, author: str) -> None:
        """Count anew next time: the author completed a document, reopened one, or took something back."""
        with self._lock:
            self._progress.pop((project_id, author), None)

    def next_ids(
        self, store: Store, project_id: int, author: str, after: int | None = None, stamp: object = None
    ) -> list[int]:
        """The documents that the author has still to do, first things first; those put off come last.

        `after` is the document that is being left: it does not come again at once.
        """
        rows = {row.document_id: row for row in store.reviews.summaries(project_id, author)}
        order = in_order(self.ranked(store, project_id, stamp).order, rows)
        open_ones = [id for id in order if not rows[id].is_complete and not rows[id].is_skipped and id != after]
        put_off = [id for id in store.queue.skipped(project_id, author) if id in rows and not rows[id].is_complete]
        return [*open_ones, *(id for id in put_off if id != after), *([after] if after in put_off else [])]

    def visit(self, project_id: int, author: str, document_id: int) -> None:
        """Remember where the author has been."""
        with self._lock:
            trail = self._trails.setdefault((project_id, author), [])
            if not trail or trail[-1] != document_id:
                trail.append(document_id)
                del trail[:-_TRAIL]

    def previous(self, store: Store, project_id: int, author: str, document_id: int) -> int:
        """The document the author was at before this one; raises BadInput where there was none."""
        with self._lock:
            trail = self._trails.setdefault((project_id, author), [])
            while trail and trail[-1] != document_id:
                trail.pop()
            while trail and trail[-1] == document_id:
                trail.pop()
            if trail:
                return trail[-1]
        rows = [row for row in store.reviews.summaries(project_id, author) if row.updated]
        before = [row for row in rows if row.document_id != document_id]
        if not before:
            raise BadInput("There is no document before this one.")
        return max(before, key=lambda row: row.updated or "").document_id


def list_rows(
    store: Store,
    project_id: int,
    author: str,
    ranked: Ranked,
    *,
    query: str = "",
    sort: str = "queue",
    state: str = "all",
    offset: int = 0,
    limit: int = 50,
) -> dict[str, Any]:
    """The rows of the list: {"rows", "total", "done"}; raises BadInput for an order or a filter that does not exist."""
    if sort not in SORTS or state not in STATES:
        raise BadInput(f"The list cannot be sorted by {sort[:40]!r} and filtered by {state[:40]!r}; reload the page.")
    rows = store.reviews.summaries(project_id, author)
    done = sum(row.is_complete for row in rows)
    snippets: dict[int, str] | None = None
    if query.strip():
        snippets = {}
        for hit in store.search(query, project_id, author, limit=10 * MOST_ROWS):
            snippets.setdefault(hit.document_id, hit.snippet)
    place = {id: number for number, id in enumerate(ranked.order)}
    chosen = [row for row in rows if _is_in(row, state) and (snippets is None or row.document_id in snippets)]
    chosen.sort(key=_sort_key(sort, place))
    shown = chosen[max(0, offset) : max(0, offset) + max(0, min(limit, MOST_ROWS))]
    return {
        "rows": [
            {
                "id": row.document_id,
                "name": row.name,
                "title": row.title,
                "length": row.length,
                "state": state_of(row),
                "reasons": [] if row.is_complete else list(ranked.reasons.get(row.document_id, ())),
                "counts": row.counts,
                "isFlagged": row.is_flagged,
                "snippet": (snippets or {}).get(row.document_id, ""),
            }
            for row in shown
        ],
        "total": len(chosen),
        "done": done,
    }


def state_of(row: DocumentSummary) -> str:
    """ "done", "skipped", "started" (somebody decided something) or "open"."""
    if row.is_complete:
        return "done"
    if row.is_skipped:
        return "skipped"
    decided = sum(count for state, count in row.counts.items() if state != "unseen")
    return "started" if decided else "open"


def in_order(order: Sequence[int], rows: Mapping[int, DocumentSummary]) -> list[int]:
    """All ids of the rows: those of the ranking first, then those that came since."""
    known = dict.fromkeys(id for id in order if id in rows)
    return [*known, *(id for id in rows if id not in known)]


def _is_in(row: DocumentSummary, state: str) -> bool:
    if state == "all":
        return True
    if state == "flagged":
        return row.is_flagged
    if state == "open":
        return not row.is_complete
    if state == "new":
        return state_of(row) == "open"
    return state_of(row) == state


def _sort_key(sort: str, place: Mapping[int, int]) -> Callable[[DocumentSummary], Any]:
    last = len(place)
    keys: dict[str, Callable[[DocumentSummary], Any]] = {
        "queue": lambda row: (row.is_complete, row.is_skipped, place.get(row.document_id, last), row.document_id),
        "added": lambda row: -row.document_id,
        "name": lambda row: (row.name.casefold(), row.document_id),
        "length": lambda row: (row.length, row.document_id),
        "unseen": lambda row: (-row.counts["unseen"], row.document_id),
        "changed": lambda row: (row.updated is None, _descending(row.updated or ""), row.document_id),
    }
    return keys[sort]


def _descending(text: str) -> tuple[int, ...]:
    return tuple(-ord(character) for character in text)
