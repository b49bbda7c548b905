"""A model folder enters; the hash, version and labels of what is in it leave, or a sentence about what is wrong with it."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import uuid
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from biobert_demo.errors import ModelUnavailable

CONFIG = "config.json"
WEIGHTS = "*.safetensors"
RECORD = "registered.json"
"""Says in a registered folder what the store says of it, so that the folder speaks for itself where the store is lost."""

ADDING = ".adding-"
REMOVING = ".removing-"
"""How names of folders begin that are not whole yet, or not any more."""

HUB_NAME = re.compile(r"\w[\w.-]*(?:/[\w.-]+)?")
PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"})
"""Suffixes of files that run whatever code somebody put into them, when they are loaded."""

_TOKENIZERS = (
    ("tokenizer.json",),
    ("vocab.txt",),
    ("vocab.json", "merges.txt"),
    ("spiece.model",),
    ("spm.model",),
    ("sentencepiece.bpe.model",),
)
_LONGEST_HEADER = 100_000_000


def check_model_folder(folder: Path, weights_hash: str | None = None, *, may_hold_pickles: bool = False) -> None:
    """Raise ModelUnavailable, saying what is wrong, for a folder whose model must not or cannot be served.

    It needs config.json, a tokenizer, and weights as safetensors whose header fits the file; with `weights_hash`, weights
    of that hash. Pickles are refused wherever they lie in it; with `may_hold_pickles` they may lie beside the weights,
    where nothing reads them.
    """
    if not folder.is_dir():
        raise ModelUnavailable(
            f"There is no model folder at {folder}; restore it from a backup or choose another model."
        )
    try:
        read_config(folder)
        _check_tokenizer(folder)
        weights = _weights(folder)
        pickles = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix.lower() in PICKLES)
        if pickles and not may_hold_pickles:
            raise ModelUnavailable(
                f"The model folder {folder} holds {pickles[0]}, a pickle, which may run any code; only safetensors are "
                "served. Remove it, or choose another model."
            )
        if not weights:
            raise ModelUnavailable(
                f"The model folder {folder} holds no weights as safetensors"
                + (f", only {pickles[0]}, which may run any code when it is loaded" if pickles else "")
                + "; save the model with safetensors, or choose another one."
            )
        for path in weights:
            _check_safetensors(path)
        for path in folder.glob("*.npz"):
            _check_archive(path)
        if weights_hash is not None and (found := hash_weights(folder)) != weights_hash:
            raise ModelUnavailable(
                f"The weights in {folder} are others than those registered (SHA-256 {found[:12]}..., not "
                f"{weights_hash[:12]}...); restore the folder from a backup or choose another model."
            )
    except OSError as error:
        raise ModelUnavailable(
            f"The model folder {folder} cannot be read ({error}); check the disk and permissions."
        ) from error


def hash_weights(folder: Path) -> str:
    """SHA-256 of the weights, in hexadecimal: of the file where there is one, else of the names and hashes of all."""
    hashes = [(path.name, _hash_file(path)) for path in _weights(folder)]
    if len(hashes) == 1:
        return hashes[0][1]
    return hashlib.sha256("".join(f"{name}\0{one}\n" for name, one in hashes).encode()).hexdigest()


def stamp_weights(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of change of each file of weights: tells, without reading them, that they may have changed."""
    return tuple((path.name, (stat := path.stat()).st_size, stat.st_mtime_ns) for path in _weights(folder))


def read_config(folder: Path) -> dict[str, Any]:
    """The content of config.json; raises ModelUnavailable where there is none that can be read."""
    path = folder / CONFIG
    if not path.is_file():
        raise ModelUnavailable(
            f"The folder {folder} holds no {CONFIG}, so it is no transformers model; point to the folder that "
            "save_pretrained wrote."
        )
    return _read_object(path)


def version_of(folder: Path) -> str:
    """The name that a run gave its weights (`version` in config.json), else the folder's name."""
    if (folder / CONFIG).exists():
        named = read_config(folder).get("version")
        if isinstance(named, str):
            return named
    return folder.name


def labels_of(folder: Path) -> tuple[str, ...]:
    """The labels that a token classifier's outputs stand for; raises ModelUnavailable where their names do not say."""
    from biobert_demo.tag_names import read_tags

    names = read_config(folder).get("id2label")
    if not isinstance(names, dict) or not all(str(key).isdigit() for key in names):
        raise ModelUnavailable(
            f"The {CONFIG} in {folder} does not name the model's outputs (id2label); choose another one."
        )
    tags, _ = read_tags({int(key): str(name) for key, name in names.items()})
    return tags.labels


def read_record(folder: Path) -> dict[str, Any]:
    """What `copy_model` kept in a folder; empty where there is nothing that can be read."""
    try:
        return _read_object(folder / RECORD)
    except (OSError, ModelUnavailable):
        return {}


def copy_model(source: Path, target: Path, record: Mapping[str, Any]) -> None:
    """Copy a model folder under a name that nothing has yet; it is on the disk, whole, when it gets its name.

    `record` is kept in it, and `record["version"]` becomes the version in config.json. Raises OSError; FileExistsError
    where the name is taken.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{ADDING}{target.name}-{uuid.uuid4().hex}")
    try:
        # Content alone: a source that only its owner may read, or nobody may write, says nothing about the copy.
        shutil.copytree(source, partial, copy_function=shutil.copyfile)
        _write_object(partial / CONFIG, read_config(partial) | {"version": record["version"]})
        _write_object(partial / RECORD, record)
        _flush(partial)
        if target.exists():
            raise FileExistsError(errno.EEXIST, "The name is taken", str(target))
        try:
            partial.rename(target)
        except OSError as error:
            # Another process was first.
            if error.errno != errno.ENOTEMPTY:
                raise
            raise FileExistsError(errno.EEXIST, "The name is taken", str(target)) from error
        _flush_folder(target.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def remove_model(folder: Path) -> None:
    """Remove a model folder, so that no half of it is ever taken for a model; one that is gone is no obstacle."""
    going = folder.with_name(f"{REMOVING}{folder.name}")
    shutil.rmtree(going, ignore_errors=True)
    try:
        os.replace(folder, going)
    except FileNotFoundError:
        return
    shutil.rmtree(going)


def _weights(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(WEIGHTS) if path.is_file())


def _check_tokenizer(folder: Path) -> None:
    for names in _TOKENIZERS:
        if all((folder / name).is_file() for name in names):
            for name in names:
                if name.endswith(".json"):
                    _read_object(folder / name)
            return
    raise ModelUnavailable(
        f"The model folder {folder} holds no tokenizer (tokenizer.json or vocab.txt); put the tokenizer files that belong "
        "to the model beside its weights."
    )


def _check_safetensors(path: Path) -> None:
    """The format: 8 bytes, the header's length; the header, JSON with the place of each tensor; the tensors, without gaps.

    Source: https://huggingface.co/docs/safetensors, "Format".
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, _LONGEST_HEADER):
            raise _damaged(path, "its header is longer than the file")
        try:
            header = json.loads(file.read(length))
            ends = [one["data_offsets"][1] for name, one in header.items() if name != "__metadata__"]
            end = max(ends, default=0)
        except (ValueError, AttributeError, TypeError, KeyError, IndexError) as error:
            raise _damaged(path, f"its header cannot be read ({error})") from error
    if not ends or end != size - 8 - length:
        raise _damaged(path, f"it has {size - 8 - length} bytes of tensors where its header says {end}")


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, EOFError) as error:
        raise _damaged(path, str(error)) from error
    if damaged is not None:
        raise _damaged(path, f"its part {damaged} does not match its checksum")


def _read_object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _damaged(path, f"it is no JSON ({error})") from error
    if not isinstance(value, dict):
        raise _damaged(path, "it holds no JSON object")
    return value


def _damaged(path: Path, reason: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The file {path} is damaged: {reason.rstrip('.')}; restore the folder from a backup or choose another model."
    )


def _write_object(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    # Windows has no such call, and no need of it.
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
