"""A document with 20 known errors enters; how many keys and mouse presses their correction takes, by editor, leaves.

    python benchmarks/correction_effort.py

The text is invented; its errors are five wrong labels, five wrong boundaries, five spurious and five missed mentions.
They are corrected in the span editor by keys alone, in the span editor by mouse alone, and in
`gr.HighlightedText(interactive=True)` by mouse and typing, each in the shortest way it offers. A browser makes the real
events, and the page counts those it is given: every key that goes down, modifiers too, and every press of a mouse button
(a double click is two, a drag one). What it takes to get to an error counts. After each error the page must show the
mention as it should be and, at the end, the whole document; what an editor could not do is listed as such. Not counted
are opening the document and completing it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pages import PATH, highlighted_text, open_browser, running

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document

KINDS = ("right", "wrong label", "wrong boundary", "spurious", "missed")
LABELS = ("Disease", "Chemical", "Gene", "Species")

Place = tuple[int, int, str]
"""Start, end (code points) and label."""


@dataclass(frozen=True, slots=True)
class Case:
    """One mention of the text: how it should be and what was suggested; None where there is none."""

    kind: str
    gold: Place | None
    suggested: Place | None


# Words as they are, or (kind, words as they should be, label, suggested label or words).
_TEXT: tuple[Any, ...] = (
    *("In 48 patients with ", ("wrong boundary", "chronic kidney disease", "Disease", "kidney disease"), " and "),
    *(("right", "anaemia", "Disease", ""), ", ", ("wrong label", "ramipril", "Chemical", "Gene"), " was given with "),
    *(("missed", "spironolactone", "Chemical", ""), " for twelve ", ("spurious", "months", "Species", ""), ". "),
    *("The ", ("wrong boundary", "ACE", "Gene", "ACE insertion"), " insertion was typed, and so was "),
    *(("right", "AGTR1", "Gene", ""), ". In ", ("wrong label", "mice", "Species", "Disease"), " without "),
    *(("missed", "CYP11B2", "Gene", ""), " the ", ("spurious", "dose", "Chemical", ""), " had to be halved. After "),
    *(("right", "ramipril", "Chemical", ""), ", ", ("wrong boundary", "acute liver failure", "Disease", "failure")),
    *(" was seen twice, and ", ("missed", "cough", "Disease", ""), " in nine. A ", ("spurious", "trial", "Disease", "")),
    *(" in ", ("right", "rats", "Species", ""), " with ", ("wrong label", "hypertension", "Disease", "Chemical")),
    *(" showed that ", ("wrong label", "NPHS1", "Gene", "Chemical"), " rose under "),
    *(("wrong boundary", "calcium carbonate", "Chemical", "calcium"), ", while "),
    *(("right", "albumin", "Gene", ""), " did not. The ", ("spurious", "placebo group", "Chemical", ""), " had "),
    *(("missed", "type 2 diabetes", "Disease", ""), " and ", ("right", "gout", "Disease", ""), " more often. Under "),
    *(("right", "insulin", "Chemical", ""), ", ", ("wrong label", "metformin", "Chemical", "Disease"), " was stopped. "),
    *("Among the ", ("spurious", "controls", "Species", ""), " some kept ", ("missed", "rabbits", "Species", "")),
    *(" and had ", ("wrong boundary", "allergic asthma", "Disease", "asthma"), "; "),
    *(("right", "penicillin", "Chemical", ""), " was avoided.",),
)  # fmt: skip


def build_cases() -> tuple[str, list[Case]]:
    """The text and its cases in order. A suggested boundary that is wider takes in the words that follow."""
    text, cases = "", []
    for part in _TEXT:
        if isinstance(part, str):
            text += part
            continue
        kind, words, label, other = part
        start = len(text)
        right = (start, start + len(words), label)
        if kind == "wrong boundary":
            at = start + max(0, words.find(other))
            cases.append(Case(kind, right, (at, at + len(other), label)))
        else:
            wrong = (right[0], right[1], other) if kind == "wrong label" else right
            cases.append(Case(kind, None if kind == "spurious" else right, None if kind == "missed" else wrong))
        text += words
    return text, cases


def build_document() -> Document:
    """The document with what was suggested, as a model's annotations."""
    text, cases = build_cases()
    places = [case.suggested for case in cases if case.suggested]
    found = [Annotation(s, e, text[s:e], label, score=0.8, model="words-1") for s, e, label in places]
    return Document("E1", text).with_annotations(found)


_COUNT = """
window.presses = { keys: 0, mouse: 0 };
addEventListener("keydown", (event) => { if (event.isTrusted && !event.repeat) presses.keys += 1; }, true);
addEventListener("mousedown", (event) => { if (event.isTrusted) presses.mouse += 1; }, true);
"""
# Left, right and middle of the words between two places of the text that the nodes of `selector` hold.
_BOX = """([selector, start, end]) => {
    const range = document.createRange();
    let done = 0;
    for (const part of document.querySelectorAll(selector)) {
        const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            if (start >= done && start < done + node.length) range.setStart(node, start - done);
            if (end > done && end <= done + node.length) range.setEnd(node, end - done);
            done += node.length;
        }
    }
    const rects = [...range.getClientRects()].filter((one) => one.width > 1);
    const [first, last] = [rects[0], rects[rects.length - 1]];
    return [first.left, first.top + first.height / 2, last.right, last.top + last.height / 2];
}"""


class Editor:
    """An editor on a page; a subclass says how each kind of error is corrected in it."""

    name = ""
    text_selector = ""

    def __init__(self, page: Any) -> None:
        self.page = page

    def places(self) -> set[Place]:
        """The mentions that count, as the page shows them."""
        raise NotImplementedError

    def correct(self, case: Case) -> None:
        {"wrong label": self.relabel, "wrong boundary": self.move, "spurious": self.take_away, "missed": self.add}[
            case.kind
        ](case)

    def relabel(self, case: Case) -> None:
        raise NotImplementedError

    def move(self, case: Case) -> None:
        raise NotImplementedError

    def take_away(self, case: Case) -> None:
        raise NotImplementedError

    def add(self, case: Case) -> None:
        raise NotImplementedError

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def drag(self, place: Place) -> None:
        left, top, right, bottom = self.page.evaluate(_BOX, [self.text_selector, place[0], place[1]])
        self.page.mouse.move(left + 1, top)
        self.page.mouse.down()
        self.page.mouse.move(right - 1, bottom, steps=6)
        self.page.mouse.up()

    def click(self, place: Place, count: int = 1) -> None:
        left, top, right, bottom = self.page.evaluate(_BOX, [self.text_selector, place[0], place[1]])
        # The middle of words on one line; of words on two, their beginning.
        at = (left + right) / 2 if abs(top - bottom) < 3 else left + 4
        self.page.mouse.click(at, top, click_count=count)


class SpanEditor(Editor):
    text_selector = "[data-part='body']"

    def places(self) -> set[Place]:
        found = self.page.evaluate(
            """() => {
                const found = new Map();
                const body = document.querySelector("[data-part='body']");
                for (const mark of body.querySelectorAll(".bd-ed-mark:is([data-state=unseen], [data-state=accepted])")) {
                    const range = document.createRange();
                    range.setStart(body, 0);
                    range.setEndBefore(mark);
                    const start = range.toString().length;
                    const one = found.get(mark.dataset.span) ?? [start, 0, mark.dataset.name];
                    found.set(mark.dataset.span, [one[0], start + mark.textContent.length, one[2]]);
                }
                return [...found.values()];
            }"""
        )
        return {(start, end, label) for start, end, label in found}

    def moves(self, case: Case) -> list[tuple[str, int, int]]:
        """(edge, direction, number of words) of each boundary that is wrong."""
        assert case.gold
        assert case.suggested
        (start, end, _), (wrong_start, wrong_end, _) = case.gold, case.suggested
        pairs = (("start", start, wrong_start), ("end", end, wrong_end))
        return [(edge, -1 if to < at else 1, count_words(to, at)) for edge, to, at in pairs if to != at]


def count_words(first: int, second: int) -> int:
    """By how many words two places of the text differ."""
    return len(build_cases()[0][min(first, second) : max(first, second)].split())


class SpanEditorByKeys(SpanEditor):
    name = "span editor, keys"

    def go_to(self, place: Place) -> None:
        """With `j`, past the right suggestions, which stay unseen until the document is completed."""
        while self.focused_start() < place[0]:
            self.press("j")

    def focused_start(self) -> int:
        return int(
            self.page.evaluate(
                """() => {
                    const mark = document.activeElement.closest(".bd-ed-mark");
                    if (!mark) return -1;
                    const range = document.createRange();
                    range.setStart(document.querySelector("[data-part='body']"), 0);
                    range.setEndBefore(mark);
                    return range.toString().length;
                }"""
            )
        )

    def relabel(self, case: Case) -> None:
        assert case.gold
        assert case.suggested
        self.go_to(case.suggested)
        self.press(str(LABELS.index(case.gold[2]) + 1))

    def move(self, case: Case) -> None:
        assert case.gold
        assert case.suggested
        self.go_to(case.suggested)
        for edge, direction, count in self.moves(case):
            key = {"start": "Alt+Shift+Arrow", "end": "Shift+Arrow"}[edge] + {-1: "Left", 1: "Right"}[direction]
            self.press(*[key] * count)

    def take_away(self, case: Case) -> None:
        assert case.suggested
        self.go_to(case.suggested)
        self.press("x")

    def add(self, case: Case) -> None:
        """The text cursor starts at the focused mention."""
        assert case.gold
        self.press("c")
        # Rejecting has moved the focus on, perhaps past it.
        key = "ArrowLeft" if self.cursor() > case.gold[0] else "ArrowRight"
        for _ in range(400):
            if self.cursor() == case.gold[0]:
                break
            self.press(key)
        words = count_words(case.gold[0], case.gold[1])
        if words > 1:
            self.press(*["Shift+ArrowRight"] * words)
        self.press(str(LABELS.index(case.gold[2]) + 1))

    def cursor(self) -> int:
        return int(
            self.page.evaluate(
                """() => {
                    const range = document.createRange();
                    range.setStart(document.querySelector("[data-part='body']"), 0);
                    range.setEnd(getSelection().focusNode, getSelection().focusOffset);
                    return range.toString().length;
                }"""
            )
        )


class SpanEditorByMouse(SpanEditor):
    name = "span editor, mouse"

    def relabel(self, case: Case) -> None:
        assert case.gold
        assert case.suggested
        self.click(case.suggested)
        self.page.locator(f"[data-part='mention-labels'] [data-name='{case.gold[2]}']").click()

    def move(self, case: Case) -> None:
        assert case.gold
        assert case.suggested
        self.click(case.suggested)
        for edge, direction, count in self.moves(case):
            for _ in range(count):
                self.page.locator(f"[data-edge='{edge}'][data-direction='{direction}']").click()

    def take_away(self, case: Case) -> None:
        assert case.suggested
        self.click(case.suggested)
        self.page.locator("[data-act='reject']").click()

    def add(self, case: Case) -> None:
        assert case.gold
        chip = self.page.locator(f"[data-part='legend'] [data-name='{case.gold[2]}']")
        if chip.get_attribute("aria-pressed") != "true":
            chip.click()
        self.drag(case.gold)


class HighlightedText(Editor):
    name = "gr.HighlightedText"
    text_selector = "#peer .token > .text"

    def places(self) -> set[Place]:
        found = self.page.evaluate(
            """() => {
                let done = 0;
                const found = [];
                for (const token of document.querySelectorAll("#peer .token")) {
                    const words = token.querySelector(".text").textContent;
                    const label = token.querySelector(".label")?.textContent.trim();
                    if (label) found.push([done, done + words.length, label]);
                    done += words.length;
                }
                return found;
            }"""
        )
        return {(start, end, label) for start, end, label in found}

    def relabel(self, case: Case) -> None:
        assert case.gold
        assert case.suggested
        self.click(case.suggested)
        self.write(case.gold[2])

    def write(self, label: str) -> None:
        """A label has to be written out; the box that opens has neither the focus nor a selection."""
        self.page.locator("#peer .label-input").dblclick()
        self.page.keyboard.type(label)
        self.press("Enter")

    def move(self, case: Case) -> None:
        """There is no moving: the mention is taken away and made again."""
        self.take_away(case)
        self.add(case)

    def take_away(self, case: Case) -> None:
        assert case.suggested
        left, top, *_ = self.page.evaluate(_BOX, [self.text_selector, case.suggested[0], case.suggested[1]])
        self.page.mouse.move(left + 3, top)
        text = build_cases()[0][case.suggested[0] : case.suggested[1]]
        container = (
            self.page.locator("#peer .token-container").filter(has_text=text).filter(has=self.page.locator(".label"))
        )
        container.locator(".remove-btn:visible").first.click()
        self.page.wait_for_timeout(100)

    def add(self, case: Case) -> None:
        assert case.gold
        self.drag(case.gold)
        self.page.wait_for_timeout(100)
        self.click(case.gold)
        self.write(case.gold[2])


_SERVE_OURS = """
import sys
sys.path[:0] = {path!r}
sys.argv = ["serve_editor.py", "--port", "0", "effort"]
import serve_editor
from correction_effort import build_document
serve_editor.SETS["effort"] = lambda: [build_document()]
serve_editor.main()
"""


def main() -> None:
    tallies: dict[str, dict[str, list[tuple[int, int] | None]]] = {}
    peer_page = highlighted_text("from correction_effort import build_document", "build_document()")
    with (
        open_browser() as browser,
        running(["-c", _SERVE_OURS.format(path=PATH)]) as ours,
        running(peer_page) as peer,
    ):
        for kind, address, ready in (
            (SpanEditorByKeys, ours, ".bd-ed-mark"),
            (SpanEditorByMouse, ours, ".bd-ed-mark"),
            (HighlightedText, peer, "#peer .label"),
        ):
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.set_default_timeout(10_000)
            page.add_init_script(_COUNT)
            page.goto(address)
            page.locator(ready).first.wait_for(timeout=120_000)
            tallies[kind.name] = correct_all(kind(page))
            page.close()
    for line in table(tallies):
        print(line)


def correct_all(editor: Editor) -> dict[str, list[tuple[int, int] | None]]:
    """(keys, mouse presses) of each error by kind, None for one that could not be corrected."""
    from playwright.sync_api import Error

    cases = build_cases()[1]
    found: dict[str, list[tuple[int, int] | None]] = {}
    failed: set[Case] = set()
    for case in cases:
        if case.kind == "right":
            continue
        before = editor.page.evaluate("() => ({ ...presses })")
        try:
            editor.correct(case)
            is_done = wait_until_right(editor, case)
        except Error:
            is_done = False
        after = editor.page.evaluate("() => ({ ...presses })")
        cost = (after["keys"] - before["keys"], after["mouse"] - before["mouse"])
        found.setdefault(case.kind, []).append(cost if is_done else None)
        if not is_done:
            failed.add(case)
    wanted = {case.gold for case in cases if case.gold and case not in failed}
    unwanted = editor.places() - wanted - {place for case in failed for place in (case.gold, case.suggested) if place}
    missing = wanted - editor.places()
    if missing or (unwanted and not failed):
        raise SystemExit(f"{editor.name}: the document is not what it should be: {missing or unwanted}")
    return found


def is_right(places: set[Place], case: Case) -> bool:
    """Whether the mention is there as it should be, and nothing else of it is left."""
    if case.suggested and case.suggested != case.gold and case.suggested in places:
        return False
    return case.gold is None or case.gold in places


def wait_until_right(editor: Editor, case: Case) -> bool:
    for _ in range(20):
        if is_right(editor.places(), case):
            return True
        editor.page.wait_for_timeout(50)
    return False


def table(tallies: dict[str, dict[str, list[tuple[int, int] | None]]]) -> Iterator[str]:
    """Markdown: per kind and editor keys + mouse presses, and how many could not be corrected."""
    yield f"| 20 errors: keys + mouse presses | {' | '.join(tallies)} |"
    yield f"|---|{'---|' * len(tallies)}"
    for kind in [*KINDS[1:], "all"]:
        cells = []
        for found in tallies.values():
            every = [one for name, costs in found.items() if kind in (name, "all") for one in costs]
            done = [one for one in every if one is not None]
            keys, mouse = (sum(one[index] for one in done) for index in (0, 1))
            impossible = f"; {len(every) - len(done)} of {len(every)} impossible" if len(done) < len(every) else ""
            cells.append(f"{keys} + {mouse} = {keys + mouse}{impossible}")
        yield f"| {kind} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
