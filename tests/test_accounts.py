"""Names and passwords enter; what is stored of them, and who is let in, is checked."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from biobert_demo import accounts
from biobert_demo.accounts import Accounts, add_account, check_password, hash_password, read_accounts, remove_account
from biobert_demo.errors import BadInput

PASSWORD = "chronic lumositis"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords hash a thousand times faster in tests; the cost stands in each line, so old lines stay readable."""
    monkeypatch.setattr(accounts, "_COST", 4)


def test_only_the_right_password_of_a_known_name_is_let_in(tmp_path: Path) -> None:
    path = tmp_path / "people"
    assert add_account(path, " Ann B. ", PASSWORD) is False
    add_account(path, "ben", "another secret")
    people = Accounts(path)
    assert people.check("Ann B.", PASSWORD)
    assert people.check("  Ann B. ", PASSWORD)
    for name, password in [
        ("Ann B.", "another secret"),
        ("ben", PASSWORD),
        ("Ann B.", ""),
        ("nobody", PASSWORD),
        ("", ""),
    ]:
        assert not people.check(name, password), (name, password)


def test_the_file_holds_no_password_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "people"
    add_account(path, "ann", PASSWORD)
    add_account(path, "ben", PASSWORD)
    content = path.read_text()
    assert PASSWORD not in content
    hashes = [line.rpartition("$")[2] for line in content.splitlines()]
    assert len(set(hashes)) == 2, "the same password has another salt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_umlauts_typed_either_way_are_the_same_person(tmp_path: Path) -> None:
    path = tmp_path / "people"
    add_account(path, "Jörg", "pässword")
    people = Accounts(path)
    assert people.check("Jörg", "pässword")
    assert "Jörg" in people


def test_a_person_added_or_removed_counts_at_once_and_remarks_stay(tmp_path: Path) -> None:
    path = tmp_path / "people"
    path.write_text("# our lab\n\n")
    add_account(path, "ann", PASSWORD)
    people = Accounts(path)
    assert "ben" not in people
    add_account(path, "ben", PASSWORD)
    assert people.check("ben", PASSWORD)
    assert add_account(path, "ben", "changed meanwhile") is True
    assert not people.check("ben", PASSWORD)
    remove_account(path, "ben")
    assert "ben" not in people
    assert path.read_text().startswith("# our lab\n")
    with pytest.raises(BadInput, match="no account 'ben'; it has ann"):
        remove_account(path, "ben")


@pytest.mark.parametrize(
    "line",
    [
        "ann:secret word",
        "ann",
        "ann:",
        "ann:$scrypt$ln=15,r=8,p=1$$",
        "ann:$2b$12$abcdefghijklmnopqrstuv",
        "ann:$scrypt$secret word",
    ],
)
def test_a_password_that_is_not_hashed_is_refused_without_repeating_it(tmp_path: Path, line: str) -> None:
    path = tmp_path / "people"
    path.write_text(f"ben:{hash_password(PASSWORD)}\n{line}\n")
    with pytest.raises(BadInput) as caught:
        Accounts(path)
    assert str(caught.value).startswith(f"{path}:2 ")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "password", "words"),
    [
        ("a:b", PASSWORD, "A name has"),
        ("", PASSWORD, "A name has"),
        ("a\nb", PASSWORD, "A name has"),
        ("x" * 65, PASSWORD, "A name has"),
        ("<b>", PASSWORD, "A name has"),
        ("ann", "short", "at least 8 characters, but this one has 5"),
    ],
)
def test_names_and_passwords_that_cannot_be_used_are_told(tmp_path: Path, name: str, password: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        add_account(tmp_path / "people", name, password)
    assert not (tmp_path / "people").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "There is no file"), (b"", "holds no account"), (b"\xff\xfe", "not UTF-8"), (b"# nobody\n", "no account")],
)
def test_a_file_without_accounts_is_told(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "people"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=words):
        Accounts(path)


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people"
    path.write_text(f"ann:{hash_password(PASSWORD)}\nann:{hash_password(PASSWORD)}\n")
    with pytest.raises(BadInput, match="people:2 names 'ann' a second time"):
        read_accounts(path)


def test_a_name_that_does_not_exist_is_hashed_like_one_that_does(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []
    real = accounts._scrypt
    monkeypatch.setattr(accounts, "_scrypt", lambda *values: hashed.append(values[2:]) or real(*values))
    people = {"ann": hash_password(PASSWORD)}
    hashed.clear()
    check_password(people, "ann", "wrong")
    check_password(people, "nobody", "wrong")
    (known, unknown) = hashed
    assert unknown[1:] == known[1:]


def test_hashing_is_dear_enough_to_slow_down_guessing() -> None:
    assert accounts._NOBODY.startswith("$scrypt$ln=15,r=8,p=3$")
