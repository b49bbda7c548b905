"""The command line of app.py enters; the page over a store where a laboratory has taught models leaves.

python serve_learning.py --port 0 ready [--on]
"""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from learning_story import tell  # noqa: E402
from word_list import WordListRecognizer  # noqa: E402

import app  # noqa: E402
from biobert_demo.settings import Settings  # noqa: E402
from biobert_demo.store import Store  # noqa: E402

with Store.open(Settings.from_environment().home, backups=False) as store:
    if not store.models.list("ner"):
        tell(store)
sys.exit(app.main(sys.argv[1:-1], lambda settings: WordListRecognizer()))
