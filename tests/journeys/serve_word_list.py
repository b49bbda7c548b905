"""The command line of app.py enters; the same page leaves, with a list of words in place of the model.

    python serve_word_list.py --port 0 [ready|slow|broken]

`slow` loads for as long as the file named by WORD_LIST_GATE does not exist, `broken` never loads.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from word_list import WordListRecognizer  # noqa: E402

import app  # noqa: E402
from biobert_demo.errors import ModelUnavailable  # noqa: E402
from biobert_demo.settings import Settings  # noqa: E402


def load(settings: Settings) -> WordListRecognizer:
    kind = sys.argv[-1]
    if kind == "broken":
        raise ModelUnavailable("The model in <b>nowhere</b> is damaged; restore the folder from a backup.")
    while kind == "slow" and not Path(os.environ["WORD_LIST_GATE"]).exists():
        time.sleep(0.02)
    return WordListRecognizer()


sys.exit(app.main(sys.argv[1:-1], load))
