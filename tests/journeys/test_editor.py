"""A browser enters; whether a person can correct a document in the span editor, by mouse or by keys, and lose nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TEXT = "[data-part='body']"
MARKS = f"{TEXT} .bd-ed-mark"
SERVER = "tests/journeys/serve_editor.py"
ABSTRACT = (
    "💊 Gefitinib in non-small cell lung cancer (NSCLC) with EGFR mutations\n"
    "Patients with NSCLC and the EGFR mutation L858R were given gefitinib. TNF-alpha-induced fever, type 2 diabetes "
    "mellitus and Ménière disease were seen; breast cancer susceptibility was not. Fever was mild in mice. Aspirin "
    "against fever, and IL-2, were allowed."
)


@pytest.fixture(scope="module")
def steering(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files that make the server wait, or fail once."""
    folder = tmp_path_factory.mktemp("steering")
    return {"gate": folder / "gate", "fault": folder / "fault"}


@pytest.fixture(scope="module")
def editor_address(serve: Callable[..., str], steering: dict[str, Path]) -> str:
    return serve(SERVER, "abstracts", EDITOR_GATE=str(steering["gate"]), EDITOR_FAULT=str(steering["fault"]))


@pytest.fixture
def page(open_page: Callable[..., Any], editor_address: str) -> Any:
    return open_page(editor_address, ready=MARKS)


def spans(page: Any) -> list[tuple[str, str, str]]:
    """(text, label, state) of every mention on display, in order; a mention in several pieces is put together."""
    found: dict[str, list[str]] = {}
    for id, text, label, state in page.eval_on_selector_all(
        MARKS, "all => all.map(m => [m.dataset.span, m.textContent, m.dataset.name, m.dataset.state])"
    ):
        found.setdefault(id, ["", label, state])[0] += text
    return [(text, label, state) for text, label, state in found.values()]


def living(page: Any) -> dict[str, str]:
    return {text: label for text, label, state in spans(page) if state == "accepted"}


def saved(page: Any) -> None:
    page.locator("[data-part='saved'][data-kind='saved']").wait_for()


def place(page: Any, words: str, nth: int = 0) -> tuple[float, float, float]:
    """Left, right and middle of some words on the screen."""
    box = page.evaluate(
        """([selector, words, nth]) => {
            const body = document.querySelector(selector);
            let at = -1;
            for (let found = 0; found <= nth; found += 1) at = body.textContent.indexOf(words, at + 1);
            const range = document.createRange();
            const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
            let done = 0;
            let from = null;
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                if (from === null && at < done + node.length) { range.setStart(node, at - done); from = node; }
                if (from !== null && at + words.length <= done + node.length) {
                    range.setEnd(node, at + words.length - done);
                    break;
                }
                done += node.length;
            }
            const rects = [...range.getClientRects()].filter((one) => one.width > 0);
            const last = rects[rects.length - 1];
            return [rects[0].left, last.right, rects[0].top + rects[0].height / 2, last.top + last.height / 2];
        }""",
        [TEXT, words, nth],
    )
    assert abs(box[2] - box[3]) < 3, f"{words!r} runs over two lines; choose other words"
    return box[0], box[1], box[2]


def double_click(page: Any, words: str, nth: int = 0) -> None:
    left, right, middle = place(page, words, nth)
    page.mouse.dblclick((left + right) / 2, middle)


def drag(page: Any, words: str, *, with_shift: bool = False) -> None:
    left, right, middle = place(page, words)
    page.mouse.move(left + 1, middle)
    page.mouse.down()
    page.mouse.move(right - 1, middle, steps=4)
    if with_shift:
        page.keyboard.down("Shift")
    page.mouse.up()
    if with_shift:
        page.keyboard.up("Shift")


def wait_for_marks(page: Any, words: str, count: int) -> None:
    page.wait_for_function(
        "([words, count]) => [...document.querySelectorAll('.bd-ed-mark')]."
        "filter(m => m.textContent === words).length === count",
        arg=[words, count],
    )


def focused_name(page: Any) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"))


def focus(page: Any, words: str) -> None:
    page.locator(f"{TEXT} [data-anchor]", has_text=words).first.focus()


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def reload(page: Any, address: str) -> None:
    page.goto(f"{address}?keep")
    page.locator(MARKS).first.wait_for()


def test_an_abstract_is_corrected_with_the_mouse(page: Any, editor_address: str) -> None:
    assert page.locator(TEXT).evaluate("node => node.textContent") == ABSTRACT
    double_click(page, "Fever")
    assert ("Fever", "Disease", "accepted") in spans(page)
    drag(page, "énière disea")
    assert ("Ménière disease", "Disease", "accepted") in spans(page)
    drag(page, "858", with_shift=True)
    assert ("858", "Disease", "accepted") in spans(page)
    page.get_by_role("button", name="Remove").click()
    assert "858" not in living(page)
    page.locator(MARKS, has_text="Aspirin").click()
    assert ("Aspirin", "Gene", "unseen") in spans(page), "a single click decides nothing"
    page.locator("[data-part='mention-labels']").get_by_role("button", name="Drug / chemical").click()
    page.locator(MARKS, has_text="mice").click()
    page.get_by_role("button", name="Reject").click()
    page.locator(MARKS, has_text="diabetes mellitus").click()
    for _ in range(2):
        page.get_by_role("button", name="Start one word back").click()
    assert living(page) == {
        "Fever": "Disease", "Ménière disease": "Disease", "Aspirin": "Chemical", "type 2 diabetes mellitus": "Disease",
    }  # fmt: skip
    assert page.locator(TEXT).evaluate("node => node.textContent") == ABSTRACT
    saved(page)
    before = spans(page)
    reload(page, editor_address)
    assert spans(page) == before
    page.get_by_role("button", name="Complete – accepts 6 unseen").click()
    page.locator("[data-part='document-name']", has_text="P102").wait_for()
    page.locator(".bd-document", has_text="P101").locator(".bd-sr", has_text="done").wait_for(state="attached")


def test_an_abstract_is_corrected_with_keys_alone(page: Any, editor_address: str) -> None:
    page.get_by_role("button", name="Keys").focus()
    press(page, "Tab")
    assert focused_name(page) == "Gefitinib, Drug / chemical, suggestion, 98 %"
    press(page, "a")
    assert focused_name(page).startswith("non-small cell lung cancer, Disease, suggestion"), "accepting goes on"
    press(page, "a", "x", " ")
    assert focused_name(page).startswith("TNF-alpha-induced fever")
    press(page, "Alt+Shift+ArrowRight", "Alt+Shift+ArrowRight", "Alt+Shift+ArrowRight")
    assert focused_name(page) == "fever, Disease, corrected", "the focus stays where it was"
    press(page, "Tab", "Alt+Shift+ArrowLeft", "Alt+Shift+ArrowLeft")
    assert focused_name(page).startswith("type 2 diabetes mellitus")
    press(page, "Tab", "Shift+ArrowRight", "Shift+ArrowLeft", "Control+Shift+ArrowLeft", "Control+Shift+ArrowRight")
    assert focused_name(page).startswith("breast cancer, Disease")
    press(page, "Tab", "Delete", "End", "2")
    assert focused_name(page).startswith("Aspirin, Drug / chemical")
    # A mention that nobody suggested: the text cursor starts at the focused one.
    press(page, "c", *["ArrowRight"] * 4, "Shift+ArrowRight", "Shift+ArrowRight", "3")
    assert focused_name(page) == "IL-2, Gene, by Ada"
    assert spans(page) == [
        ("Gefitinib", "Chemical", "accepted"),
        ("non-small cell lung cancer", "Disease", "accepted"),
        ("EGFR", "Gene", "rejected"),
        ("the EGFR", "Gene", "ignored"),
        ("fever", "Disease", "accepted"),
        ("type 2 diabetes mellitus", "Disease", "accepted"),
        ("breast cancer", "Disease", "accepted"),
        ("mice", "Species", "rejected"),
        ("Aspirin", "Chemical", "accepted"),
        ("IL-2", "Gene", "accepted"),
    ]
    saved(page)
    before = spans(page)
    reload(page, editor_address)
    assert spans(page) == before
    focus(page, "Gefitinib")
    press(page, "Enter")
    page.locator("[data-part='document-name']", has_text="P102").wait_for()
    assert focused_name(page).startswith("Penicillin"), "the keys go on in the next document"
    press(page, "Enter")
    page.locator("[data-part='document-name']", has_text="P103").wait_for()
    press(page, "p")
    page.locator("[data-part='document-state']", has_text="complete").wait_for()


def test_tab_goes_through_the_mentions_and_leaves_the_text_at_both_ends(page: Any) -> None:
    first, last = page.locator(f"{TEXT} [data-anchor]").first, page.locator(f"{TEXT} [data-anchor]").last
    last.focus()
    press(page, "Tab")
    assert focused_name(page).startswith("Back")
    press(page, "Shift+Tab")
    assert last.evaluate("node => node === document.activeElement"), "the way back leads to where it was left"
    first.focus()
    press(page, "Shift+Tab")
    assert "Keys" in focused_name(page)


def test_every_act_is_undone_and_redone_one_by_one(page: Any, editor_address: str) -> None:
    begin = spans(page)
    focus(page, "Gefitinib")
    press(page, "a", "x", "2")
    after = spans(page)
    saved(page)
    reload(page, editor_address)
    focus(page, "Gefitinib")
    press(page, "u", "Control+z", "u")
    page.wait_for_function("document.querySelectorAll('[data-state=unseen]').length >= 9")
    saved(page)
    assert spans(page) == begin
    press(page, "Control+Shift+z", "Shift+u", "Control+y")
    page.locator("[data-part='redo'][aria-disabled='true']").wait_for()
    saved(page)
    assert spans(page) == after


def test_identical_mentions_are_labelled_together_and_undone_together(page: Any) -> None:
    double_click(page, "NSCLC")
    press(page, "i")
    dialog = page.locator("[data-part='identical-dialog']")
    dialog.get_by_text("Apply to 1 mention").wait_for()
    assert "Patients with NSCLC and the EGFR" in dialog.locator("li").inner_text()
    dialog.get_by_role("button", name="Apply to 1 mention").click()
    wait_for_marks(page, "NSCLC", 2)
    saved(page)
    press(page, "u")
    wait_for_marks(page, "NSCLC", 1)
    page.locator(MARKS, has_text="breast cancer").click()
    press(page, "i")
    dialog.get_by_text("No other place reads like this.").wait_for()
    dialog.get_by_label("all open documents").check()
    dialog.get_by_role("checkbox", name="BRCA1 and BRCA2 in breast cancer").uncheck()
    assert dialog.get_by_role("button", name="Apply to 0 mentions").is_disabled()
    press(page, "Escape")
    assert focused_name(page).startswith("breast cancer"), "closing gives the focus back"


def test_saved_appears_only_after_the_server_has_answered(page: Any, steering: dict[str, Path]) -> None:
    steering["gate"].touch()
    try:
        focus(page, "Gefitinib")
        press(page, "a")
        assert ("Gefitinib", "Chemical", "accepted") in spans(page), "drawn at once"
        page.locator("[role=status]", has_text="Saving …").wait_for()
    finally:
        steering["gate"].unlink()
    page.locator("[role=status]", has_text=re.compile(r"Saved \d\d:\d\d:\d\d")).wait_for()


def test_an_edit_that_the_server_refuses_is_taken_back_with_its_reason(page: Any, steering: dict[str, Path]) -> None:
    steering["fault"].write_text("refuse", encoding="utf-8")
    focus(page, "Gefitinib")
    press(page, "a")
    page.get_by_role("alert").filter(has_text="The disk is full; nothing was saved.").wait_for()
    assert ("Gefitinib", "Chemical", "unseen") in spans(page)


def test_without_a_connection_edits_wait_and_none_is_made_twice(
    open_page: Callable[..., Any], editor_address: str, steering: dict[str, Path]
) -> None:
    page = open_page(editor_address, ready=MARKS, tolerated=["Failed to load resource", "component server"])
    steering["fault"].write_text("lose", encoding="utf-8")
    double_click(page, "Fever")
    page.locator("[role=status]", has_text="Not saved yet: 1 act waiting").wait_for()
    page.route("**/component_server/", lambda route: route.abort())
    page.locator(MARKS, has_text="mice").click()
    press(page, "x", "2")
    page.locator("[role=status]", has_text="Not saved yet").wait_for()
    assert page.evaluate(
        "() => { const e = new Event('beforeunload', { cancelable: true }); dispatchEvent(e); return e.defaultPrevented; }"
    )
    page.unroute("**/component_server/")
    page.locator("[data-part='retry']").dispatch_event("click")  # it may be trying already
    saved(page)
    before = spans(page)
    assert before.count(("Fever", "Disease", "accepted")) == 1
    reload(page, editor_address)
    assert spans(page) == before


def test_a_stale_edit_is_refused_or_merged_and_the_fresh_document_is_shown(
    page: Any, steering: dict[str, Path]
) -> None:
    steering["fault"].write_text("elsewhere 0", encoding="utf-8")
    focus(page, "Gefitinib")
    press(page, "3")
    page.get_by_role("alert").filter(has_text="Grace changed the same place").wait_for()
    assert ("Gefitinib", "Chemical", "rejected") in spans(page)
    steering["fault"].write_text("elsewhere 8", encoding="utf-8")
    press(page, "1")
    page.get_by_role("alert").filter(has_text="Merged with what Grace changed since.").wait_for()
    assert ("Gefitinib", "Disease", "accepted") in spans(page)
    assert ("Aspirin", "Gene", "rejected") in spans(page)


def test_mentions_inside_and_across_others_stay_visible_and_reachable(page: Any) -> None:
    drag(page, "TNF-alpha")
    drag(page, "EGFR mutations")
    assert page.locator(TEXT).evaluate("node => node.textContent") == ABSTRACT
    page.locator(f"{TEXT} [data-anchor]", has_text="TNF-alpha").focus()
    names = []
    for _ in range(3):
        names.append(focused_name(page))
        press(page, "ArrowRight")
    assert names == [
        "TNF-alpha, Disease, by Ada, inside “TNF-alpha-induced fever”",
        "TNF-alpha-induced fever, Disease, suggestion, 48 %",
        "diabetes mellitus, Disease, suggestion, 91 %",
    ]
    press(page, "Home")
    assert page.locator(f"{TEXT} [data-anchor]").count() == 11


def test_the_legend_lights_a_label_and_chooses_it_for_new_mentions(page: Any) -> None:
    chip = page.locator("[data-part='legend']").get_by_role("button", name="Gene")
    chip.hover()
    assert set(page.locator(f"{MARKS}.is-lit").all_inner_texts()) == {"EGFR", "the EGFR", "Aspirin"}
    chip.click()
    double_click(page, "IL-2")
    assert living(page) == {"IL-2": "Gene"}
    press(page, "Escape", "4")
    assert page.locator("[data-part='legend'] [aria-pressed='true']").get_attribute("data-name") == "Species"
    page.get_by_role("button", name="Species").first.click()
    drag(page, "Fever")
    page.locator("[data-part='selection']").get_by_text("Fever").wait_for()
    press(page, "1")
    assert living(page) == {"IL-2": "Gene", "Fever": "Disease"}


def test_what_was_rejected_is_faint_and_can_be_hidden(page: Any) -> None:
    focus(page, "mice")
    press(page, "x", "h")
    assert ("mice", "Species", "rejected") not in spans(page)
    press(page, "h")
    assert ("mice", "Species", "rejected") in spans(page)


def test_notes_and_flags_are_kept_for_mentions_and_documents(page: Any, editor_address: str) -> None:
    focus(page, "mice")
    press(page, "e")
    page.keyboard.type("Which strain? a x 1")
    press(page, "Tab")
    page.get_by_label("Flag this mention").check()
    page.get_by_label("Note on this document").fill("Ask a clinician.")
    page.get_by_label("Flag this document").check()
    saved(page)
    reload(page, editor_address)
    page.get_by_role("button", name="mice, Species, suggestion, 99 %, has a note, flagged").click()
    assert page.get_by_label("Note on this mention").input_value() == "Which strain? a x 1"
    assert page.get_by_label("Note on this document").input_value() == "Ask a clinician."
    assert page.get_by_label("Flag this document").is_checked()


def test_escape_leaves_a_note_for_its_mention(page: Any) -> None:
    focus(page, "mice")
    press(page, "e")
    page.keyboard.type("Which strain?")
    press(page, "Escape")
    assert focused_name(page) == "mice, Species, suggestion, 99 %, has a note"
    press(page, "Escape", "e")
    page.keyboard.type("Ask a clinician.")
    press(page, "Escape", "/", "Escape")
    assert page.evaluate("document.activeElement.dataset.part") == "body"
    saved(page)
    assert page.get_by_label("Note on this document").input_value() == "Ask a clinician."


def test_a_finding_is_visited_and_fixed_with_one_key(page: Any) -> None:
    focus(page, "Gefitinib")
    press(page, "f")
    assert focused_name(page) == "the EGFR, Gene, suggestion, 55 %, finding: “the EGFR” starts with “the”."
    press(page, "f")
    page.get_by_text("Nothing looks inconsistent.").wait_for()
    assert living(page) == {"EGFR": "Gene"}
    press(page, "u")
    page.get_by_text("“the EGFR” starts with “the”.").wait_for()


def test_keys_are_shown_changed_and_switched_off(page: Any, editor_address: str) -> None:
    focus(page, "Gefitinib")
    press(page, "?")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Reject it: this label is wrong here: key X; change").click()
    press(page, "a")
    dialog.get_by_role("status").filter(has_text="already means").wait_for()
    press(page, "y")
    dialog.get_by_role("button", name="Reject it: this label is wrong here: key Y; change").wait_for()
    dialog.get_by_role("status").filter(has_text="Kept.").wait_for()
    press(page, "Escape", "x")
    assert ("Gefitinib", "Chemical", "unseen") in spans(page)
    press(page, "y")
    assert ("Gefitinib", "Chemical", "rejected") in spans(page)
    saved(page)
    reload(page, editor_address)
    press(page, "?")
    dialog.get_by_label("Single-character keys").uncheck()
    dialog.get_by_role("status").filter(has_text="Kept.").wait_for()
    dialog.get_by_role("button", name="Close").click()
    reload(page, editor_address)
    focus(page, "EGFR")
    press(page, "a", "1", " ", "u")
    assert ("EGFR", "Gene", "unseen") in spans(page)
    page.get_by_role("button", name="Accept", exact=True).click()
    assert ("EGFR", "Gene", "accepted") in spans(page)
    page.get_by_role("button", name="Keys").click()
    dialog.get_by_role("button", name="Default keys").click()
    dialog.get_by_role("status").filter(has_text="Kept.").wait_for()


def test_documents_are_searched_filtered_skipped_and_opened(page: Any) -> None:
    rows = page.locator(".bd-document")
    page.wait_for_function("document.querySelectorAll('.bd-document').length === 3")
    focus(page, "Gefitinib")
    press(page, "n")
    page.locator("[data-part='document-name']", has_text="P102").wait_for()
    page.get_by_label("Show").select_option("skipped")
    page.wait_for_function("document.querySelectorAll('.bd-document').length === 1")
    assert "P101" in rows.inner_text()
    page.get_by_label("Show").select_option("all")
    press(page, "Escape")
    page.get_by_label("Search documents").fill("BRCA1")
    page.wait_for_function("document.querySelectorAll('.bd-document').length === 1")
    rows.click()
    page.locator("[data-part='document-name']", has_text="P103").wait_for()
    assert page.locator("[data-part='progress-words']").inner_text() == "0 of 3 done · 0 today"


def test_when_everything_is_done_it_says_so_and_documents_can_be_opened_again(page: Any) -> None:
    focus(page, "Gefitinib")
    for name in ("P101", "P102", "P103"):
        page.locator("[data-part='document-name']", has_text=name).wait_for()
        press(page, "Enter")
    page.get_by_text("Nothing is left to review here.").wait_for()
    page.locator(".bd-document", has_text="P102").click()
    page.locator("[data-part='document-state']", has_text="complete").wait_for()
    page.get_by_role("button", name="Reopen").click()
    page.locator("[data-part='progress-words']", has_text="2 of 3 done").wait_for()
    focus(page, "Penicillin")
    press(page, "u")
    page.locator("[data-part='progress-words']", has_text="3 of 3 done").wait_for()


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_no_width_needs_sideways_scrolling(open_page: Callable[..., Any], editor_address: str, width: int) -> None:
    page = open_page(editor_address, ready=MARKS, viewport={"width": width, "height": 800})
    page.locator(MARKS).nth(1).click()
    overflow = "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0
    press(page, "?")
    assert page.evaluate(overflow) <= 0


def test_the_rows_of_the_list_are_drawn_wherever_they_lie(page: Any) -> None:
    rows = page.locator(".bd-document")
    page.wait_for_function("document.querySelectorAll('.bd-document').length === 3")
    page.set_viewport_size({"width": 390, "height": 500})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert rows.first.evaluate("row => row.getBoundingClientRect().top > innerHeight")
    is_drawn = "all => all.map(row => row.firstChild.checkVisibility({ contentVisibilityAuto: true }))"
    assert rows.evaluate_all(is_drawn) == [True, True, True]


def test_the_row_of_the_open_document_comes_into_view(serve: Callable[..., str], open_page: Callable[..., Any]) -> None:
    page = open_page(serve(SERVER, "many"), ready=MARKS, viewport={"width": 1440, "height": 600})
    page.wait_for_function("document.querySelectorAll('.bd-document').length === 30")
    search = page.get_by_label("Search documents")
    page.evaluate("scrollTo(0, document.querySelector('.bd-ed-queue').getBoundingClientRect().top + scrollY)")
    page.get_by_label("Note on this document").fill("Last one?")
    for name in ("Q30", "Q1"):
        page.locator(".bd-document-id", has_text=re.compile(f"^{name}$")).evaluate("row => row.click()")
        page.locator("[data-part='document-name']", has_text=name).wait_for()
        row = page.locator(".bd-document[aria-current]")
        assert row.locator(".bd-document-id").inner_text() == name
        inside = """row => {
            const [one, list] = [row, row.closest("ol")].map((node) => node.getBoundingClientRect());
            return one.top >= list.top - 1 && one.bottom <= list.bottom + 1 && list.bottom <= innerHeight + 1;
        }"""
        assert row.evaluate(inside)
        assert search.evaluate("box => box.getBoundingClientRect().top >= 0"), "the search stays above the rows"


def test_text_labels_and_guidelines_from_outside_stay_words(
    serve: Callable[..., str], open_page: Callable[..., Any]
) -> None:
    page = open_page(serve(SERVER, "hostile"), ready=MARKS)
    text = page.locator(TEXT).evaluate("node => node.textContent")
    assert text.startswith("<img src=x onerror=alert(1)> ${alert(2)} {{alert(3)}} `alert(4)` <script>alert(5)</script>")
    assert len(text) > 200_000
    focus(page, "aspirin")
    assert focused_name(page) == "aspirin, <i>{{alert(8)}}</i>, suggestion, 50 %"
    press(page, "a", "i")
    page.get_by_role("dialog").wait_for()
    press(page, "Escape")
    double_click(page, "script")
    saved(page)
    assert page.locator(f"{TEXT} :is(img, script, i, div), .bd-ed-guideline :is(img, script, b)").count() == 0
    assert "<b>words</b>" in page.locator(".bd-ed-guideline").inner_text()
    assert page.locator("[data-part='document-name']").inner_text() == "<b>${alert(6)}</b>"
    assert page.locator(TEXT).evaluate("node => node.textContent") == text
    focus(page, "fever")
    press(page, "Shift+ArrowRight")
    assert ("fever and", "Disease", "accepted") in spans(page)
