"""Models, the store and people enter; the tab "Review" - projects, editor, adding, exporting - leaves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from biobert_demo.errors import BadInput, BiobertDemoError, Problem
from biobert_demo.settings import Settings
from biobert_demo.store import Project, Store
from biobert_demo.ui.editor import build_editor
from biobert_demo.ui.export_panel import build_export_panel
from biobert_demo.ui.model_state import ModelState
from biobert_demo.ui.people import NAMELESS, People
from biobert_demo.ui.people_panel import build_people_panel
from biobert_demo.ui.predicting import Predictor
from biobert_demo.ui.presentation import to_json
from biobert_demo.ui.project_panel import build_project_panel
from biobert_demo.ui.ranking import Ranker
from biobert_demo.ui.read import ReadTexts
from biobert_demo.ui.review_actions import ReviewActions
from biobert_demo.ui.review_queue import ReviewQueue
from biobert_demo.ui.review_texts import Source, add_read_documents, add_source
from biobert_demo.ui.status import build_status_line, status_of
from biobert_demo.ui.store_state import StoreState
from biobert_demo.wording import count_nouns

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_STORAGE_KEY = "biobert-demo-review"
# Not a secret: a name and a project's number. A fixed one keeps them readable after a restart.
_STORAGE_SECRET = "biobert-demo"


@dataclass(frozen=True, slots=True)
class Workplace:
    """What the tab works with; `settings` is None in tests that need none."""

    models: ModelState
    stores: StoreState
    people: People
    settings: Settings | None = None


@dataclass(frozen=True, slots=True)
class ReviewTab:
    """What the rest of the page connects to."""

    review_texts: Callable[..., Any]
    inputs: list[Any]
    outputs: list[Any]
    open_address: Callable[..., Any]
    address_inputs: list[Any]
    address_outputs: list[Any]


def build_review_tab(work: Workplace, assets: Path, tabs: gr.Tabs, tab: gr.Tab) -> ReviewTab:
    """Lay out the tab inside the Blocks that are being built, and connect it."""
    predictor = Predictor(work.models, work.stores)
    work.models.on_swap(predictor.read_anew)
    queue = ReviewQueue(Ranker(served=lambda: predictor.version))
    actions = ReviewActions(work.stores, work.people, predictor, queue)
    memory = gr.BrowserState({}, storage_key=_STORAGE_KEY, secret=_STORAGE_SECRET)
    has_opened = gr.State(False)
    with gr.Row(elem_classes="bd-review-bar"):
        project = gr.Dropdown(
            [],
            label="Project",
            scale=2,
            min_width=200,
            elem_id="bd-project",
            allow_custom_value=False,
            filterable=False,
        )
        name = gr.Textbox(
            NAMELESS,
            label="Signed in as" if work.people.have_accounts else "Your name",
            interactive=not work.people.have_accounts,
            max_lines=1,
            scale=1,
            min_width=140,
            elem_id="bd-author",
        )
    status = build_status_line(assets, status_of("idle", ""), "bd-review-status")
    editor = build_editor(assets, actions.server_functions())
    with gr.Accordion("Add texts", open=False, elem_id="bd-add"):
        with gr.Row(equal_height=True):
            pasted = gr.Textbox(label="Abstracts, or PubTator, BioC, JSON Lines", lines=5, max_lines=10, scale=3)
            files = gr.File(label="Files in any readable format", file_count="multiple", scale=2, min_width=220)
        pmids = gr.Textbox(label="PubMed ids", placeholder="fetched from NCBI when you press Add", max_lines=3)
        is_reviewed = gr.Checkbox(
            False, label="Their annotations are reviewed: take them in as mine, complete", elem_id="bd-add-reviewed"
        )
        add = gr.Button("Add", variant="primary", scale=0, min_width=120, elem_id="bd-add-button")

    def find_project(chosen: int | None) -> Project:
        projects = work.stores.store().projects
        return projects.get(int(chosen)) if chosen else projects.default()

    def list_projects(chosen: int) -> Any:
        choices = [(one.name, one.id) for one in work.stores.store().projects.list()]
        return gr.Dropdown(choices, value=chosen)

    def enter(
        chosen: int | None, remembered: dict[str, Any], was_open: bool, request: gr.Request
    ) -> tuple[Any, Any, Any, bool]:
        """The tab is shown: fill it the first time."""
        if was_open:
            return gr.skip(), gr.skip(), gr.skip(), True
        try:
            author = work.people.author(request, (remembered or {}).get("name"))
            found = _remembered_project(work, chosen or (remembered or {}).get("project"))
        except BiobertDemoError as error:
            return gr.skip(), gr.skip(), status_of("failed", str(error)), False
        return list_projects(found.id), to_open(found.id, author), status_of("idle", ""), True

    def choose(
        chosen: int | None, claimed: str, remembered: dict[str, Any], request: gr.Request
    ) -> tuple[Any, Any, Any]:
        """Another project or another name: open what is next there."""
        try:
            author = work.people.author(request, claimed)
            found = find_project(chosen)
        except BiobertDemoError as error:
            return gr.skip(), status_of("failed", str(error)), gr.skip()
        kept = {**(remembered or {}), "project": found.id, "name": author}
        if kept == remembered:
            return gr.skip(), gr.skip(), gr.skip()
        return to_open(found.id, author), status_of("idle", ""), kept

    def add_texts(
        text: str, paths: Sequence[str] | None, ids: str, reviewed: bool, chosen: int | None, claimed: str,
        request: gr.Request,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        """Add what a person named, and open the first of it."""
        problems: list[Problem] = []
        yield status_of("working", "Adding …"), *(gr.skip() for _ in range(5))
        try:
            author = work.people.author(request, claimed)
            found = find_project(chosen)
            source = Source(text or "", tuple(paths or ()), ids or "", bool(reviewed))
            added = add_source(work.stores.store(), found, source, author, work.settings, problems.append)
            queue.forget(found.id)
        except BiobertDemoError as error:
            yield describe("failed", str(error), problems), *(gr.skip() for _ in range(5))
            return
        opened = to_open(found.id, author, added.first)
        kind = "warning" if problems else "done"
        yield describe(kind, added.sentence, problems), opened, list_projects(found.id), "", None, ""

    def review_texts(
        read: ReadTexts | None, chosen: int | None, claimed: str, request: gr.Request
    ) -> tuple[Any, Any, Any, Any, bool]:
        """ "Review these" of the Read tab: keep the texts, and open the first."""
        problems: list[Problem] = []
        try:
            if read is None or not read.documents:
                raise BadInput("There are no texts to review; highlight some first.")
            author = work.people.author(request, claimed)
            found = find_project(chosen)
            tally = add_read_documents(work.stores.store(), found, read.documents, read.are_named, problems.append)
            queue.forget(found.id)
        except BiobertDemoError as error:
            return gr.Tabs(selected="review"), gr.skip(), gr.skip(), status_of("failed", str(error)), False
        new = count_nouns(len(tally.added_ids), "text")
        known = f", {len(tally.known_ids)} here before" if tally.known_ids else ""
        line = describe("warning" if problems else "done", f"{new} added to {found.name}{known}.", problems)
        first = min([*tally.added_ids, *tally.known_ids], default=None)
        return gr.Tabs(selected="review"), list_projects(found.id), to_open(found.id, author, first), line, True

    def begin(remembered: dict[str, Any], request: gr.Request) -> tuple[Any, ...]:
        """The page is loaded: who is here, and does the address name a document?"""
        asked = {key: value for key, value in dict(request.query_params).items() if key in ("doc", "project")}
        try:
            author = work.people.author(request, (remembered or {}).get("name"))
            if not asked:
                return gr.skip(), author, gr.skip(), gr.skip(), gr.skip(), gr.skip()
            project_id, document_id = read_address(work.stores.store(), asked)
        except BiobertDemoError as error:
            selected = gr.Tabs(selected="review") if asked else gr.skip()
            return selected, gr.skip(), gr.skip(), gr.skip(), status_of("failed", str(error)), False
        opened = to_open(project_id, author, document_id)
        return gr.Tabs(selected="review"), author, list_projects(project_id), opened, status_of("idle", ""), True

    def project_changed(id: int, author: str, sentence: str | None = None) -> tuple[Any, ...]:
        queue.forget(id)
        sentence = sentence or f"{work.stores.store().projects.get(id).name} is saved."
        return status_of("done", sentence), list_projects(id), to_open(id, author, stays=True)

    tab.select(enter, [project, memory, has_opened], [project, editor, status, has_opened], **QUIET)
    chosen = {"fn": choose, "inputs": [project, name, memory], "outputs": [editor, status, memory], **QUIET}
    project.input(**chosen)
    if not work.people.have_accounts:
        gr.on([name.submit, name.blur], **chosen)
    build_project_panel(work.stores, work.people, project, name, assets, project_changed, [status, project, editor])
    build_export_panel(work.stores, project, assets)
    build_people_panel(work.stores, work.people, project, name, assets)
    add.click(
        add_texts,
        [pasted, files, pmids, is_reviewed, project, name],
        [status, editor, project, pasted, files, pmids],
        concurrency_limit=4,
        **QUIET,
    )
    return ReviewTab(
        review_texts,
        [project, name],
        [tabs, project, editor, status, has_opened],
        begin,
        [memory],
        [tabs, name, project, editor, status, has_opened],
    )


def to_open(project_id: int, author: str, document_id: int | None = None, *, stays: bool = False) -> str:
    """The editor's value that makes it open a document, or the next one of the project.

    With `stays` it is the document on display, where that is of the project.
    """
    # The time makes each request another value: the page would not notice the same one again.
    asked = {"document": document_id, "project": project_id, "author": author, "time": time.time_ns() // 1_000}
    return to_json({"open": asked | ({"stays": True} if stays else {})})


def read_address(store: Store, asked: Mapping[str, str]) -> tuple[int, int | None]:
    """(project id, document id or None) of `?doc=ID` or `?project=ID`; raises BadInput for what does not exist."""
    for value in asked.values():
        if not value.isascii() or not value.isdigit() or len(value) > 18:
            raise BadInput(f"The address asks for {value[:40]!r}; documents and projects are named by numbers there.")
    if "doc" in asked:
        stored = store.documents.get(int(asked["doc"]))
        return stored.project_id, stored.id
    return store.projects.get(int(asked["project"])).id, None


def describe(kind: str, sentence: str, problems: Sequence[Problem]) -> str:
    """A status line with the problems folded into it."""
    details = [one.message if one.message.startswith(one.source) else str(one) for one in problems]
    return status_of(kind, sentence, details=details, summary=count_nouns(len(details), "note") if details else "")


def _remembered_project(work: Workplace, id: Any) -> Project:
    projects = work.stores.store().projects
    if isinstance(id, int):
        known = next((one for one in projects.list() if one.id == id), None)
        if known is not None:
            return known
    return projects.default()
