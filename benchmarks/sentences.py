"""Which sentence splitter suits biomedical text? F1 of sentence boundaries against the corpora's gold sentences.

    python benchmarks/sentences.py --data DATA

Gold sentences: the IOB files of JNLPBA (test) and BioNLP (dev). Their tokens are put together again as print has them
(no space before a full stop or inside brackets). Candidates: ours, spaCy's rule-based sentencizer, and pySBD where it
is installed. `--errors N` shows where ours is wrong.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from biobert_demo.documents import Document
from biobert_demo.segmentation import split_sentences
from trainer.corpora import read_corpus

Splitter = Callable[[str], Iterable[tuple[int, int]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--errors", type=int, default=0)
    options = parser.parse_args()
    texts = list(gold_texts(options.data))
    print(f"{len(texts)} texts, {sum(len(ends) for _, ends in texts)} gold sentences\n")
    print("| splitter | precision | recall | F1 of boundaries |\n|---|---:|---:|---:|")
    shown = 0
    for name, splitter in candidates().items():
        correct = predicted = gold = 0
        for text, ends in texts:
            found = {end for _, end in splitter(text)} - {len(text)}
            wanted = ends - {len(text)}
            correct += len(found & wanted)
            predicted += len(found)
            gold += len(wanted)
            if name == "ours" and shown < options.errors:
                for place in sorted(found ^ wanted):
                    kind = "split" if place in found else "missed"
                    print(f"{kind}: {text[max(0, place - 40) : place]!r} | {text[place : place + 30]!r}")
                    shown += 1
        f1 = 200 * correct / max(1, predicted + gold)
        print(f"| {name} | {100 * correct / max(1, predicted):.1f} | {100 * correct / max(1, gold):.1f} | {f1:.1f} |")


def candidates() -> dict[str, Splitter]:
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")

    def by_spacy(text: str) -> Iterable[tuple[int, int]]:
        for sentence in nlp(text).sents:
            stripped = sentence.text.rstrip()
            yield sentence.start_char, sentence.start_char + len(stripped)

    found: dict[str, Splitter] = {
        "ours": lambda text: [(s.start, s.end) for s in split_sentences(text)],
        "spaCy sentencizer": by_spacy,
    }
    try:
        import pysbd
    except ImportError:
        return found
    segmenter = pysbd.Segmenter(language="en", clean=False, char_span=True)
    found["pySBD"] = lambda text: [(s.start, s.start + len(s.sent.rstrip())) for s in segmenter.segment(text)]
    return found


def gold_texts(data: Path) -> Iterable[tuple[str, set[int]]]:
    """(text, ends of its gold sentences): sentences of a document joined by one space, in groups of at most ten."""
    documents: list[Document] = list(read_corpus("jnlpba", data, "test", lambda problem: None))
    for name in ("bionlp13cg", "bionlp13pc"):
        documents.extend(read_corpus(name, data, "dev", lambda problem: None))
    sentences = [
        attach_punctuation(line.strip())
        for document in documents
        for line in document.text.split("\n")
        if len(line.strip()) > 1
    ]
    for i in range(0, len(sentences), 10):
        ends, text = set(), ""
        for sentence in sentences[i : i + 10]:
            text = f"{text} {sentence}" if text else sentence
            ends.add(len(text))
        yield text, ends


def attach_punctuation(sentence: str) -> str:
    """Tokens joined by spaces, as print has them: "( Fig. 1 ) ." -> "(Fig. 1)."."""
    return re.sub(r"([(\[]) ", r"\1", re.sub(r" ([.,;:!?)\]%])", r"\1", sentence))


if __name__ == "__main__":
    main()
