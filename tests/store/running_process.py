"""A store and a verb enter on the command line; what the store answered leaves as a line of JSON. Several run at once.

Each waits until all have written a line to say that they are ready, so that their calls fall together.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from biobert_demo.errors import BiobertDemoError
from biobert_demo.store import Store


def main() -> None:
    folder, verb, *values = sys.argv[1:]
    with Store.open(folder, backups=False) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        try:
            answer: object = act(store, verb, values)
        except BiobertDemoError as error:
            answer = f"{type(error).__name__}: {error}"
        print(json.dumps(answer), flush=True)


def act(store: Store, verb: str, values: list[str]) -> object:
    if verb == "queue":
        return store.runs.queue("ner", trigger="hand", author="Ann").id
    if verb == "claim":
        return store.runs.claim(int(values[0]), os.getpid()).id
    if verb == "adopt":
        return store.models.adopt_base("ner", "ner-1", "/somewhere", labels=["Gene"], weights_hash="aa").id
    if verb == "promote":
        return store.models.promote(int(values[0]), author="Ann", reason="", kind="gate", seen=int(values[1])).id
    raise ValueError(verb)


if __name__ == "__main__":
    main()
