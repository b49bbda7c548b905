"""A project enters; who has done how much, how far people agree, and what they disagree on leaves."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from biobert_demo.agreement import AgreementReport, CompletedReview, measure_agreement
from biobert_demo.errors import BiobertDemoError
from biobert_demo.store import AnnotatorProgress, Store
from biobert_demo.ui.adjudication_panel import build_adjudication
from biobert_demo.ui.people import People
from biobert_demo.ui.presentation import to_json
from biobert_demo.ui.status import build_status_line, status_of
from biobert_demo.ui.store_state import StoreState
from biobert_demo.wording import count_nouns

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
PROGRESS_HEADERS = ["Annotator", "Opened", "Completed", "Today", "Corrections"]
AGREEMENT_HEADERS = ["Annotators", "Label", "Documents", "Strict F1", "Kappa (words)", "Alpha (words)"]


def build_people_panel(
    stores: StoreState, people: People, project: gr.Dropdown, name: gr.Textbox, assets: Path
) -> None:
    """Lay out the panels and connect them."""
    with gr.Accordion("Progress and agreement", open=False, elem_id="bd-people") as figures:
        progress = gr.Dataframe(
            headers=PROGRESS_HEADERS, type="array", interactive=False, label="Progress", elem_id="bd-progress"
        )
        status = build_status_line(assets, status_of("idle", ""), "bd-people-status")
        agreement = gr.Dataframe(
            headers=AGREEMENT_HEADERS, type="array", interactive=False, label="Agreement", elem_id="bd-agreement"
        )
        again = gr.Button("Count again", scale=0, min_width=130)
    with gr.Accordion("Adjudicate: decide where two people differ", open=False, elem_id="bd-adjudicate") as adjudicate:
        adjudication = build_adjudication(assets, stores, people)

    def count(id: int | None) -> Iterator[tuple[Any, Any, str]]:
        yield gr.skip(), gr.skip(), status_of("working", "Counting …")
        try:
            store = stores.store()
            project_id = int(id) if id else store.projects.default().id
            report = measure_agreement(completed_reviews(store, project_id))
            rows = present_progress(store.reviews.progress(project_id))
        except BiobertDemoError as error:
            yield gr.skip(), gr.skip(), status_of("failed", str(error))
            return
        yield rows, present_agreement(report), status_of("idle", describe_agreement(report))

    def compare(id: int | None, claimed: str, request: gr.Request) -> Any:
        try:
            project_id = int(id) if id else stores.store().projects.default().id
            author = people.author(request, claimed)
        except BiobertDemoError:
            # The tab's own status line tells what is wrong with the store.
            return gr.skip()
        return to_json({"project": project_id, "author": author, "time": time.time_ns() // 1_000})

    gr.on([figures.expand, again.click], count, project, [progress, agreement, status], **QUIET)
    adjudicate.expand(compare, [project, name], adjudication, **QUIET)


def completed_reviews(store: Store, project_id: int) -> list[CompletedReview]:
    """Everybody's complete reviews of a project, without adjudicated ones."""
    return [
        CompletedReview(one.document.id, one.document.document.text, one.author, one.revision.gold)
        for one in store.reviews.iterate(project_id, kind="review")
        if one.revision.is_complete
    ]


def present_progress(people: Sequence[AnnotatorProgress]) -> list[list[Any]]:
    """A row for each annotator."""
    return [[one.author, one.opened, one.completed, one.today, one.corrections] for one in people]


def present_agreement(report: AgreementReport) -> list[list[str]]:
    """A row for each pair of annotators and label, and for all together; the overall rows first."""
    rows = [
        (
            one.label,
            0,
            [
                f"{one.first} – {one.second}",
                one.label or "all",
                one.documents,
                _share(one.strict.f1),
                _share(one.kappa),
                "",
            ],
        )
        for one in report.pairs
    ]
    rows += [
        (one.label, 1, ["all together", one.label or "all", one.documents, "", "", _share(one.alpha)])
        for one in report.alphas
        if report.documents
    ]
    rows.sort(key=lambda row: (row[0] is not None, row[0] or "", row[1]))
    return [[str(cell) for cell in cells] for _, _, cells in rows]


def describe_agreement(report: AgreementReport) -> str:
    """What the figures rest on, in a sentence."""
    if not report.documents:
        return "No document has been completed by two people yet, so that nothing can be compared."
    return f"Over {count_nouns(report.documents, 'document')} completed by two or more people."


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
