"""Does highlighting stay responsive while a training run goes on? Starts the page with its worker, and asks /annotate.

    python benchmarks/serving_while_training.py [--requests 100] [--rounds 3] [--variant "env OMP_NUM_THREADS=2"] [--real]

Each round asks for the same abstracts one after the other, first with no run, then during one, so that other work on the
machine falls on both. Prints the p50 and p95 of both in milliseconds, the ratios, what the run got done per second with
and without requests, and how long a cancelled run took to end. The run is a stand-in that takes steps of AdamW with the
shipped model as fast as it can (this file, as BIOBERT_DEMO_TRAINER); with `--real` it is `python -m trainer learn` on
100 documents of the shipped sample, imported as reviewed. `--variant` puts a command before the trainer's, such as
`nice -n 9` or `chrt -i 0`.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SAMPLE = ROOT / "trainer" / "samples" / "replay.jsonl.gz"
SECONDS_OF_REST = 10.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--variant", default="", help="a command to put before the trainer's")
    parser.add_argument("--real", action="store_true", help="the real trainer in place of the stand-in")
    options = parser.parse_args()
    texts = read_texts(options.requests)
    idle: list[float] = []
    during: list[float] = []
    alone: list[float] = []
    beside: list[float] = []
    cancelled: list[float] = []
    with tempfile.TemporaryDirectory() as home:
        environment = make_environment(Path(home), options)
        if options.real:
            import_reviews(home, environment)
        with running_page(environment) as address:
            ask = open_client(address)
            measure(ask, texts[:10])
            for _ in range(options.rounds):
                idle += measure(ask, texts)
                run_id = start_run(home, environment)
                alone.append(speed(home, run_id, rest))
                beside.append(speed(home, run_id, lambda: during.extend(measure(ask, texts))))
                cancelled.append(cancel(home, run_id))
    print(
        json.dumps(
            {
                "variant": options.variant or "default",
                "trainer": "python -m trainer learn" if options.real else "stand-in",
                "idle_ms": summary(idle),
                "during_ms": summary(during),
                "ratio_p50": round(percentile(during, 50) / percentile(idle, 50), 2),
                "ratio_p95": round(percentile(during, 95) / percentile(idle, 95), 2),
                "steps_per_second": {
                    "without_requests": round(statistics.median(alone), 2),
                    "with_requests": round(statistics.median(beside), 2),
                },
                "cancelled_within_s": round(max(cancelled), 2),
            },
            indent=1,
        )
    )


def read_texts(count: int) -> list[str]:
    """Texts of abstracts from the shipped sample."""
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines:
        texts = [text for text in (json.loads(line).get("text", "") for line in lines) if len(text) > 500]
    return list(itertools.islice(itertools.cycle(texts), count))


def make_environment(home: Path, options: argparse.Namespace) -> dict[str, str]:
    trainer = [sys.executable, "-m", "trainer"] if options.real else [sys.executable, str(Path(__file__).resolve())]
    # As a person starts it: the page takes as many threads as it likes.
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    return environment | {
        "BIOBERT_DEMO_HOME": str(home),
        "BIOBERT_DEMO_TRAINER": shlex.join([*shlex.split(options.variant), *trainer]),
        "GRADIO_TEMP_DIR": str(home / "uploads"),
    }


def import_reviews(home: str, environment: dict[str, str]) -> None:
    corrections = Path(home) / "corrections.jsonl"
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines:
        corrections.write_text("".join(itertools.islice(lines, 100)), encoding="utf-8")
    command = [sys.executable, "-m", "biobert_demo.cli", "import", str(corrections), "--reviewed-by", "Ann"]
    subprocess.run(command, env=environment, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)


@contextmanager
def running_page(environment: dict[str, str]) -> Iterator[str]:
    page = subprocess.Popen(
        [sys.executable, "app.py", "--port", "0"], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert page.stdout is not None
        line = next(line for line in page.stdout if "http://" in line)
        yield line.split()[-1]
    finally:
        page.terminate()
        page.wait(timeout=60)


def open_client(address: str) -> Any:
    from gradio_client import Client

    client = Client(address, verbose=False)
    return lambda text: client.predict(text, api_name="/annotate")


def measure(ask: Any, texts: list[str]) -> list[float]:
    """Milliseconds of each request."""
    taken = []
    for text in texts:
        started = time.perf_counter()
        ask(text)
        taken.append(1000 * (time.perf_counter() - started))
    return taken


def start_run(home: str, environment: dict[str, str]) -> int:
    """A run that is at its steps."""
    from biobert_demo.settings import Settings
    from biobert_demo.store import Store
    from biobert_demo.training_queue import request_run

    with Store.open(home, backups=False) as store:
        run = request_run(store, Settings.from_environment(environment), trigger="hand", author="benchmark")
        while not ((now := store.runs.get(run.id)).phase == "training" and now.step > 0):
            if now.is_ended:
                raise SystemExit(f"The run ended before it began: {now.message}")
            time.sleep(0.1)
        return run.id


def speed(home: str, run_id: int, meanwhile: Any) -> float:
    """Steps per second (of the real trainer: word pieces) while something else is done."""
    before, started = step(home, run_id), time.perf_counter()
    meanwhile()
    return (step(home, run_id) - before) / (time.perf_counter() - started)


def rest() -> None:
    time.sleep(SECONDS_OF_REST)


def step(home: str, run_id: int) -> int:
    from biobert_demo.store import Store

    with Store.open(home, backups=False) as store:
        return store.runs.get(run_id).step


def cancel(home: str, run_id: int) -> float:
    """Seconds from asking for it until the run has ended."""
    from biobert_demo.store import Store

    with Store.open(home, backups=False) as store:
        started = time.perf_counter()
        run = store.runs.request_cancel(run_id, "benchmark")
        while not run.is_ended:
            time.sleep(0.05)
            run = store.runs.get(run_id)
        return time.perf_counter() - started


def summary(taken: list[float]) -> dict[str, float]:
    return {"p50": round(percentile(taken, 50), 1), "p95": round(percentile(taken, 95), 1), "requests": len(taken)}


def percentile(values: list[float], share: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


def burn(run_id: int) -> None:
    """The stand-in: steps of AdamW with the shipped model on random word pieces, until the run is cancelled."""
    import torch
    from transformers import AutoModelForTokenClassification

    from biobert_demo.settings import Settings
    from biobert_demo.store import Store

    settings = Settings.from_environment()
    with Store.open(settings.home, backups=False) as store:
        store.runs.claim(run_id, os.getpid())
        model = AutoModelForTokenClassification.from_pretrained(settings.ner_model, dtype=torch.float32).train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, fused=True)
        pieces = torch.randint(1000, model.config.vocab_size, (16, 128))
        labels = torch.randint(0, model.config.num_labels, (16, 128))
        steps = 0
        while store.runs.beat(run_id, phase="training", step=steps, steps=1_000_000):
            loss = torch.nn.functional.cross_entropy(model(input_ids=pieces).logits.flatten(0, 1), labels.flatten())
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
        store.runs.finish(run_id, "cancelled")


if __name__ == "__main__":
    if sys.argv[1:2] == ["learn"]:
        burn(int(sys.argv[-1]))
    else:
        main()
