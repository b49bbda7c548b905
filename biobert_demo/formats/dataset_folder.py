"""A folder of Hugging Face `datasets` enters and documents leave, and the other way round.

Written folders are read by `datasets.load_from_disk`; columns: id, text, passages, spans and relations, with the fields
of JSON Lines. Read are these, other datasets with a `text` column, and those with `tokens` and `ner_tags`, as most on
the hub have them. Arrow files are mapped into memory, so any number of documents fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats.common import Report, SeenIds, excerpt, warn
from biobert_demo.formats.conll import read_conll
from biobert_demo.formats.records import document_id, to_document, to_record

_MARKS = ("state.json", "dataset_dict.json")
_TOKENS, _TAGS, _TEXT = "tokens", ("ner_tags", "tags", "labels"), ("text", "title", "abstract")
_ROWS_AT_ONCE = 100
_PART = "rows.part"


def is_dataset_folder(folder: Path) -> bool:
    """Whether `datasets` wrote the folder."""
    return any((folder / name).is_file() for name in _MARKS)


def read_dataset_folder(folder: Path, report: Report) -> Iterator[Document]:
    """The rows of a dataset, or of all splits of a dataset dictionary, one after another.

    A row that is no document is reported with its number and left out. Raises BadInput where the folder cannot be
    loaded or has neither `text` nor `tokens` and tags.
    """
    from datasets import DatasetDict

    dataset = _load(folder)
    parts = dataset.items() if isinstance(dataset, DatasetDict) else [("", dataset)]
    for name, part in parts:
        source = f"{folder}/{name}" if name else str(folder)
        columns = part.column_names
        tags = next((tag for tag in _TAGS if tag in columns), None)
        if any(column in columns for column in _TEXT):
            yield from _read_rows(part, source, report)
        elif _TOKENS in columns and tags is not None:
            yield from read_conll(_conll_lines(part, tags, source, report), source, report)
        else:
            raise BadInput(
                f"The dataset {source} has the columns {', '.join(columns)}; `text`, or `tokens` and `ner_tags`, are needed."
            )


def write_dataset_folder(documents: Iterable[Document], folder: Path, report: Report = warn) -> None:
    """One dataset, in shards that `datasets` chooses, into an existing folder; rows are written as they come."""
    import pyarrow as pa
    from datasets import Dataset

    schema = _features().arrow_schema
    rows = iter(documents)
    # `datasets` refuses to save into the folder that it reads from; both stay inside `folder`, so that nothing is left
    # elsewhere where this is interrupted.
    path, saved = folder / _PART, folder / "saved"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, schema) as stream:
        while batch := [to_record(document) for document in islice(rows, _ROWS_AT_ONCE)]:
            stream.write_batch(pa.RecordBatch.from_pylist(batch, schema))
    with _without_progress_bars():
        dataset = Dataset.from_file(str(path))
        # Without rows `datasets` writes no shard, and then cannot load its own folder.
        dataset.save_to_disk(saved, num_shards=None if len(dataset) else 1)
    path.unlink()
    for file_path in saved.iterdir():
        file_path.rename(folder / file_path.name)
    saved.rmdir()


def _features() -> Any:
    from datasets import Features, List, Value

    number, string = Value("int64"), Value("string")
    span = dict.fromkeys(("text", "label", "model", "author", "state", "note"), string)
    return Features(
        {
            "id": string,
            "text": string,
            "passages": List({"kind": string, "start": number, "end": number}),
            "spans": List(
                {"start": number, "end": number, **span, "score": Value("float64"), "identifiers": List(string)}
            ),
            "relations": List({"type": string, "arguments": List(string)}),
        }
    )


def _load(folder: Path) -> Any:
    from datasets import load_from_disk

    try:
        return load_from_disk(folder, keep_in_memory=False)
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise BadInput(
            f"The dataset in {folder} cannot be loaded ({excerpt(str(error), 200)}); save it again with `save_to_disk`."
        ) from error


def _read_rows(part: Any, source: str, report: Report) -> Iterator[Document]:
    seen = SeenIds(source, report)
    for number, row in enumerate(part, 1):
        record = {key: _as_list_of_dicts(value) for key, value in row.items()}
        id = document_id(record, f"{Path(source).name}-{number}")

        def complain(message: str, text_lost: bool = False, number: int = number, id: str = id) -> None:
            report(Problem(source, f"row {number}: {message}", None, id, text_lost))

        try:
            document = to_document(record, id, complain)
        except ValueError as error:
            complain(f"it is no document ({error}); left out", text_lost=True)
            continue
        seen.check(id)
        yield document


def _as_list_of_dicts(value: Any) -> Any:
    """A feature `Sequence({...})` comes as one dict of lists."""
    if not isinstance(value, dict) or not all(isinstance(column, list) for column in value.values()):
        return value
    return [dict(zip(value, items, strict=False)) for items in zip(*value.values(), strict=False)]


def _conll_lines(part: Any, tags: str, source: str, report: Report) -> Iterator[str]:
    """The rows as lines of CoNLL, so that tags are read by one set of rules."""
    feature = part.features[tags]
    names = getattr(getattr(feature, "feature", feature), "names", None)
    for number, row in enumerate(part, 1):
        yield f"-DOCSTART- ({document_id(row, f'{Path(source).name}-{number}')})\n"
        words, marks = row[_TOKENS] or [], row[tags] or []
        if len(words) != len(marks):
            message = f"row {number} has {len(words)} tokens and {len(marks)} tags; read without tags"
            report(Problem(source, message))
            marks = ["O"] * len(words)
        for word, mark in zip(words, marks, strict=True):
            tag = names[mark] if names is not None and isinstance(mark, int) else mark
            shown = "_".join(str(word).split()) or "_"
            if shown != word:
                report(Problem(source, f"row {number}: the token {excerpt(str(word))} is read as {shown!r}"))
            yield f"{shown}\t{tag}\n"
        yield "\n"


@contextmanager
def _without_progress_bars() -> Iterator[None]:
    from datasets import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    was_disabled = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if not was_disabled:
            enable_progress_bars()
