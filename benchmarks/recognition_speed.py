"""How fast is recognition? Latency of one abstract and abstracts per second, against a plain pipeline loop.

    python benchmarks/recognition_speed.py [--model FOLDER] [--abstracts 60] [--threads 2]

Everything runs in one process on one machine, alternating between the two ways, so that the RATIO can be trusted even
where the machine is noisy. The abstracts are made from the repository's own samples, cut to about 250 words.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

from biobert_demo.documents import Document
from biobert_demo.recognition import EntityRecognizer

SAMPLES = Path(__file__).parent.parent / "assets" / "samples"
WORDS = 250


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="default: the shipped model")
    parser.add_argument("--abstracts", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    import torch
    from transformers import pipeline

    torch.set_num_threads(options.threads)
    recognizer = EntityRecognizer.load(options.model)
    plain = pipeline(
        "token-classification",
        model=recognizer.model,
        tokenizer=recognizer.tokenizer,
        aggregation_strategy="first",
        device="cpu",
    )
    texts = make_abstracts(options.abstracts)
    documents = [Document(str(i), text) for i, text in enumerate(texts)]
    for text in texts[:3]:
        recognizer.annotate(text)
        plain(text)

    latencies = []
    for text in texts:
        started = time.perf_counter()
        recognizer.annotate(text)
        latencies.append(1000 * (time.perf_counter() - started))
    ours, theirs = [], []
    for _ in range(options.rounds):
        started = time.perf_counter()
        for _ in recognizer.recognize(documents):
            pass
        ours.append(len(texts) / (time.perf_counter() - started))
        started = time.perf_counter()
        for text in texts:
            plain(text)
        theirs.append(len(texts) / (time.perf_counter() - started))
    latencies.sort()
    figures = {
        "threads": options.threads,
        "abstracts": len(texts),
        "words_each": WORDS,
        "latency_ms_p50": round(statistics.median(latencies), 1),
        "latency_ms_p95": round(latencies[int(0.95 * len(latencies))], 1),
        "abstracts_per_second": round(statistics.median(ours), 1),
        "pipeline_abstracts_per_second": round(statistics.median(theirs), 1),
        "ratio_median": round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 2),
    }
    print(json.dumps(figures, indent=1))


def make_abstracts(count: int) -> list[str]:
    """`count` different texts of about 250 words: the samples' sentences, each time from another place."""
    words = " ".join(path.read_text(encoding="utf-8") for path in sorted(SAMPLES.glob("*.txt"))).split()
    step = max(1, len(words) // count)
    return [" ".join((words * 3)[i * step : i * step + WORDS]) for i in range(count)]


if __name__ == "__main__":
    main()
