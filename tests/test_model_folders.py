"""A model folder is taken as it is or refused with what is wrong; copies are whole, and what is removed is gone."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from model_desk import safetensors, write_model

from biobert_demo.errors import ModelUnavailable
from biobert_demo.model_folders import (
    RECORD,
    check_model_folder,
    copy_model,
    hash_weights,
    labels_of,
    read_record,
    remove_model,
    version_of,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


def test_a_whole_folder_is_taken(folder: Path) -> None:
    check_model_folder(folder)
    check_model_folder(folder, hash_weights(folder))
    assert hash_weights(folder) == hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def test_the_shipped_model_is_whole_and_named_by_its_weights() -> None:
    folder = Path(__file__).parents[1] / "assets" / "models" / "ner"
    check_model_folder(folder)
    assert version_of(folder) == f"ner-{hash_weights(folder)[:8]}"
    assert labels_of(folder) == ("Disease", "Chemical", "Gene", "Species")


def write(name: str, content: bytes | str) -> Callable[[Path], object]:
    value = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(value)


def remove(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def cut(name: str, count: int) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:count])


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (remove("config.json"), "holds no config.json"),
        (write("config.json", "{'a'"), "config.json is damaged: it is no JSON"),
        (write("config.json", b"\xff\xfe"), "config.json is damaged: it is no JSON"),
        (write("config.json", "[]"), "holds no JSON object"),
        (remove("tokenizer.json"), "holds no tokenizer"),
        (write("tokenizer.json", '{"a": 1'), "tokenizer.json is damaged"),
        (remove("model.safetensors"), "holds no weights as safetensors;"),
        (cut("model.safetensors", 0), "its header is longer than the file"),
        (cut("model.safetensors", 5), "its header is longer than the file"),
        (cut("model.safetensors", 40), "its header is longer than the file"),
        (cut("model.safetensors", -1), "6 bytes of tensors where its header says 7"),
        (write("model.safetensors", safetensors(b"weights") + b"more"), "11 bytes of tensors where its header says 7"),
        (write("model.safetensors", (2).to_bytes(8, "little") + b"{}"), "0 bytes of tensors"),
        (write("model.safetensors", (2).to_bytes(8, "little") + b"[]"), "its header cannot be read"),
        (write("model.safetensors", (4).to_bytes(8, "little") + b"\x80abc"), "its header cannot be read"),
        (write("model.safetensors", (9).to_bytes(8, "little") + b'{"a": {}}'), "its header cannot be read"),
        (write("gazetteer.npz", b"PK\x03\x04 no archive"), "gazetteer.npz is damaged"),
        (write("pytorch_model.bin", b"\x80\x04."), "holds pytorch_model.bin, a pickle"),
        (write("optimizer.PT", b"\x80\x04."), "holds optimizer.PT, a pickle"),
    ],
)
def test_a_folder_that_lacks_something_or_is_damaged_is_refused(
    folder: Path, damage: Callable[[Path], object], words: str
) -> None:
    damage(folder)
    with pytest.raises(ModelUnavailable, match=words) as raised:
        check_model_folder(folder)
    assert "\n" not in str(raised.value)
    assert str(folder) in str(raised.value)


def test_pickles_are_refused_wherever_they_lie_but_may_lie_beside_the_weights_of_a_base(folder: Path) -> None:
    (folder / "checkpoint").mkdir()
    (folder / "checkpoint" / "scheduler.pkl").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelUnavailable, match="a pickle"):
        check_model_folder(folder)
    check_model_folder(folder, may_hold_pickles=True)
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelUnavailable, match=r"only checkpoint/scheduler.pkl, which may run any code"):
        check_model_folder(folder, may_hold_pickles=True)


def test_a_damaged_archive_is_found_by_its_checksums(folder: Path) -> None:
    with zipfile.ZipFile(folder / "gazetteer.npz", "w") as archive:
        archive.writestr("names.npy", b"0123456789" * 20)
    check_model_folder(folder)
    content = (folder / "gazetteer.npz").read_bytes()
    (folder / "gazetteer.npz").write_bytes(content.replace(b"0123456789", b"0123456788", 1))
    with pytest.raises(ModelUnavailable, match=r"names\.npy does not match its checksum"):
        check_model_folder(folder)


def test_other_weights_than_those_registered_are_refused(folder: Path) -> None:
    registered = hash_weights(folder)
    (folder / "model.safetensors").write_bytes(safetensors(b"WEIGHTS"))
    check_model_folder(folder)
    with pytest.raises(ModelUnavailable, match="are others than those registered"):
        check_model_folder(folder, registered)


def test_weights_in_several_files_have_one_hash_that_follows_each(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    (folder / "model-00002-of-00002.safetensors").write_bytes(safetensors(b"more"))
    check_model_folder(folder)
    before = hash_weights(folder)
    (folder / "model-00002-of-00002.safetensors").write_bytes(safetensors(b"less"))
    assert hash_weights(folder) != before


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="There is no model folder at"):
        check_model_folder(tmp_path / "gone")


def test_a_version_is_what_the_config_says_else_the_folders_name(tmp_path: Path) -> None:
    assert version_of(write_model(tmp_path / "mine", version="ner-1")) == "ner-1"
    assert version_of(write_model(tmp_path / "yours", version=7)) == "yours"
    assert version_of(tmp_path / "hub" / "name") == "name"


def test_labels_are_those_of_the_outputs(folder: Path, tmp_path: Path) -> None:
    assert labels_of(folder) == ("Disease", "Gene")
    for names in ({"0": "LABEL_0", "1": "LABEL_1"}, {}, ["O"], {"zero": "O"}):
        with pytest.raises(ModelUnavailable, match="outputs"):
            labels_of(write_model(tmp_path / "other", id2label=names))


def test_a_copy_has_its_version_and_its_record_and_nothing_else_is_left(folder: Path, tmp_path: Path) -> None:
    (folder / "plots").mkdir()
    (folder / "plots" / "loss.png").write_bytes(b"png")
    (folder / "model.safetensors").chmod(0o400)
    target = tmp_path / "models" / "ner" / "ner-1"
    copy_model(folder, target, {"version": "ner-1", "labels": ["μ"]})
    check_model_folder(target, hash_weights(folder))
    assert version_of(target) == "ner-1"
    assert version_of(folder) == "model"
    assert json.loads((target / "config.json").read_text())["model_type"] == "bert"
    assert (target / "plots" / "loss.png").read_bytes() == b"png"
    assert read_record(target) == {"version": "ner-1", "labels": ["μ"]}
    assert [path.name for path in target.parent.iterdir()] == ["ner-1"]


def test_a_copy_never_takes_a_name_that_is_taken_and_a_failed_one_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "models" / "taken"
    copy_model(folder, target, {"version": "first"})
    with pytest.raises(FileExistsError):
        copy_model(folder, target, {"version": "second"})
    assert version_of(target) == "first"
    (folder / "config.json").write_text("damaged")
    with pytest.raises(ModelUnavailable):
        copy_model(folder, tmp_path / "models" / "other", {"version": "third"})
    assert [path.name for path in target.parent.iterdir()] == ["taken"]


def test_removing_is_done_once_or_again(folder: Path) -> None:
    remove_model(folder)
    remove_model(folder)
    assert not list(folder.parent.iterdir())


@pytest.mark.parametrize("content", ["", "[1]", "{"])
def test_a_record_that_cannot_be_read_is_empty(folder: Path, content: str) -> None:
    assert read_record(folder) == {}
    (folder / RECORD).write_text(content)
    assert read_record(folder) == {}
