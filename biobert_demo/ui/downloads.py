"""What the page shows and the name of a format enter; one file, ready to be saved by a browser, leaves."""

from __future__ import annotations

import base64
import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, BiobertDemoError, Problem
from biobert_demo.formats import FORMATS, write_documents
from biobert_demo.ui.presentation import restore_documents

_FILE_NAME = "highlights"
_TYPES = {".json": "application/json", ".xml": "application/xml", ".csv": "text/csv", ".zip": "application/zip"}


def build_download(request: dict[str, Any]) -> dict[str, Any]:
    """The file for a request {"format", "documents", "model"}: {"name", "type", "base64", "notes"}, or {"error"}.

    The page sends what it shows, so the slider and the legend apply. `notes` are what the format could not hold.
    """
    problems: list[Problem] = []
    try:
        documents = restore_documents(request.get("documents"), request.get("model"))
        name, content = write_file(documents, str(request.get("format")), problems)
    except BiobertDemoError as error:
        return {"error": str(error)}
    return {
        "name": name,
        "type": _TYPES.get(Path(name).suffix, "text/plain;charset=utf-8"),
        "base64": base64.b64encode(content).decode("ascii"),
        "notes": [str(problem) for problem in problems],
    }


def write_file(documents: Sequence[Document], format: str, problems: list[Problem]) -> tuple[str, bytes]:
    """A file's name and bytes; a format that is a folder of files is zipped. Raises BadInput for an unknown format."""
    if format not in FORMATS:
        raise BadInput(f"There is no format {format!r}; choose one of {', '.join(FORMATS)}.")
    with tempfile.TemporaryDirectory(prefix="biobert-demo-") as folder:
        path = Path(folder) / f"{_FILE_NAME}{FORMATS[format].suffix}"
        write_documents(documents, path, format, problems.append)
        if path.is_dir():
            return f"{_FILE_NAME}-{format}.zip", zip_folder(path)
        return path.name, path.read_bytes()


def zip_folder(folder: Path) -> bytes:
    """The files of a folder as a zip archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return packed.getvalue()
