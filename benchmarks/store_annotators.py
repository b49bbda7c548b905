"""A number of annotators enters; how long their saves on one store take, and that none was lost, leaves on standard output.

    python benchmarks/store_annotators.py [--annotators 50] [--saves 40] [--processes 1] [--think 1.0]

Each annotator is a thread that opens documents of its own and, on every third one, the review it shares with a second
tab; it adds a span, accepts, relabels, undoes or completes, waits for the answer, thinks, and goes on. `--think 0` is
the hardest case: everybody saves as soon as the answer is there. `--processes 5` spreads the threads over five
programs that have the same file open. The bare figure is one insert and commit of the same size on a connection of
its own in the same folder, with the same settings (write-ahead log, synchronous FULL), measured just before and after.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.review import Correction, Revision
from biobert_demo.store import Store

WORDS = (
    "aspirin",
    "lumositis",
    "BRX7",
    "mice",
    "were",
    "given",
    "daily",
    "the",
    "cohort",
    "type 2 diabetes",
    "in",
    "of",
)
BARE_COMMITS = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the annotators and print the figures; 1 where an acknowledged save is not in the store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotators", type=int, default=50)
    parser.add_argument("--saves", type=int, default=40, help="saves of each annotator")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--think", type=float, default=1.0, help="mean seconds between an answer and the next save")
    parser.add_argument("--folder", type=Path, help="where the store is made (default: a temporary folder)")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.worker is not None:
        print(json.dumps(work(chosen.folder, worker_names(chosen, chosen.worker), chosen.saves, chosen.think)))
        return 0
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        return measure(Path(folder), chosen)


def measure(folder: Path, chosen: argparse.Namespace) -> int:
    """Fill a store, let the workers go, and compare what they were told with what is there."""
    fill(folder, chosen.annotators)
    before = bare_commits(folder)
    command = [sys.executable, __file__, "--folder", str(folder), "--saves", str(chosen.saves)]
    command += ["--annotators", str(chosen.annotators), "--processes", str(chosen.processes)]
    command += ["--think", str(chosen.think)]
    started = time.perf_counter()
    workers = [
        subprocess.Popen([*command, "--worker", str(i)], stdout=subprocess.PIPE) for i in range(chosen.processes)
    ]
    answers = [json.loads(worker.communicate()[0]) for worker in workers]
    seconds = max(answer["seconds"] for answer in answers)
    total = time.perf_counter() - started
    bare = statistics.median(before + bare_commits(folder))
    times = sorted(duration for answer in answers for duration in answer["times"])
    lost, findings = find_lost(folder, [step for answer in answers for step in answer["acknowledged"]])
    median, slow = statistics.median(times), times[int(len(times) * 0.95)]
    print(f"{chosen.annotators} annotators in {chosen.processes} process(es), {chosen.think:g} s of thought a save")
    print(f"{len(times)} saves in {seconds:.1f} s ({total:.1f} s with starting): {len(times) / seconds:.0f} a second")
    print(f"a save: p50 {median * 1000:.1f} ms, p95 {slow * 1000:.1f} ms, longest {times[-1] * 1000:.1f} ms")
    print(f"a bare insert and commit: p50 {bare * 1000:.2f} ms; a save takes {median / bare:.1f} times that")
    print(f"lost: {lost} of {len(times)}; the check finds {len(findings)} faults")
    for finding in findings:
        print(finding)
    return 1 if lost or findings else 0


def fill(folder: Path, annotators: int) -> None:
    """Three abstracts with twelve suggestions each for every annotator."""
    chance = random.Random(7)
    with Store.open(folder, backups=False) as store:
        project = store.projects.default()
        documents = [make_document(f"{i}-{j}", chance) for i in range(annotators) for j in range(3)]
        store.documents.add(project.id, [Document(one.id, one.text) for one in documents], print)
        for one in documents:
            stored = store.documents.find(project.id, one.id)
            assert stored is not None
            store.predictions.record(stored.hash, "model-1", one.annotations)


def make_document(name: str, chance: random.Random) -> Document:
    """About 1,500 characters, the length of an abstract, every sixteenth word suggested as something."""
    text, suggestions = f"Invented abstract {name}.", []
    for i in range(190):
        word = chance.choice(WORDS)
        if i % 16 == 8:
            label = chance.choice(["Disease", "Chemical", "Gene", "Species"])
            suggestions.append(Annotation(len(text) + 1, len(text) + 1 + len(word), word, label, score=chance.random()))
        text += " " + word
    return Document(name, text, annotations=tuple(suggestions))


def worker_names(chosen: argparse.Namespace, worker: int) -> list[int]:
    """The annotators of one process."""
    return [i for i in range(chosen.annotators) if i % chosen.processes == worker]


def work(folder: Path, annotators: Sequence[int], saves: int, think: float) -> dict[str, object]:
    """Run the annotators of this process as threads; durations of saves and the steps that were acknowledged."""
    times: list[float] = []
    acknowledged: list[tuple[int, int, str]] = []
    with Store.open(folder, backups=False) as store:
        threads = [
            threading.Thread(target=annotate, args=(store, i, saves, think, times, acknowledged)) for i in annotators
        ]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "times": times, "acknowledged": acknowledged}


def annotate(
    store: Store, annotator: int, saves: int, think: float, times: list[float], acknowledged: list[tuple[int, int, str]]
) -> None:
    """One annotator's saves, one after the other."""
    chance = random.Random(annotator)
    author = f"annotator {annotator}"
    project = store.projects.default()
    documents = [store.documents.find(project.id, f"{annotator}-{i}") for i in range(3)]
    for i in range(saves):
        time.sleep(chance.uniform(0, 2 * think))
        document = documents[i * 3 // saves]
        assert document is not None
        review = store.reviews.open(document.id, author)
        revision, key = review.revision, f"{annotator}:{i}"
        started = time.perf_counter()
        if chance.random() < 0.1 and revision.undoable is not None:
            result = store.reviews.undo(review.id, author=author, seen=revision.number, key=key)
        else:
            corrections = [choose_correction(revision, document.document.text, chance)]
            result = store.reviews.save(review.id, corrections, author=author, seen=revision.number, key=key)
        times.append(time.perf_counter() - started)
        acknowledged.append((review.id, result.step_number, key))


def choose_correction(revision: Revision, text: str, chance: random.Random) -> Correction:
    """What an annotator does to a suggestion, or a span of their own."""
    unseen = [span for span in revision.spans if span.state == "unseen"]
    if unseen and chance.random() < 0.8:
        span = chance.choice(unseen)
        if chance.random() < 0.3:
            return Correction("relabel", span.id, label="Gene")
        return Correction(chance.choice(["accept", "accept", "reject"]), span.id)
    start = chance.randrange(len(text) - 10)
    return Correction("add", start=start, end=start + 9, text=text[start : start + 9], label="Disease")


def bare_commits(folder: Path) -> list[float]:
    """Seconds of each of 200 inserts of a row of 300 bytes, committed one by one."""
    connection = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, value TEXT)")
    times = []
    for _ in range(BARE_COMMITS):
        started = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO rows (value) VALUES (?)", ("x" * 300,))
        connection.execute("COMMIT")
        times.append(time.perf_counter() - started)
    connection.close()
    return times


def find_lost(folder: Path, acknowledged: Sequence[tuple[int, int, str]]) -> tuple[int, list[object]]:
    """How many acknowledged steps are not in the store under their number, and what its check finds."""
    with Store.open(folder, backups=False) as store:
        connection = sqlite3.connect(store.path)
        kept = set(connection.execute("SELECT review_id, number, request FROM steps"))
        connection.close()
        return sum(tuple(step) not in kept for step in acknowledged), list(store.check())


if __name__ == "__main__":
    sys.exit(main())
