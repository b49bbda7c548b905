"""A browser enters; what a person sees, and can do, on the tab "Read" is checked from pasting to downloading."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from biobert_demo.settings import find_assets

MARKS = ".bd-body .bd-mark"
# Two UTF-16 units, then Greek, a combining accent, tabs and double spaces: offsets that go wrong go wrong here.
TRICKY = "💊💊 µ-opioid,  Ménière\t𝛼 – an allergy to penicillin; α-tocopherol\nand aspirin in E. coli."
TWO_IN_PUBTATOR = (
    "101|t|Penicillin allergy\n101|a|An allergy to penicillin can cause an anaphylactic reaction.\n\n"
    "102|t|BRCA1\n102|a|BRCA1 in E. coli causes no headache.\n"
)


def highlight(page: Any, text: str) -> None:
    box = page.get_by_role("textbox", name="Abstracts")
    box.fill(text)
    page.get_by_role("button", name="Highlight", exact=True).click()


def shown(page: Any) -> list[tuple[str, str]]:
    """(text, label) of every highlight on display."""
    page.locator(MARKS).first.wait_for()
    return [
        tuple(pair)
        for pair in page.eval_on_selector_all(MARKS, "all => all.map(m => [m.textContent, m.dataset.label])")
    ]


def wait_for_status(page: Any, *words: str) -> str:
    status = page.locator("#bd-run-status .bd-status-text")
    for word in words:
        page.locator("#bd-run-status .bd-status", has_text=word).wait_for()
    return str(status.inner_text())


def questions(page: Any) -> int:
    """Requests so far, but for those that ask which model serves, every few seconds."""
    return sum("component_server" not in url for url in page.requests)


def download(page: Any, name: str) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name, exact=True).click()
    return Path(waiting.value.path())


def test_mentions_are_highlighted_at_the_right_characters(open_page: Callable[..., Any], address: str) -> None:
    page = open_page(address)
    highlight(page, TRICKY)
    assert shown(page) == [
        ("allergy", "Disease"),
        ("penicillin", "Chemical"),
        ("α-tocopherol", "Chemical"),
        ("aspirin", "Chemical"),
        ("E. coli", "Species"),
    ]
    assert page.locator(".bd-body").evaluate("node => node.textContent") == TRICKY
    for start, end, text in page.eval_on_selector_all(
        MARKS, "all => all.map(m => [Number(m.dataset.start), Number(m.dataset.end), m.textContent])"
    ):
        assert TRICKY[start:end] == text, "offsets on the page are code points"
    assert "5 mentions in 1 text" in wait_for_status(page, "Found")


def test_ctrl_enter_highlights_too(open_page: Callable[..., Any], address: str) -> None:
    page = open_page(address)
    box = page.get_by_role("textbox", name="Abstracts")
    box.fill("An allergy to penicillin.")
    box.press("Control+Enter")
    assert len(shown(page)) == 2


def test_the_slider_hides_doubtful_mentions_without_asking_the_model(
    open_page: Callable[..., Any], address: str
) -> None:
    page = open_page(address)
    highlight(page, "Aspirin helps against headache, not against an anaphylactic reaction.")
    assert [text for text, _ in shown(page)] == ["Aspirin", "headache", "anaphylactic reaction"]
    asked = questions(page)
    slider = page.get_by_role("slider")
    slider.fill("50")
    page.locator(MARKS, has_text="headache").wait_for(state="detached")
    assert [text for text, _ in shown(page)] == ["Aspirin", "anaphylactic reaction"]
    slider.fill("62")
    assert page.locator(MARKS, has_text="Aspirin").count() == 1, "62 % is not below 62"
    slider.fill("63")
    page.locator(MARKS, has_text="Aspirin").wait_for(state="detached")
    assert page.locator(".bd-stats").inner_text().count("1 of 3 mentions") == 1
    slider.fill("0")
    page.locator(MARKS, has_text="headache").wait_for()
    assert questions(page) == asked


def test_the_legend_counts_hides_and_shows_labels(open_page: Callable[..., Any], address: str) -> None:
    page = open_page(address)
    highlight(page, "An allergy to penicillin, an allergy to aspirin.")
    chip = page.get_by_role("button", name="Disease, 2 mentions")
    assert chip.get_attribute("aria-pressed") == "true"
    chip.click()
    page.locator(MARKS, has_text="allergy").first.wait_for(state="detached")
    assert [label for _, label in shown(page)] == ["Chemical", "Chemical"]
    assert chip.get_attribute("aria-pressed") == "false"
    chip.click()
    page.locator(MARKS, has_text="allergy").first.wait_for()
    page.get_by_role("button", name="Drug / chemical, 2 mentions").hover()
    assert page.locator(f"{MARKS}.is-lit").all_inner_texts() == ["penicillin", "aspirin"]


def test_mentions_can_be_read_and_reached_with_keys(open_page: Callable[..., Any], address: str) -> None:
    page = open_page(address)
    highlight(page, "An allergy to penicillin can cause an anaphylactic reaction.")
    page.get_by_role("button", name="allergy, Disease, 91 %").focus()
    page.keyboard.press("ArrowRight")
    focused = page.locator(":focus")
    assert focused.get_attribute("aria-label") == "penicillin, Drug / chemical, 97 %"
    tooltip = page.locator(".bd-tooltip")
    assert "Drug / chemical" in tooltip.inner_text()
    assert "97 %" in tooltip.inner_text()
    page.keyboard.press("End")
    assert focused.get_attribute("aria-label") == "anaphylactic reaction, Disease, 99 %"
    assert page.locator(f'{MARKS}[tabindex="0"]').count() == 1, "the text is one tab stop"
    page.keyboard.press("Enter")
    assert focused.get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert focused.get_attribute("aria-pressed") == "false"
    assert tooltip.is_hidden()


def test_the_table_groups_names_and_leads_to_each_place(open_page: Callable[..., Any], address: str) -> None:
    page = open_page(address)
    highlight(page, "Aspirin, aspirin and ASPIRIN against headache.\n\nAspirin again in E. coli.")
    rows = page.locator(".bd-table-body tr")
    rows.first.wait_for()
    assert rows.first.locator("td").all_inner_texts() == ["3", "62 %"]
    page.get_by_text("all texts").click()
    aspirin = rows.first
    assert aspirin.locator("td").first.inner_text() == "4"
    for place in range(4):
        aspirin.locator("button").click()
        assert page.locator(".bd-position").inner_text() == ("2 of 2" if place == 3 else "1 of 2")
    assert page.locator(f"{MARKS}.is-visited").inner_text() == "Aspirin"


def test_several_abstracts_become_a_list_to_page_through(open_page: Callable[..., Any], address: str) -> None:
    page = open_page(address)
    highlight(page, "An allergy to penicillin.\n\nBRCA1 in E. coli.\n\nNothing of interest here.")
    page.locator(MARKS).first.wait_for()
    entries = page.locator(".bd-document")
    entries.nth(2).wait_for()
    assert entries.count() == 3
    assert entries.nth(0).locator(".bd-badge").count() == 2
    page.get_by_role("button", name="Next text").click()
    page.locator(MARKS, has_text="BRCA1").wait_for()
    page.keyboard.press("n")
    page.get_by_text("No disease, drug, gene or species was found in this text.").wait_for()
    page.keyboard.press("p")
    page.locator(MARKS, has_text="BRCA1").wait_for()
    entries.nth(1).focus()
    page.keyboard.press("ArrowUp")
    page.locator(MARKS, has_text="penicillin").wait_for()
    assert entries.nth(0).get_attribute("aria-current") == "true"


def test_pasted_pubtator_keeps_ids_and_titles(open_page: Callable[..., Any], address: str) -> None:
    page = open_page(address)
    highlight(page, TWO_IN_PUBTATOR)
    page.locator(MARKS).first.wait_for()
    assert page.locator(".bd-document-id").all_inner_texts() == ["101", "102"]
    assert page.locator(".bd-title").evaluate("node => node.textContent") == "Penicillin allergy"


def test_a_download_holds_what_is_shown(open_page: Callable[..., Any], address: str) -> None:
    page = open_page(address)
    highlight(page, TWO_IN_PUBTATOR)
    page.locator(MARKS).first.wait_for()
    expected = [
        ("101", 0, 10, "Penicillin", "Chemical"),
        ("101", 11, 18, "allergy", "Disease"),
        ("101", 22, 29, "allergy", "Disease"),
        ("101", 33, 43, "penicillin", "Chemical"),
        ("101", 57, 78, "anaphylactic reaction", "Disease"),
        ("102", 0, 5, "BRCA1", "Gene"),
        ("102", 6, 11, "BRCA1", "Gene"),
        ("102", 15, 22, "E. coli", "Species"),
        ("102", 33, 41, "headache", "Disease"),
    ]
    assert pubtator_rows(download(page, "PubTator")) == expected
    page.get_by_role("slider").fill("50")
    page.get_by_role("button", name="Gene,").click()
    note = page.locator(".bd-downloads-note", has_text="6 of 9 mentions")
    note.wait_for()
    assert "50 % or surer" in note.inner_text()
    assert "without Gene" in note.inner_text()
    kept = [row for row in expected if row[3] not in ("headache", "BRCA1")]
    assert pubtator_rows(download(page, "PubTator")) == kept


@pytest.mark.parametrize("name", ["JSON Lines", "CSV", "BioC XML", "BioC JSON", "brat (zip)", "CoNLL"])
def test_every_other_format_can_be_saved(open_page: Callable[..., Any], address: str, name: str) -> None:
    page = open_page(address)
    highlight(page, TWO_IN_PUBTATOR)
    page.locator(MARKS).first.wait_for()
    saved = download(page, name).read_bytes()
    assert saved[:2] == b"PK" if name == "brat (zip)" else b"BRCA1" in saved
    page.locator(".bd-download-state", has_text="Saved").wait_for()


def test_hostile_text_stays_text(open_page: Callable[..., Any], address: str) -> None:
    page = open_page(address)
    text = (
        "<img src=x onerror=alert(1)> ${alert(2)} {{constructor.constructor('alert(3)')()}} `${alert(4)}` "
        '</script><script>alert(5)</script> &lt;b&gt; \\u003c \\x3c <b>allergy</b> "onmouseover=alert(6)" to penicillin.'
    )
    highlight(page, text)
    assert shown(page) == [("allergy", "Disease"), ("penicillin", "Chemical")]
    assert page.locator(".bd-body").evaluate("node => node.textContent") == text
    assert page.locator(".bd-body :is(img, script, b)").count() == 0
    hostile_id = json.dumps({"id": "<img src=x onerror=alert(7)>${1}", "text": text})
    highlight(page, hostile_id)
    page.locator(".bd-document-name", has_text="onerror").wait_for()
    assert page.locator(".bd-reader img").count() == 0


def test_files_are_read_and_a_bad_one_is_reported(open_page: Callable[..., Any], address: str, tmp_path: Path) -> None:
    page = open_page(address)
    (tmp_path / "note.txt").write_bytes("💊 An allergy\r\nto penicillin.".encode())
    (tmp_path / "more.pubtator.gz").write_bytes(gzip.compress(TWO_IN_PUBTATOR.encode()))
    (tmp_path / "picture.txt").write_bytes(bytes(range(256)) * 64)
    (tmp_path / "broken.pubtator").write_text(
        TWO_IN_PUBTATOR + "\n103|t|Title alone\nnot a line of PubTator\n", "utf-8"
    )
    names = ("note.txt", "picture.txt", "more.pubtator.gz", "broken.pubtator")
    page.locator("#bd-files input[type=file]").set_input_files([tmp_path / name for name in names])
    page.locator(MARKS, has_text="allergy").wait_for()
    assert page.locator(".bd-body").evaluate("node => node.textContent") == "💊 An allergy\r\nto penicillin."
    ids = page.locator(".bd-document-id").all_inner_texts()
    assert ids[:3] == ["note", "101", "102"]
    wait_for_status(page, "on the input")
    page.locator("#bd-run-status summary").click()
    notes = page.locator("#bd-run-status li").all_inner_texts()
    assert any("picture.txt" in note for note in notes)
    assert any("broken.pubtator" in note for note in notes)
    assert not any("Traceback" in note or "/uploads/" in note for note in notes)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no text yet"),
        ("  \n\t ", "There is no text yet"),
        ('{"id": "1", "text": ', "No document could be read from The pasted text"),
        ("<?xml version='1.0'?><collection><document>", "The pasted text is not well-formed XML"),
    ],
)
def test_bad_input_gets_one_clear_sentence(
    open_page: Callable[..., Any], address: str, text: str, sentence: str
) -> None:
    page = open_page(address)
    highlight(page, text)
    page.locator('#bd-run-status .bd-status[data-kind="failed"]').wait_for()
    said = page.locator("#bd-run-status .bd-status-text").inner_text()
    assert sentence in said
    assert "Traceback" not in said
    assert page.locator(".bd-reader").is_hidden()


def test_five_megabytes_are_refused_with_the_way_out(open_page: Callable[..., Any], address: str) -> None:
    page = open_page(address)
    page.get_by_role("textbox", name="Abstracts").evaluate(
        """box => { box.value = "An allergy to penicillin. ".repeat(200000);
                    box.dispatchEvent(new Event("input", { bubbles: true })); }"""
    )
    page.get_by_role("button", name="Highlight", exact=True).click()
    said = wait_for_status(page, "biobert-demo annotate")
    assert "characters" in said


def test_hundreds_of_documents_stay_usable(open_page: Callable[..., Any], address: str, tmp_path: Path) -> None:
    page = open_page(address)
    file = tmp_path / "many.jsonl"
    lines = [json.dumps({"id": f"D{n}", "text": f"Text {n}: an allergy to penicillin in E. coli."}) for n in range(600)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    page.locator("#bd-files input[type=file]").set_input_files(file)
    wait_for_status(page, "1,800 mentions in 600 texts")
    assert page.locator(".bd-document").count() == 600
    page.locator(".bd-document").first.focus()
    page.keyboard.press("End")
    assert page.locator(".bd-position").inner_text() == "600 of 600"
    assert page.locator(".bd-body").evaluate("node => node.textContent").startswith("Text 599:")
    page.get_by_role("slider").fill("95")
    page.locator(".bd-stats", has_text="600 of 1,800 mentions").wait_for()


def test_how_it_works_takes_a_sentence_apart(open_page: Callable[..., Any], address: str) -> None:
    page = open_page(address)
    page.get_by_text("How it works").click()
    page.get_by_text("Highlight a text first").wait_for()
    highlight(page, "💊 An allergy to penicillin. BRCA1 in E. coli.")
    pieces = page.locator(".bd-how-pieces li")
    pieces.first.wait_for()
    assert pieces.all_inner_texts()[0] == "[CLS]"
    assert pieces.all_inner_texts()[-1] == "[SEP]"
    assert page.locator(".bd-how-merged mark").all_inner_texts() == ["allergy", "penicillin"]
    assert "B-Chemical" in page.locator(".bd-how-verdict").inner_text()
    page.get_by_label("Sentence").select_option(index=1)
    page.locator(".bd-how-merged mark", has_text="BRCA1").wait_for()
    page.get_by_role("button", name="penicillin, Drug / chemical").click()
    page.locator(".bd-how-merged mark", has_text="penicillin").wait_for()


def test_an_example_is_one_click(open_page: Callable[..., Any], address: str) -> None:
    page = open_page(address)
    page.get_by_role("button", name="One sentence").click()
    assert [text for text, _ in shown(page)] == ["allergy", "penicillin", "anaphylactic reaction"]
    assert page.get_by_role("textbox", name="Abstracts").input_value().startswith("An allergy to penicillin")


@pytest.mark.parametrize("width", [360, 768, 1280, 1900])
def test_no_width_needs_sideways_scrolling(open_page: Callable[..., Any], address: str, width: int) -> None:
    page = open_page(address, viewport={"width": width, "height": 800})
    highlight(page, "An allergy to penicillin.\n\n" + "Antidisestablishmentarianism" * 20 + " and BRCA1.")
    page.locator(MARKS).first.wait_for()
    page.get_by_text("How it works").click()
    page.locator(".bd-how-pieces li").first.wait_for()
    page.get_by_role("button", name="Next text").click()
    overflow = "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0


def test_dark_mode_follows_the_system(open_page: Callable[..., Any], address: str) -> None:
    page = open_page(address, color_scheme="dark")
    highlight(page, "An allergy to penicillin.")
    page.locator(MARKS).first.wait_for()
    brightness = """selector => {
        const probe = document.createElement("canvas").getContext("2d");
        probe.fillStyle = getComputedStyle(document.querySelector(selector)).backgroundColor;
        return parseInt(probe.fillStyle.slice(1, 3), 16);
    }"""
    assert page.evaluate(brightness, "body") < 60
    assert page.evaluate(brightness, MARKS) < 140


def test_the_model_state_is_told_while_it_loads_and_input_waits(
    serve: Callable[..., str], open_page: Callable[..., Any], tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    page = open_page(serve("tests/journeys/serve_word_list.py", "slow", WORD_LIST_GATE=str(gate)))
    page.locator("#bd-model-status", has_text="The model is loading").wait_for()
    highlight(page, "An allergy to penicillin.")
    wait_for_status(page, "still loading")
    gate.touch()
    page.locator("#bd-model-status", has_text="Model ready").wait_for()
    assert len(shown(page)) == 2


def test_the_first_text_is_shown_while_others_are_read_and_reading_can_be_stopped(
    serve: Callable[..., str], open_page: Callable[..., Any], tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    page = open_page(serve("tests/journeys/serve_word_list.py", "halting", WORD_LIST_GATE=str(gate)))
    highlight(page, "An allergy to penicillin.\n\nBRCA1 in E. coli.\n\nAspirin against headache.")
    assert len(shown(page)) == 2
    wait_for_status(page, "Read 1 of 3 texts")
    page.get_by_role("button", name="Stop").click()
    wait_for_status(page, "Stopped")
    gate.touch()
    assert page.locator(".bd-stats", has_text="1 text").count() == 1
    highlight(page, "BRCA1.\n\nAspirin.")
    wait_for_status(page, "2 mentions in 2 texts")
    assert page.get_by_role("button", name="Stop").count() == 0


def test_a_model_that_cannot_load_says_why(serve: Callable[..., str], open_page: Callable[..., Any]) -> None:
    page = open_page(serve("tests/journeys/serve_word_list.py", "broken"))
    sentence = "The model in <b>nowhere</b> is damaged; restore the folder from a backup."
    page.locator("#bd-model-status", has_text=sentence).wait_for()
    assert page.locator("#bd-model-status .bd-status").get_attribute("role") == "alert"
    highlight(page, "An allergy to penicillin.")
    assert wait_for_status(page, sentence) == sentence


def test_annotate_answers_gradio_client(address: str) -> None:
    from gradio_client import Client

    client = Client(address, verbose=False)
    answer = client.predict(TRICKY, api_name="/annotate")
    assert answer["text"] == TRICKY
    assert [(TRICKY[s["start"] : s["end"]], s["label"]) for s in answer["spans"]][:2] == [
        ("allergy", "Disease"),
        ("penicillin", "Chemical"),
    ]
    assert list(client.view_api(return_format="dict")["named_endpoints"]) == ["/annotate"]


def test_the_shipped_model_reads_the_first_example(serve: Callable[..., str], open_page: Callable[..., Any]) -> None:
    if not (find_assets() / "models" / "ner" / "config.json").exists():
        pytest.skip("assets/models/ner holds no model, so the page was not tried with the real one")
    page = open_page(serve("app.py"))
    page.get_by_role("button", name="One sentence").click()
    page.locator(MARKS).first.wait_for(timeout=120_000)
    found = shown(page)
    assert found[:2] == [("allergy", "Disease"), ("penicillin", "Chemical")]
    assert found[2][0].startswith("anaphylactic")
    assert found[2][1] == "Disease"


def pubtator_rows(path: Path) -> list[tuple[str, int, int, str, str]]:
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line]
    return [(row[0], int(row[1]), int(row[2]), row[3], row[4]) for row in rows]
