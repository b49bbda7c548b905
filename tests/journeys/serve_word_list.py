"""The command line of app.py enters; the same page leaves, with a list of words in place of the model.

    python serve_word_list.py --port 0 [ready|slow|halting|broken]

`slow` loads, and `halting` reads its second text, for as long as the file named by WORD_LIST_GATE does not exist;
`broken` never loads.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from word_list import WordListRecognizer  # noqa: E402

import app  # noqa: E402
from biobert_demo.documents import Document  # noqa: E402
from biobert_demo.errors import ModelUnavailable  # noqa: E402
from biobert_demo.settings import Settings  # noqa: E402


class HaltingRecognizer(WordListRecognizer):
    """Waits at the gate before its second document."""

    def recognize(self, documents: Iterable[Document]) -> Iterator[Document]:
        for document in super().recognize(documents):
            if document.id == "2":
                wait_at_gate()
            yield document


def load(settings: Settings) -> WordListRecognizer:
    kind = sys.argv[-1]
    if kind == "broken":
        raise ModelUnavailable("The model in <b>nowhere</b> is damaged; restore the folder from a backup.")
    if kind == "slow":
        wait_at_gate()
    return HaltingRecognizer() if kind == "halting" else WordListRecognizer()


def wait_at_gate() -> None:
    while not Path(os.environ["WORD_LIST_GATE"]).exists():
        time.sleep(0.02)


sys.exit(app.main(sys.argv[1:-1], load))
