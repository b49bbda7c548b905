"""A store, authors and a count enter on the command line; a line of JSON for each acknowledged act leaves, at once.

Each author is a thread that saves, undoes, completes and saves batches, until the count is reached or it is killed.
With `--shared` all authors also work on one adjudicated review and try again where they are told that they are stale.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from biobert_demo.review import Correction, StaleEdit
from biobert_demo.store import Review, SaveResult, Store

WRITING = threading.Lock()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("authors", nargs="+")
    parser.add_argument("--acts", type=int, default=10**9)
    parser.add_argument("--run", default="")
    parser.add_argument("--shared", action="store_true")
    chosen = parser.parse_args()
    with Store.open(chosen.folder, backups=False) as store:
        work = annotate_shared if chosen.shared else annotate
        threads = [threading.Thread(target=work, args=(store, one, chosen)) for one in chosen.authors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def annotate(store: Store, author: str, chosen: argparse.Namespace) -> None:
    chance = random.Random(f"{author}{chosen.run}")
    documents = store.documents.ids(1)
    for i in range(chosen.acts):
        review = store.reviews.open(documents[i % len(documents)], author)
        tell(author, i, act(store, review, documents, f"{author}/{chosen.run}/{i}", chance))


def act(store: Store, review: Review, documents: list[int], key: str, chance: random.Random) -> list[SaveResult]:
    options = {"author": review.author, "seen": review.revision.number, "key": key}
    choice = chance.random()
    if choice < 0.2 and review.revision.undoable is not None:
        return [store.reviews.undo(review.id, **options)]  # type: ignore[arg-type]
    if choice < 0.25 and review.revision.redoable is not None:
        return [store.reviews.redo(review.id, **options)]  # type: ignore[arg-type]
    if choice < 0.35:
        return [store.reviews.complete(review.id, **options)]  # type: ignore[arg-type]
    correction = new_span(review, chance)
    if choice < 0.5:
        items = [(document, [correction]) for document in documents]
        return store.reviews.save_batch(items, author=review.author, key=key, summary="everywhere")
    return [store.reviews.save(review.id, [correction], **options)]  # type: ignore[arg-type]


def annotate_shared(store: Store, author: str, chosen: argparse.Namespace) -> None:
    chance = random.Random(author)
    document = store.documents.ids(1)[0]
    stale = 0
    for i in range(chosen.acts):
        review = store.reviews.open(document, "everybody", "gold")
        correction = new_span(review, chance)
        while True:
            try:
                options = {"author": author, "seen": review.revision.number, "key": f"{author}/{i}"}
                result = store.reviews.save(review.id, [correction], **options)  # type: ignore[arg-type]
                break
            except StaleEdit:
                stale += 1
                review = store.reviews.get(review.id)
        tell(author, i, [result], stale)


def new_span(review: Review, chance: random.Random) -> Correction:
    text = review.document.document.text
    start = chance.randrange(len(text) - 3)
    end = start + chance.randint(1, 3)
    return Correction("add", start=start, end=end, text=text[start:end], label=chance.choice(["Gene", "Species"]))


def tell(author: str, i: int, results: list[SaveResult], stale: int = 0) -> None:
    steps = [(result.review.id, result.step_number) for result in results]
    with WRITING:
        print(json.dumps({"author": author, "act": i, "steps": steps, "stale": stale}), flush=True)


if __name__ == "__main__":
    main()
