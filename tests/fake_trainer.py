"""`learn --run ID` enters, as the real trainer gets it; a run that learns nothing, but claims, beats and ends, leaves.

The settings of the run, and JSON in FAKE_TRAINER, say how it shall behave:
    steps, seconds   so many steps, each so long (default: 3 at once)
    end              how the run ends (default "promoted"); "" for a process that ends without ending its run
    deaf             SIGTERM is not listened to, nor a beat's answer
    die              {attempt: step}: there the process kills itself in that attempt
    silent           it makes one beat, then hangs
    fill             write a checkpoint of so many bytes, as one that does not fit on a disk
    word             what to say on standard error before it ends
    decision         register a model with this decision of the gate
After each step it keeps a checkpoint, and goes on from there; `starts.txt` in the run's folder tells from where.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from biobert_demo.errors import BiobertDemoError
from biobert_demo.settings import Settings
from biobert_demo.store import Store

EXIT_CODES = {"promoted": 0, "refused": 3, "failed": 1, "cancelled": 130}


def main() -> int:
    assert sys.argv[1:3] == ["learn", "--run"], sys.argv
    run_id = int(sys.argv[3])
    home = Settings.from_environment().home
    with Store.open(home, backups=False) as store:
        run = store.runs.claim(run_id, os.getpid())
        options = {**run.settings, **json.loads(os.environ.get("FAKE_TRAINER") or "{}")}
        if options.get("deaf"):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        state = learn(store, run_id, home / "runs" / str(run_id), run.attempts, options)
        if word := options.get("word"):
            print(word, file=sys.stderr, flush=True)
        if state:
            model_id = register(store, run_id, options["decision"]) if "decision" in options else None
            store.runs.finish(run_id, state, f"It was {state}.", model_id)  # type: ignore[arg-type]
    return EXIT_CODES.get(state, 1)


def learn(store: Store, run_id: int, folder: Path, attempt: int, options: dict[str, Any]) -> str:
    checkpoint = folder / "checkpoint.json"
    first = json.loads(checkpoint.read_text())["step"] if checkpoint.exists() else 0
    with (folder / "starts.txt").open("a") as starts:
        starts.write(f"{first}\n")
    steps = options.get("steps", 3)
    for step in range(first + 1, steps + 1):
        goes_on = store.runs.beat(run_id, phase="training", step=step, steps=steps, loss=1 / step)
        if options.get("silent"):
            time.sleep(600)
        if not goes_on and not options.get("deaf"):
            return "cancelled"
        if options.get("die", {}).get(str(attempt)) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(options.get("seconds", 0))
        written = folder / "checkpoint.part"
        written.write_text(json.dumps({"step": step}) + " " * options.get("fill", 0))
        os.replace(written, checkpoint)
    return options.get("end", "promoted")


def register(store: Store, run_id: int, decision: dict[str, Any]) -> int:
    version = store.models.register(
        "ner",
        f"ner-{run_id:08}",
        f"models/ner/ner-{run_id:08}",
        parent_id=None,
        run_id=run_id,
        labels=("Disease",),
        weights_hash=str(run_id),
        data_hash="",
        scores={},
        decision=decision,
    )
    return version.id


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BiobertDemoError as error:
        print(f"trainer: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
