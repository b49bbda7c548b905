"""Corrections, steps and revisions enter; the values of their rows leave, and the other way round."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from biobert_demo.errors import BadInput
from biobert_demo.review import Correction, ReviewedSpan, Step

CORRECTION_COLUMNS = (
    "ordinal, action, span_id, start_at, end_at, text, label, identifiers, score, model, others, note, "
    "is_flagged, labels"
)
SPAN_COLUMNS = (
    "span_id, start_at, end_at, text, label, state, identifiers, score, model, author, suggested, others, note, "
    "is_flagged"
)
STEP_COLUMNS = "number, kind, author, created, target, summary"


def to_json(value: Any) -> str:
    """Compact JSON that keeps every character as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def encode_correction(ordinal: int, one: Correction) -> tuple[Any, ...]:
    """The values of CORRECTION_COLUMNS; empty lists are NULL."""
    return (
        ordinal,
        one.action,
        one.span_id,
        one.start,
        one.end,
        one.text,
        one.label,
        encode_list(one.identifiers),
        one.score,
        one.model,
        encode_others(one.others),
        one.note,
        one.is_flagged,
        encode_list(one.labels),
    )


def decode_correction(row: Sequence[Any]) -> Correction:
    """The correction of a row of CORRECTION_COLUMNS."""
    return Correction(
        action=row[1],
        span_id=row[2],
        start=row[3],
        end=row[4],
        text=row[5],
        label=row[6],
        identifiers=decode_list(row[7]),
        score=row[8],
        model=row[9],
        others=decode_others(row[10]),
        note=row[11],
        is_flagged=None if row[12] is None else bool(row[12]),
        labels=decode_list(row[13]),
    )


def encode_span(span: ReviewedSpan) -> tuple[Any, ...]:
    """The values of SPAN_COLUMNS."""
    return (
        span.id,
        span.start,
        span.end,
        span.text,
        span.label,
        span.state,
        encode_list(span.identifiers),
        span.score,
        span.model,
        span.author,
        None if span.suggested is None else to_json(span.suggested),
        encode_others(span.others),
        span.note,
        int(span.is_flagged),
    )


def decode_span(row: Sequence[Any]) -> ReviewedSpan:
    """The span of a row of SPAN_COLUMNS."""
    suggested = None if row[10] is None else json.loads(row[10])
    return ReviewedSpan(
        id=row[0],
        start=row[1],
        end=row[2],
        text=row[3],
        label=row[4],
        state=row[5],
        identifiers=decode_list(row[6]),
        score=row[7],
        model=row[8],
        author=row[9],
        suggested=None if suggested is None else (suggested[0], suggested[1], suggested[2]),
        others=decode_others(row[11]),
        note=row[12],
        is_flagged=bool(row[13]),
    )


def load_steps(connection: sqlite3.Connection, review_id: int) -> list[Step]:
    """The whole history of a review, oldest step first."""
    corrections: dict[int, list[Correction]] = {}
    columns = ", ".join(f"c.{name}" for name in CORRECTION_COLUMNS.split(", "))
    for number, *row in connection.execute(
        f"SELECT s.number, {columns} FROM steps s JOIN corrections c ON c.step_id = s.id "
        "WHERE s.review_id = ? ORDER BY s.number, c.ordinal",
        (review_id,),
    ):
        corrections.setdefault(number, []).append(decode_correction(row))
    return [
        Step(number, kind, author, created, tuple(corrections.get(number, ())), target, summary)
        for number, kind, author, created, target, summary in connection.execute(
            f"SELECT {STEP_COLUMNS} FROM steps WHERE review_id = ? ORDER BY number", (review_id,)
        )
    ]


def encode_others(others: Iterable[tuple[str, float]]) -> str | None:
    """Other labels with their probabilities as JSON; raises BadInput for a probability that is no number."""
    pairs = [(str(label), float(score)) for label, score in others]
    try:
        return encode_list(pairs)
    except ValueError as error:
        raise BadInput(f"The probabilities of other labels, {pairs}, are not all numbers from 0 to 1.") from error


def decode_others(text: str | None) -> tuple[tuple[str, float], ...]:
    """The other labels of a column written by `encode_others`."""
    return tuple((label, score) for label, score in json.loads(text)) if text else ()


def encode_list(values: Sequence[Any]) -> str | None:
    """A list as JSON; NULL where it is empty."""
    return to_json(values) if values else None


def decode_list(text: str | None) -> tuple[str, ...]:
    """The strings of a column written by `encode_list`."""
    return tuple(json.loads(text)) if text else ()
