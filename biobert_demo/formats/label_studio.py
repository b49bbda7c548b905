"""An export of Label Studio, JSON or JSON-MIN, enters; documents leave (https://labelstud.io/guide/export.html).

[{"id": 7, "data": {"text": "An allergy"}, "annotations": [{"completed_by": 1, "result": [
   {"id": "a", "type": "labels", "value": {"start": 3, "end": 10, "text": "allergy", "labels": ["Disease"]}}]}]}]

JSON-MIN is flat: {"id": 7, "text": "An allergy", "label": [{"start": 3, "end": 10, "labels": [...]}], "annotator": 1}.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document
from biobert_demo.formats.common import Report, checked_annotation, excerpt
from biobert_demo.formats.exports import Complain, dicts, guard, item_id, link, locate, read_export, shown_surface
from biobert_demo.formats.losses import Losses
from biobert_demo.formats.records import to_offset

if TYPE_CHECKING:
    from biobert_demo.formats.files import DecodedText

_ID_KEYS = ("id", "pmid", "document_id", "doc_id")
_LAYERS = ("annotations", "completions")
"""The second is the name before version 1.0."""
_NOT_TEXT = frozenset(["created_at", "updated_at"])
_LABELS = ("labels", "hypertextlabels", "paragraphlabels")


def read_label_studio(stream: DecodedText, source: str, report: Report) -> Iterator[Document]:
    """The tasks: a person's spans come as accepted, with their author; tasks nobody did have the model's, as unseen.

    Of several annotations of a task one is read: that marked as ground truth, else the newest; this is reported, and
    so are results that are no spans of text. Offsets in UTF-16 units, which versions before 1.5 wrote, are converted
    where a span's text shows them.
    """
    yield from read_export(stream, source, report, _to_document, is_always_json=True)


def _to_document(task: dict[str, Any], made_up_id: str, complain: Complain, losses: Losses) -> Document:
    task_id = item_id(task, made_up_id)
    if not isinstance(task.get("data"), dict):
        text = _text_of(task)
        found = [one for value in task.values() if isinstance(value, list) for one in value if _is_span(one)]
        results: list[dict[str, Any]] = [{"value": one} for one in found]
        origin = {"author": _name(task.get("annotator")), "state": "accepted"}
    else:
        text = _text_of(task["data"])
        task_id = item_id(task["data"], task_id, _ID_KEYS)
        layer, is_human = _choose(task, task_id, complain, losses)
        results = list(dicts(layer.get("result"), complain, "results"))
        if is_human:
            origin = {"author": _name(layer.get("completed_by")), "state": "accepted"}
        else:
            origin = {"model": _name(layer.get("model_version")), "state": "unseen"}
    annotations: list[Annotation] = []
    references: dict[Any, Annotation] = {}
    for result in results:
        for annotation in _annotations(result, text, origin, task_id, complain, losses):
            annotations.append(annotation)
            references.setdefault(result.get("id"), annotation)
    relations = list(_relations(results, references, complain))
    return Document(task_id, text, (), tuple(sorted(annotations, key=lambda a: a.key)), tuple(relations))


def _text_of(data: dict[str, Any]) -> str:
    """What was annotated: `text`, else the longest string; raises ValueError where it is not in the file."""
    texts = [value for key, value in data.items() if isinstance(value, str) and key not in _NOT_TEXT]
    text = data["text"] if isinstance(data.get("text"), str) else max(texts, key=len, default="")
    if not text:
        raise ValueError("its data hold no text")
    if text.startswith(("http://", "https://", "s3://", "gs://", "/data/")) and not text.strip().count(" "):
        raise ValueError(f"its text is not in the file but at {text[:80]}; export the texts themselves")
    return text


def _choose(task: dict[str, Any], task_id: str, complain: Complain, losses: Losses) -> tuple[dict[str, Any], bool]:
    """(the annotation or prediction to read, whether a person made it); empty where there is neither."""
    key = next((key for key in _LAYERS if task.get(key)), _LAYERS[0])
    layers = list(dicts(task.get(key), complain, key))
    done = [one for one in layers if not (one.get("was_cancelled") or one.get("skipped"))]
    if len(done) > 1:
        what = "tasks with several annotations, of which the ground truth or else the newest was read"
        losses.add(what, task_id, f"task {task_id}")
    if done:
        return max(done, key=lambda one: (bool(one.get("ground_truth")), _time(one))), True
    predictions = list(dicts(task.get("predictions"), complain, "predictions"))
    return (max(predictions, key=_time) if predictions else {}), False


def _time(layer: dict[str, Any]) -> str:
    return str(layer.get("updated_at") or layer.get("created_at") or "")


def _is_span(value: Any) -> bool:
    return isinstance(value, dict) and "start" in value and any(key in value for key in _LABELS)


def _annotations(
    result: dict[str, Any],
    text: str,
    origin: dict[str, Any],
    task_id: str,
    complain: Complain,
    losses: Losses,
) -> Iterator[Annotation]:
    value = result.get("value")
    if result.get("type") == "relation":
        return
    if not isinstance(value, dict) or not ({"start", "globalOffsets"} & value.keys()):
        kind = str(result.get("type"))
        losses.add("results that are no spans of text, such as choices, left out", task_id, kind)
        return
    labels: list[Any] = next((value[key] for key in _LABELS if isinstance(value.get(key), list)), [])
    if not labels:
        complain(f"{excerpt(str(value.get('text')))} has no label; the span is left out")
    overall = value.get("globalOffsets")
    places = overall if isinstance(overall, dict) else value
    surface = value.get("text")
    score = result.get("score")
    note = result["meta"].get("text") if isinstance(result.get("meta"), dict) else None

    def make(label: Any) -> Annotation:
        start, end = to_offset(places["start"]), to_offset(places["end"])
        start, end = locate(text, start, end, surface, losses, task_id)
        return checked_annotation(
            text,
            start,
            end,
            shown_surface(text, start, end, surface),
            str(label),
            score=score if isinstance(score, int | float) and 0 <= score <= 1 else None,
            note="\n".join(map(str, note)) if isinstance(note, list) else str(note or ""),
            **origin,
        )

    for label in labels:
        annotation = guard(lambda label=label: make(label), complain)  # type: ignore[misc]
        if annotation is not None:
            yield annotation


def _relations(
    results: list[dict[str, Any]], references: dict[Any, Annotation], complain: Complain
) -> Iterator[Relation]:
    for result in results:
        if result.get("type") == "relation":
            labels = result.get("labels") or ["relation"]
            kind = str(labels[0]) if isinstance(labels, list) else str(labels)
            ends = link(references, result.get("from_id"), result.get("to_id"), kind, complain)
            if ends is not None:
                yield Relation(kind, ends[::-1] if result.get("direction") == "left" else ends)


def _name(person: Any) -> str | None:
    """A user, who is a number, a name or an object with an e-mail address; also a model version."""
    if isinstance(person, dict):
        person = next((person[key] for key in ("email", "username", "id") if person.get(key)), None)
    return None if person is None or person == "" else str(person)
