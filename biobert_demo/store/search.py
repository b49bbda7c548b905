"""What a person types into a search box enters; places in texts, names, spans and notes that match it leave."""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from biobert_demo.errors import BadInput
from biobert_demo.labels import LabelNames
from biobert_demo.store.database import Database
from biobert_demo.store.labels import load_names

Field = Literal["name", "text", "mention", "label", "state", "note"]
FIELDS: tuple[Field, ...] = ("name", "text", "mention", "label", "state", "note")

CONTEXT = 70
"""Code points of text around the first match that a hit shows."""

_TERM = re.compile(r'(?:(?P<field>[a-z]+):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))(?P<star>\*?)')
_WORD = re.compile(r"[^\W_]+")
_SPAN_COLUMNS: dict[Field, str] = {"mention": "text", "label": "label", "state": "state", "note": "note"}


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One place that matches. `where` is the field; `matches` are half-open code point offsets into `snippet`.

    `start` and `end` are the place in the document's text, None for a hit in a name or in a note on the document;
    `span_id` is set for hits in spans, and `review_id` for those and for notes.
    """

    document_id: int
    name: str
    where: Field
    snippet: str
    matches: tuple[tuple[int, int], ...]
    start: int | None = None
    end: int | None = None
    review_id: int | None = None
    span_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Term:
    """One word or phrase; `field` is None where it may stand anywhere.

    `labels` are all names, in the history, of the labels that one of their names says it could mean.
    """

    field: Field | None
    text: str
    is_prefix: bool
    labels: tuple[str, ...] = ()

    @property
    def quoted(self) -> str:
        """The term as a string of FTS5, in which nothing but the words counts."""
        return _quoted(self.text) + ("*" if self.is_prefix else "")

    @property
    def quoted_label(self) -> str:
        """The same for the column of labels."""
        return f"({' OR '.join([self.quoted, *map(_quoted, self.labels)])})"


def search(
    database: Database,
    query: str,
    project_id: int,
    author: str | None = None,
    fields: Collection[Field] | None = None,
    limit: int = 50,
) -> list[SearchHit]:
    """The best hits: in names, then texts, spans and notes; every term must match.

    A query has words, "phrases", words with a star (`diab*`), and terms of one field (`label:Disease`,
    `state:rejected`, `note:"ask Ann"`). Nothing else in it has a meaning, so that no query fails. Case and accents do
    not count. A label is found by its present name and by every earlier one. With an author, spans and notes are those
    of the author's reviews. Raises BadInput for a field that does not exist in `fields`.
    """
    if unknown := sorted(set(fields or ()).difference(FIELDS)):
        raise BadInput(f"There is no field {unknown[0]!r} to search; choose from {', '.join(FIELDS)}.")
    terms = parse_query(query)
    allowed = set(fields or FIELDS)
    if not terms or limit < 1:
        return []
    hits: list[SearchHit] = []
    with database.read() as connection:
        names = load_names(connection, project_id)
        terms = [replace(term, labels=_labels_meant(term, names)) for term in terms]
        for find in (_in_names, _in_texts, _in_spans, _in_notes):
            if len(hits) < limit:
                hits.extend(find(connection, _Request(terms, project_id, author, allowed, limit - len(hits))))
    return hits


def parse_query(query: str) -> list[_Term]:
    """The terms of a query; what holds no letter or digit is left out, since the index has no such words."""
    terms = []
    clean = query.encode(errors="replace").decode().replace("\0", " ")
    for match in _TERM.finditer(clean):
        field, phrase, word = match["field"], match["phrase"], match["word"]
        text = phrase if phrase is not None else word
        if field is not None and field not in FIELDS:
            # "il2:receptor" is text with a colon rather than a field.
            field, text = None, f"{field}:{text}"
        is_prefix = bool(match["star"]) or text.endswith("*")
        text = text.rstrip("*")
        if any(character.isalnum() for character in text):
            terms.append(_Term(field, text, is_prefix))
    return terms


def _labels_meant(term: _Term, names: LabelNames) -> tuple[str, ...]:
    """Every name that a label has in the history, where one of its names has the term's words in it."""
    if term.field not in (None, "label") or not names.changes:
        return ()
    found: dict[str, None] = {}
    for label in names.labels:
        written = names.written_as(label)
        if len(written) > 1 and any(_has_words(name, term) for name in written):
            found.update(dict.fromkeys(written))
    return tuple(found)


def _has_words(name: str, term: _Term) -> bool:
    """Whether the words of a term follow each other in a name, as FTS5 compares them."""
    words, wanted = (_WORD.findall(text.casefold()) for text in (name, term.text))
    for start in range(len(words) - len(wanted) + 1):
        *head, last = words[start : start + len(wanted)]
        if head == wanted[:-1] and (last.startswith(wanted[-1]) if term.is_prefix else last == wanted[-1]):
            return True
    return False


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class _Request:
    terms: Sequence[_Term]
    project_id: int
    author: str | None
    fields: Collection[Field]
    limit: int

    def own(self, fields: Iterable[Field]) -> list[_Term]:
        """The terms that one source answers, given its fields."""
        usable = set(fields)
        is_open = bool(usable.intersection(self.fields))
        return [term for term in self.terms if (term.field in usable if term.field else is_open)]

    def match(self, columns: dict[Field, str]) -> str:
        """The FTS5 expression for the terms that one index answers."""
        everywhere = [column for field, column in columns.items() if field in self.fields]
        parts = []
        for term in self.own(columns):
            names = [columns[term.field]] if term.field else everywhere
            part = f"{{{' '.join(names)}}} : {term.quoted}"
            if term.labels and "label" in names:
                part += f" OR {{label}} : {term.quoted_label}"
            parts.append(f"({part})")
        return " AND ".join(parts)

    def elsewhere(self, fields: Iterable[Field]) -> tuple[str, list[Any]]:
        """A condition on `d.id` for the terms that other sources answer, with its parameters."""
        rest = [term for term in self.terms if term not in self.own(fields)]
        sql, parameters = "", []
        for term in rest:
            options = []
            for field in [term.field] if term.field else self.fields:
                condition, values = _documents_with(field, term, self.author)
                options.append(condition)
                parameters += values
            sql += f" AND ({' OR '.join(options)})"
        return sql, parameters


def _in_names(connection: sqlite3.Connection, request: _Request) -> list[SearchHit]:
    own = request.own(["name"])
    if not own:
        return []
    others, values = request.elsewhere(["name"])
    conditions = " AND ".join("instr(lower(d.name), lower(?))" for _ in own)
    rows = connection.execute(
        f"SELECT d.id, d.name FROM documents d WHERE d.project_id = ? AND {conditions}{others} "
        "ORDER BY length(d.name), d.id LIMIT ?",
        (request.project_id, *(term.text for term in own), *values, request.limit),
    )
    return [SearchHit(id, name, "name", name, _found(name, own)) for id, name in rows]


def _in_texts(connection: sqlite3.Connection, request: _Request) -> list[SearchHit]:
    if not request.own(["text"]):
        return []
    others, values = request.elsewhere(["text"])
    query = request.match({"text": "text"})
    rows = connection.execute(
        # CROSS JOIN keeps the order, and the plus sign keeps the index of the project out: the search first, and once.
        "SELECT d.id, d.name, t.id FROM text_search CROSS JOIN texts t ON t.id = text_search.rowid "
        f"CROSS JOIN documents d ON d.hash = t.hash WHERE text_search MATCH ? AND +d.project_id = ?{others} "
        "ORDER BY text_search.rank, d.id LIMIT ?",
        (query, request.project_id, *values, request.limit),
    ).fetchall()
    hits = []
    for id, name, text_id in rows:
        (text, matches), *_ = _highlighted(connection, "text_search", 1, query, text_id)
        snippet, offset = _around(text, *matches[0])
        inside = tuple((a - offset, b - offset) for a, b in matches if offset <= a and b <= offset + len(snippet))
        hits.append(SearchHit(id, name, "text", snippet, inside, *matches[0]))
    return hits


def _in_spans(connection: sqlite3.Connection, request: _Request) -> list[SearchHit]:
    if not request.own(_SPAN_COLUMNS):
        return []
    others, values = request.elsewhere(_SPAN_COLUMNS)
    query = request.match(_SPAN_COLUMNS)
    rows = connection.execute(
        "SELECT d.id, d.name, r.id, s.id, s.span_id, s.start_at, s.end_at FROM span_search "
        "CROSS JOIN spans s ON s.id = span_search.rowid CROSS JOIN reviews r ON r.id = s.review_id "
        "CROSS JOIN documents d ON d.id = r.document_id WHERE span_search MATCH ? AND +d.project_id = ? "
        f"AND (? IS NULL OR r.author = ?){others} ORDER BY span_search.rank, s.id LIMIT ?",
        (query, request.project_id, request.author, request.author, *values, request.limit),
    ).fetchall()
    hits = []
    for id, name, review_id, row, span_id, start, end in rows:
        found = dict(zip(_SPAN_COLUMNS, _highlighted(connection, "span_search", 4, query, row)))
        where: Field = next((field for field in ("note", "mention", "label", "state") if found[field][1]), "mention")
        if where == "note":
            snippet, matches = found["note"]
        else:
            (text,) = connection.execute(
                "SELECT t.text FROM documents d JOIN texts t ON t.hash = d.hash WHERE d.id = ?", (id,)
            ).fetchone()
            snippet, offset = _around(text, start, end)
            matches = ((start - offset, end - offset),)
        hits.append(SearchHit(id, name, where, snippet, matches, start, end, review_id, span_id))
    return hits


def _in_notes(connection: sqlite3.Connection, request: _Request) -> list[SearchHit]:
    if not request.own(["note"]):
        return []
    others, values = request.elsewhere(["note"])
    query = request.match({"note": "note"})
    rows = connection.execute(
        "SELECT d.id, d.name, r.id FROM note_search CROSS JOIN reviews r ON r.id = note_search.rowid "
        "CROSS JOIN documents d ON d.id = r.document_id WHERE note_search MATCH ? AND +d.project_id = ? "
        f"AND (? IS NULL OR r.author = ?){others} ORDER BY note_search.rank, r.id LIMIT ?",
        (query, request.project_id, request.author, request.author, *values, request.limit),
    ).fetchall()
    hits = []
    for id, name, review_id in rows:
        (note, matches), *_ = _highlighted(connection, "note_search", 1, query, review_id)
        hits.append(SearchHit(id, name, "note", note, matches, review_id=review_id))
    return hits


def _highlighted(
    connection: sqlite3.Connection, index: str, columns: int, query: str, row: int
) -> list[tuple[str, tuple[tuple[int, int], ...]]]:
    """(text, places that match) of each column of one row of an index."""
    # Marks that occur in no text: FTS5 tells where the matches are only by what it puts around them.
    token = secrets.token_hex(8)
    opening, closing = f"\ue000{token}<", f"\ue000{token}>"
    wanted = ", ".join(f"highlight({index}, {i}, ?, ?)" for i in range(columns))
    marked = connection.execute(
        f"SELECT {wanted} FROM {index} WHERE {index} MATCH ? AND rowid = ?", (*(opening, closing) * columns, query, row)
    ).fetchone()
    return [_without_marks(one, opening, closing) for one in marked]


def _without_marks(marked: str, opening: str, closing: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    first, *rest = marked.split(opening)
    pieces, length, matches = [first], len(first), []
    for piece in rest:
        match, after = piece.split(closing, 1)
        matches.append((length, length + len(match)))
        pieces += (match, after)
        length += len(match) + len(after)
    return "".join(pieces), tuple(matches)


def _documents_with(field: Field, term: _Term, author: str | None) -> tuple[str, list[Any]]:
    """A condition that a document has the term in a field, whatever else the query asks."""
    if field == "name":
        return "instr(lower(d.name), lower(?))", [term.text]
    if field == "text":
        sql = "d.hash IN (SELECT t2.hash FROM text_search JOIN texts t2 ON t2.id = text_search.rowid "
        return f"{sql}WHERE text_search MATCH ?)", [term.quoted]
    by = " AND (? IS NULL OR r2.author = ?)"
    sql = (
        "d.id IN (SELECT r2.document_id FROM span_search JOIN spans s2 ON s2.id = span_search.rowid "
        f"JOIN reviews r2 ON r2.id = s2.review_id WHERE span_search MATCH ?{by})"
    )
    quoted = term.quoted_label if field == "label" else term.quoted
    values: list[Any] = [f"{{{_SPAN_COLUMNS[field]}}} : {quoted}", author, author]
    if field == "note":
        sql += (
            " OR d.id IN (SELECT r2.document_id FROM note_search JOIN reviews r2 ON r2.id = note_search.rowid "
            f"WHERE note_search MATCH ?{by})"
        )
        values += [term.quoted, author, author]
    return sql, values


def _around(text: str, start: int, end: int) -> tuple[str, int]:
    """The text around a match, not cut within words near by, and where in the text it begins."""
    left, right = max(0, start - CONTEXT), min(len(text), max(end, start + CONTEXT) + CONTEXT)
    if left and (space := text.find(" ", left, start)) >= 0:
        left = space + 1
    if right < len(text) and (space := text.rfind(" ", end, right)) >= 0:
        right = space
    return text[left:right], left


def _found(name: str, terms: Iterable[_Term]) -> tuple[tuple[int, int], ...]:
    places = [(name.lower().find(term.text.lower()), len(term.text)) for term in terms]
    return tuple(sorted((place, place + length) for place, length in places if place >= 0))
