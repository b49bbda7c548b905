"""The name of a set of documents enters; a page with the span editor alone leaves, its reviews kept in memory.

    python serve_editor.py --port 0 [abstracts|hostile|many|long [--size CHARACTERS SPANS]]

Opening the page begins anew, except with "?keep". What a person does goes through biobert_demo.review, as in the real
page; only the store behind it is a dict. Two files steer it from outside: while EDITOR_GATE exists, every answer waits,
and what is in EDITOR_FAULT is done once - "refuse" answers with an error, "lose" does the work and then fails,
"elsewhere N" lets somebody else reject the N-th mention first.
"""

from __future__ import annotations

import argparse
import html
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

import gradio as gr  # noqa: E402

from biobert_demo.annotations import LABEL_NAMES, Annotation  # noqa: E402
from biobert_demo.documents import Document  # noqa: E402
from biobert_demo.review import (  # noqa: E402
    Correction,
    EditRefused,
    Revision,
    Step,
    StepKind,
    check_step,
    complete_step,
    find_conflict,
    replay,
    suggestion_step,
)
from biobert_demo.settings import find_assets  # noqa: E402
from biobert_demo.ui.editor import build_editor  # noqa: E402
from biobert_demo.ui.page import launch_options  # noqa: E402
from biobert_demo.ui.presentation import present_labels, to_json  # noqa: E402
from biobert_demo.ui.review_values import present_span, read_corrections  # noqa: E402

NOW = "2030-01-02T03:04:05+00:00"


class Reviews:
    """Documents and one review of each, by the number of the document."""

    def __init__(self, documents: list[Document], labels: list[dict[str, Any]], guideline: str) -> None:
        self.documents = documents
        self.labels = labels
        self.guideline = guideline
        self.lock = threading.RLock()
        self.begin()

    def begin(self) -> None:
        """Nobody has done anything yet."""
        self.steps: dict[int, list[Step]] = {
            number: [Step(1, "suggest", "model", NOW, suggestion_step(one.annotations, self._others(one)))]
            for number, one in enumerate(self.documents)
        }
        self.answers: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, Any] = {}
        self.skipped: set[int] = set()

    def revision(self, number: int) -> Revision:
        return replay(self.documents[number].text, self.steps[number])

    def value(self, number: int) -> dict[str, Any]:
        document, revision = self.documents[number], self.revision(number)
        done = sum(self.revision(other).is_complete for other in self.steps)
        return {
            "review": {
                "id": number,
                "revision": revision.number,
                "author": "Ada",
                "isComplete": revision.is_complete,
                "canUndo": revision.undoable is not None,
                "canRedo": revision.redoable is not None,
                "kind": "review",
            },
            "project": {"id": 1, "name": "My texts", "guideline": self.guideline},
            "document": {
                "id": number,
                "name": document.id,
                "text": document.text,
                "passages": [{"kind": p.kind, "start": p.start, "end": p.end} for p in document.passages],
                "note": revision.note,
                "isFlagged": revision.is_flagged,
                "reasons": ["two labels within 0.05"] if number == 0 else [],
            },
            "labels": self.labels,
            "spans": [present_span(span) for span in revision.spans],
            "findings": self.findings(number),
            "progress": {"done": done, "total": len(self.documents), "today": done},
            "position": {"index": number, "count": len(self.documents)},
            "keys": self.keys,
            "message": None,
        }

    def findings(self, number: int) -> list[dict[str, Any]]:
        """A leading article is the one inconsistency that this page looks for."""
        found = []
        for span in self.revision(number).spans:
            if span.state in ("accepted", "unseen") and span.text.startswith("the "):
                fixed = {"action": "rebound", "span": span.id, "start": span.start + 4, "end": span.end}
                found.append(
                    {
                        "id": f"the-{span.id}",
                        "kind": "leading-article",
                        "message": f"“{span.text}” starts with “the”.",
                        "start": span.start,
                        "end": span.end,
                        "spans": [span.id],
                        "fix": {"summary": "Leave out “the”", "corrections": [{**fixed, "text": span.text[4:]}]},
                    }
                )
        return found

    def add(self, number: int, kind: StepKind, corrections: tuple[Correction, ...], seen: int, author: str) -> bool:
        """Append a step, or raise EditRefused; whether it was merged with what came since."""
        text, steps = self.documents[number].text, self.steps[number]
        before = self.revision(number)
        target = {"undo": before.undoable, "redo": before.redoable}.get(kind)
        step = Step(len(steps) + 1, kind, author, NOW, corrections, target)
        conflict = find_conflict(steps, seen, step, text)
        if conflict:
            raise EditRefused(f"Your edit was not made: {conflict}.")
        check_step(text, steps, step)
        steps.append(step)
        return any(one.number > seen for one in steps[:-1])

    def next_open(self, number: int) -> int | None:
        order = [*range(number + 1, len(self.documents)), *range(number)]
        open_ones = [one for one in order if not self.revision(one).is_complete]
        return next((one for one in open_ones if one not in self.skipped), open_ones[0] if open_ones else None)

    @staticmethod
    def _others(document: Document) -> dict[int, Any]:
        others = (("Gene", 0.21), ("Chemical", 0.04))
        return {i: others for i, one in enumerate(document.annotations) if one.label == "Disease"}


def build_functions(reviews: Reviews) -> list[Any]:
    """The server functions of the editor, each over the reviews in memory."""

    def answer(payload: dict[str, Any], work: Any) -> dict[str, Any]:
        while (gate := os.environ.get("EDITOR_GATE")) and Path(gate).exists():
            time.sleep(0.02)
        fault = take_fault()
        with reviews.lock:
            key, number = payload.get("key"), payload.get("review")
            if key is not None and key in reviews.answers:
                return reviews.answers[key]
            if fault == "refuse":
                return {"error": "The disk is full; nothing was saved.", "value": reviews.value(number)}
            if fault.startswith("elsewhere"):
                span = reviews.revision(number).spans[int(fault.split()[1])]
                reviews.add(number, "edit", (Correction("reject", span_id=span.id),), 10**6, "Grace")
            try:
                given = {"value": None, "savedAt": NOW, "isMerged": False, "message": None, **work()}
            except EditRefused as error:
                return {"error": str(error), "value": reviews.value(number)}
            reviews.answers[key] = given
            if fault == "lose":
                raise RuntimeError("The answer was lost on the way.")
            return given

    def save(payload: dict[str, Any]) -> dict[str, Any]:
        """One edit."""

        def work() -> dict[str, Any]:
            corrections = read_corrections(payload["corrections"])
            is_merged = reviews.add(payload["review"], "edit", corrections, payload["seen"], payload["author"])
            message = "Merged with what Grace changed since." if is_merged else None
            return {"value": reviews.value(payload["review"]), "isMerged": is_merged, "message": message}

        return answer(payload, work)

    def step_of(kind: StepKind, payload: dict[str, Any]) -> dict[str, Any]:
        def work() -> dict[str, Any]:
            reviews.add(payload["review"], kind, (), payload["seen"], payload["author"])
            return {"value": reviews.value(payload["review"])}

        return answer(payload, work)

    def undo(payload: dict[str, Any]) -> dict[str, Any]:
        return step_of("undo", payload)

    def redo(payload: dict[str, Any]) -> dict[str, Any]:
        return step_of("redo", payload)

    def moved(number: int | None) -> dict[str, Any]:
        return {"value": None if number is None else reviews.value(number)}

    def complete(payload: dict[str, Any]) -> dict[str, Any]:
        def work() -> dict[str, Any]:
            number = payload["review"]
            revision = reviews.revision(number)
            reviews.add(number, "edit", complete_step(revision), payload["seen"], payload["author"])
            return {**moved(reviews.next_open(number)), "completed": number}

        return answer(payload, work)

    def skip(payload: dict[str, Any]) -> dict[str, Any]:
        reviews.skipped.add(payload["review"])
        return answer(payload, lambda: moved(reviews.next_open(payload["review"])))

    def previous(payload: dict[str, Any]) -> dict[str, Any]:
        return answer(payload, lambda: moved(max(0, payload["review"] - 1)))

    def open_document(payload: dict[str, Any]) -> dict[str, Any]:
        return answer(payload, lambda: moved(payload["document"] or 0))

    def preview_identical(payload: dict[str, Any]) -> dict[str, Any]:
        surface = reviews.documents[payload["review"]].text[payload["start"] : payload["end"]]
        numbers = [payload["review"]] if payload["scope"] == "document" else list(reviews.steps)
        items = []
        for number in numbers:
            document = reviews.documents[number]
            for match in re.finditer(re.escape(surface), document.text):
                start, end = match.span()
                living = [span for span in reviews.revision(number).spans if span.state != "rejected"]
                known = [span for span in living if (span.start, span.end) == (start, end)]
                if (number, start) != (payload["review"], payload["start"]):
                    items.append(
                        {
                            "document": number,
                            "name": document.id,
                            "start": start,
                            "end": end,
                            "text": match[0],
                            "before": document.text[max(0, start - 40) : start],
                            "after": document.text[end : end + 40],
                            "why": "the same words",
                            "alreadyLabel": known[0].label if known else None,
                        }
                    )
        return {"items": items}

    def apply_identical(payload: dict[str, Any]) -> dict[str, Any]:
        def work() -> dict[str, Any]:
            for number in sorted({item["document"] for item in payload["items"]}):
                corrections = tuple(
                    Correction("add", start=i["start"], end=i["end"], text=i["text"], label=payload["label"])
                    for i in payload["items"]
                    if i["document"] == number
                )
                seen = payload["seen"] if number == payload["review"] else reviews.revision(number).number
                reviews.add(number, "edit", corrections, seen, payload["author"])
            return {"value": reviews.value(payload["review"]), "applied": len(payload["items"])}

        return answer(payload, work)

    def save_keys(payload: dict[str, Any]) -> dict[str, Any]:
        reviews.keys = payload["keys"]
        return {"savedAt": NOW}

    def list_documents(payload: dict[str, Any]) -> dict[str, Any]:
        rows = []
        for number, document in enumerate(reviews.documents):
            revision = reviews.revision(number)
            state = "done" if revision.is_complete else "skipped" if number in reviews.skipped else "open"
            wanted = payload["filters"]["state"]
            if payload["query"].lower() in document.text.lower() and wanted in ("all", state):
                counts = {s: sum(span.state == s for span in revision.spans) for s in ("unseen", "accepted")}
                rows.append(
                    {
                        "id": number,
                        "name": document.id,
                        "title": document.text[:90],
                        "length": len(document.text),
                        "state": state,
                        "reasons": {0: ["two labels within 0.05"], 2: ["random check"]}.get(number, []),
                        "counts": counts,
                        "isFlagged": revision.is_flagged,
                        "snippet": "",
                    }
                )
        if payload["sort"] == "name":
            rows.sort(key=lambda row: str(row["name"]))
        done = sum(reviews.revision(number).is_complete for number in reviews.steps)
        return {"rows": rows[payload["offset"] :][: payload["limit"]], "total": len(rows), "done": done}

    return [
        *(open_document, save, undo, redo, complete, skip, previous),
        *(preview_identical, apply_identical, save_keys, list_documents),
    ]


def take_fault() -> str:
    path = os.environ.get("EDITOR_FAULT")
    if not path or not Path(path).exists():
        return ""
    fault = Path(path).read_text(encoding="utf-8")
    Path(path).unlink()
    return fault


def annotate(name: str, passages: list[tuple[str, str]], spans: list[tuple[str, str, float]]) -> Document:
    """A document whose annotations are the first places where the given words stand."""
    document = Document.from_passages(name, passages)
    found = []
    for words, label, score in spans:
        start = document.text.index(words)
        found.append(Annotation(start, start + len(words), words, label, score=score, model="words-1"))
    return document.with_annotations(found)


def abstracts() -> list[Document]:
    first = annotate(
        "P101",
        [
            ("title", "💊 Gefitinib in non-small cell lung cancer (NSCLC) with EGFR mutations"),
            (
                "abstract",
                "Patients with NSCLC and the EGFR mutation L858R were given gefitinib. TNF-alpha-induced fever, type 2 "
                "diabetes mellitus and Ménière disease were seen; breast cancer susceptibility was not. Fever was "
                "mild in mice. Aspirin against fever, and IL-2, were allowed.",
            ),
        ],
        [
            ("Gefitinib", "Chemical", 0.98),
            ("non-small cell lung cancer", "Disease", 0.97),
            ("EGFR", "Gene", 0.62),
            ("the EGFR", "Gene", 0.55),
            ("TNF-alpha-induced fever", "Disease", 0.48),
            ("diabetes mellitus", "Disease", 0.91),
            ("breast cancer", "Disease", 0.88),
            ("mice", "Species", 0.99),
            ("Aspirin", "Gene", 0.51),
        ],
    )
    second = annotate(
        "P102",
        [("title", "Penicillin allergy"), ("abstract", "An allergy to penicillin can cause fever in E. coli sepsis.")],
        [("Penicillin", "Chemical", 0.9), ("E. coli", "Species", 0.8)],
    )
    third = annotate("P103", [("abstract", "BRCA1 and BRCA2 in breast cancer.")], [("BRCA1", "Gene", 0.99)])
    return [first, second, third]


def hostile() -> list[Document]:
    text = (
        "<img src=x onerror=alert(1)> ${alert(2)} {{alert(3)}} `alert(4)` <script>alert(5)</script> 👩‍🔬 µ\r\n"
        "\u05d3\u05dc\u05e7\u05ea \u2028 aspirin </mark></div> "
    )
    document = Document("<b>${alert(6)}</b>", text + "x" * 100_000 + " fever and " + "word " * 20_000)
    start, fever = text.index("aspirin"), document.text.index("fever")
    image = Annotation(0, 28, document.text[:28], "Chemical", score=0.5, model="`${alert(7)}`")
    return [
        document.with_annotations(
            [
                image,
                Annotation(start, start + 7, "aspirin", "<i>{{alert(8)}}</i>", ("<u>",), 0.5, "words-1"),
                Annotation(fever, fever + 5, "fever", "Disease", (), 0.5, "words-1"),
            ]
        )
    ]


def long_text(length: int = 20_000, count: int = 300) -> list[Document]:
    words = ["aspirin", "fever", "EGFR", "mice", "and", "with", "after", "treated", "patients", "cells"]
    text = ""
    spans = []
    number = 0
    every = max(1, length // (count * 7))
    while len(text) < length:
        word = words[(number * 7) % len(words)]
        if len(spans) < count and number % every == 0:
            spans.append((len(text), len(text) + len(word), word))
        text += f"{word} "
        number += 1
    annotations = [
        Annotation(start, end, word, LABEL_NAMES[i % 4], score=0.5 + i % 50 / 100, model="words-1")
        for i, (start, end, word) in enumerate(spans)
    ]
    return [Document("L1", text).with_annotations(annotations)]


def many() -> list[Document]:
    return [
        annotate(f"Q{number}", [("abstract", f"Case {number}: fever after aspirin.")], [("fever", "Disease", 0.9)])
        for number in range(1, 31)
    ]


SETS: dict[str, Callable[[], list[Document]]] = {
    "abstracts": abstracts,
    "hostile": hostile,
    "long": long_text,
    "many": many,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=7861)
    parser.add_argument("set", nargs="?", default="abstracts", choices=SETS)
    parser.add_argument("--size", type=int, nargs=2, default=(20_000, 300), metavar=("CHARACTERS", "SPANS"))
    options = parser.parse_args()
    documents = long_text(*options.size) if options.set == "long" else SETS[options.set]()
    labels = [{**label, "color": None, "key": str(i + 1)} for i, label in enumerate(present_labels(LABEL_NAMES))]
    if options.set == "hostile":
        names = [*LABEL_NAMES, "<i>{{alert(8)}}</i>"]
        labels = [{**label, "color": "red;--x:url(//evil.test)", "key": None} for label in present_labels(names)]
    guideline = "<h3>Diseases</h3><p>Label the <strong>whole</strong> name, without articles.</p>"
    if options.set == "hostile":
        guideline += f"<img src=x onerror=alert(9)><script>alert(10)</script>{html.escape('<b>words</b>')}"
    reviews = Reviews(documents, labels, guideline)
    assets = find_assets()
    with gr.Blocks(title="Editor", analytics_enabled=False, fill_width=True) as page:
        editor = build_editor(assets, build_functions(reviews))

        def start(request: gr.Request) -> str:
            if "keep" not in request.query_params:
                reviews.begin()
            return to_json({"open": {"document": 0, "project": 1, "author": "Ada"}})

        page.load(start, None, editor, show_progress="hidden", api_visibility="private")
    page.launch(
        server_name="127.0.0.1", server_port=options.port or None, prevent_thread_lock=True, **launch_options(assets)
    )
    print(page.local_url, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
