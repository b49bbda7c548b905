"""A file's name and its first bytes enter; the name of its format leaves."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from biobert_demo.formats.dataset_folder import is_dataset_folder

_SUFFIXES = {
    ".pubtator": "pubtator",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".conll": "conll",
    ".iob": "conll",
    ".iob2": "conll",
    ".bio": "conll",
    ".bioc": "bioc",
    ".csv": "csv",
    ".xml": "bioc",
    ".json": "bioc-json",
    ".spacy": "docbin",
}
_PUBTATOR = re.compile(r"[^|\t\n]+\|[A-Za-z]\|")
_XML = re.compile(r"<\?xml|<!DOCTYPE|<collection\b")
_JSON_KEY = re.compile(r'"(?P<bioc>documents|PubTator3|passages|infons|bioctype)"\s*:|"(?:text|title|abstract)"\s*:')
_TOOLS = {
    "prodigy": re.compile(r'(?<!\\)"(?:_input_hash|_task_hash|_annotator_id)"\s*:'),
    "label-studio": re.compile(
        r'(?<!\\)"(?:completed_by|was_cancelled|from_name|annotation_id)"\s*:'
        r'|(?<!\\)"(?:annotations|completions|predictions)"\s*:\s*\[\s*\{[^{}]{0,500}"result"\s*:'
    ),
    "doccano": re.compile(r'(?<!\\)"(?:start_offset|annotation_approver|Comments)"\s*:'),
}
"""Keys that only exports of these tools have; `\\"` before one would mean that it stands in a text."""

_ZLIB = (b"\x78\x9c", b"\x78\xda")
_TAG = re.compile(r"O|[BIESLU](?:[-_]\S+)?")
_DOCUMENT = re.compile(r"-DOCSTART-|###MEDLINE:")
_ENOUGH_LINES = 3


def sniff_format(path: Path | str, head: bytes) -> str:
    """What a file holds, by its content first, since PubTator and CoNLL files are often called .txt; else plain text."""
    if Path(path).is_dir():
        return "datasets" if is_dataset_folder(Path(path)) else "brat"
    if head.startswith(_ZLIB):
        return "docbin"
    text = _decode(head).lstrip()
    by_name = next(
        (_SUFFIXES[suffix.lower()] for suffix in Path(path).suffixes[::-1] if suffix.lower() in _SUFFIXES), ""
    )
    if _XML.match(text):
        return "bioc"
    if text.startswith(("{", "[")):
        for tool, keys in _TOOLS.items():
            if keys.search(text):
                return tool
        key = _JSON_KEY.search(text)
        if key is not None or by_name == "jsonl":
            return "bioc-json" if key is not None and key["bioc"] else "jsonl"
    if _PUBTATOR.match(text):
        return "pubtator"
    if by_name:
        return by_name
    return "conll" if _DOCUMENT.match(text) or _is_tagged(text) else "text"


def _decode(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", errors="ignore")
    return head.decode("utf-8-sig", errors="ignore")


def _is_tagged(text: str) -> bool:
    """Whether each whole line is a token and a tag, as no prose is."""
    lines = [line.split() for line in text.split("\n")[:-1] if line.strip()]
    return len(lines) >= _ENOUGH_LINES and all(len(line) > 1 and _TAG.fullmatch(line[-1]) for line in lines)
