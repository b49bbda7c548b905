"""Names of corpora and parts enter; checks that each can be read, and that mistakes are named, leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from biobert_demo.annotations import LABEL_NAMES
from biobert_demo.errors import BadInput
from trainer.corpora import CORPORA, is_present, read_corpus


@pytest.mark.parametrize(
    ("name", "part"),
    [(name, part) for name, corpus in CORPORA.items() for part in (*corpus.parts, *corpus.combined_parts)],
)
def test_every_part_of_every_corpus_reads_into_documents(read_sample, name: str, part: str) -> None:
    documents, _ = read_sample(name, part)
    assert documents
    assert len({document.id for document in documents}) == len(documents)
    for document in documents:
        keys = [annotation.key for annotation in document.annotations]
        assert keys == sorted(set(keys))


@pytest.mark.parametrize("name", CORPORA)
def test_every_corpus_annotates_labels_of_the_project_and_its_sample_has_each(read_sample, name: str) -> None:
    corpus = CORPORA[name]
    assert corpus.labels
    assert corpus.labels <= set(LABEL_NAMES)
    found = {a.label for part in corpus.parts for d in read_sample(name, part)[0] for a in d.annotations}
    assert corpus.labels <= found


def test_parts_can_be_joined(read_sample) -> None:
    joined, _ = read_sample("bc5cdr", "train+dev+test")
    assert [document.id for document in joined] == ["9100001", "9100002", "9100003"]


@pytest.mark.parametrize(
    ("name", "part", "said"),
    [
        ("bc5", "train", "no corpus 'bc5'; the corpora are ncbi_disease, bc5cdr"),
        ("biored", "test", "biored has no part 'test'; its parts are train, dev"),
        ("biored", "train+tset", "no part 'tset'"),
        ("biored", "", "no part ''"),
    ],
)
def test_a_name_that_is_not_known_is_answered_with_those_that_are(
    samples: Path, name: str, part: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        list(read_corpus(name, samples, part, [].append))


def test_a_corpus_that_is_not_in_the_folder_is_named(tmp_path: Path) -> None:
    assert not is_present("bc2gm", tmp_path)
    with pytest.raises(BadInput, match="no bc2gm; put the files of BioCreative II gene mention there"):
        list(read_corpus("bc2gm", tmp_path, "train", [].append))


@pytest.mark.parametrize("name", CORPORA)
def test_the_page_on_corpora_says_where_the_files_of_each_go(name: str) -> None:
    page = (Path(__file__).parents[3] / "docs" / "corpora.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("|")]
    [folder] = [row[2].strip() for row in rows if f"`{name}`" in row[1]]
    assert folder == f"`{CORPORA[name].place.partition('/')[0]}/`"
