"""A file of names with hashed passwords enters; whether a name and a password belong together leaves.

A line is `NAME:$scrypt$ln=15,r=8,p=1$SALT$HASH`, the last part being the PHC string format that other tools read too
(base64 without padding). Blank lines and lines that start with # are allowed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
import tempfile
import threading
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from biobert_demo.errors import BadInput

LONGEST_NAME = 64
SHORTEST_PASSWORD = 8

# 2^15 x 8 x 128 bytes: 32 MiB and about 0.1 s a check, OWASP's second choice for scrypt with p = 3 in place of 1.
_COST, _BLOCK, _PARALLEL = 15, 8, 3
_MOST_MEMORY = 256 << 20
_HASHED = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)")
_NAME = re.compile(r"[\w.@+'-]+(?: [\w.@+'-]+)*")


class Accounts:
    """The accounts of a file, read again whenever it changes: people can be added while the page runs."""

    def __init__(self, path: Path) -> None:
        """Raises BadInput where the file cannot be used or holds nobody."""
        self._path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._known: dict[str, str] = {}
        if not self._read():
            raise BadInput(f"{path} holds no account; add one: biobert-demo user add NAME --file {path}")

    def check(self, name: str, password: str) -> bool:
        """Whether they belong together; takes the same time for a name that does not exist."""
        return check_password(self._read(), clean_name(name), password)

    def __contains__(self, name: object) -> bool:
        return name in self._read()

    def _read(self) -> dict[str, str]:
        with self._lock:
            try:
                status = self._path.stat()
                stamp = (status.st_mtime_ns, status.st_size)
            except OSError:
                stamp = None  # reading it tells why
            if stamp is None or stamp != self._stamp:
                self._known = read_accounts(self._path)
                self._stamp = stamp
            return self._known


def read_accounts(path: Path) -> dict[str, str]:
    """Name -> hashed password; raises BadInput for a file that is absent or a line that is not as described above."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError as error:
        raise BadInput(f"There is no file {path}; make it: biobert-demo user add NAME --file {path}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not a file of accounts (it is not UTF-8 text).") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    accounts: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, hashed = line.strip().partition(":")
        if not colon or not _HASHED.fullmatch(hashed):
            # Never the line itself: it may hold somebody's password.
            raise BadInput(
                f"{path}:{number} is not NAME:$scrypt$...; passwords are only read hashed. Remove the line and add the "
                f"person again: biobert-demo user add NAME --file {path}"
            )
        if name in accounts:
            raise BadInput(f"{path}:{number} names {name!r} a second time; remove one of the two lines.")
        accounts[name] = hashed
    return accounts


def add_account(path: Path, name: str, password: str) -> bool:
    """Write the account into the file, in place of the same name's; whether that name was there. Made private (0600)."""
    name = clean_name(name)
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise BadInput(
            f"A name has up to {LONGEST_NAME} letters, digits, single spaces and . _ @ + ' -, but it is {name[:80]!r}."
        )
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(f"A password has at least {SHORTEST_PASSWORD} characters, but this one has {len(password)}.")
    accounts = read_accounts(path) if path.exists() else {}
    was_there = name in accounts
    _write(path, {**accounts, name: hash_password(password)})
    return was_there


def remove_account(path: Path, name: str) -> None:
    """Take the account out of the file; raises BadInput where it is not there."""
    accounts = read_accounts(path)
    if clean_name(name) not in accounts:
        raise BadInput(f"{path} has no account {name!r}; it has {', '.join(accounts) or 'none'}.")
    del accounts[clean_name(name)]
    _write(path, accounts)


def hash_password(password: str) -> str:
    """The password in PHC string format, with a salt of its own."""
    salt = secrets.token_bytes(16)
    digest = _scrypt(password, salt, _COST, _BLOCK, _PARALLEL, 32)
    return f"$scrypt$ln={_COST},r={_BLOCK},p={_PARALLEL}${_encode(salt)}${_encode(digest)}"


def check_password(accounts: Mapping[str, str], name: str, password: str) -> bool:
    """Whether the account exists with this password."""
    # An unknown name costs the same hash as a known one, so that the time of an answer tells nothing.
    hashed = accounts.get(name, _NOBODY)
    match = _HASHED.fullmatch(hashed)
    assert match is not None, "read_accounts lets nothing else through"
    cost, block, parallel = (int(match[i]) for i in (1, 2, 3))
    try:
        salt, expected = _decode(match[4]), _decode(match[5])
        found = _scrypt(password, salt, cost, block, parallel, len(expected))
    except (ValueError, binascii.Error) as error:
        raise BadInput(f"The hashed password of {name!r} cannot be used ({error}); add the person again.") from error
    return hmac.compare_digest(found, expected) and name in accounts


def clean_name(name: str) -> str:
    """The name as it is stored: white space around it gone, composed characters (NFC)."""
    return unicodedata.normalize("NFC", name).strip()


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int, size: int) -> bytes:
    # The same password typed on another keyboard may come decomposed.
    secret = unicodedata.normalize("NFKC", password).encode("utf-8")
    return hashlib.scrypt(secret, salt=salt, n=1 << cost, r=block, p=parallel, maxmem=_MOST_MEMORY, dklen=size)


def _write(path: Path, accounts: Mapping[str, str]) -> None:
    try:
        lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
        comments = [line for line in lines if line.startswith("#")]
        content = "\n".join([*comments, *(f"{name}:{hashed}" for name, hashed in sorted(accounts.items())), ""])
        # mkstemp makes the file readable by its owner alone.
        handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.absolute().parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(content)
            os.replace(part, path)
        except OSError:
            Path(part).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}); check the folder and its permissions.") from error


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii").rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


_NOBODY = f"$scrypt$ln={_COST},r={_BLOCK},p={_PARALLEL}${_encode(bytes(16))}${_encode(bytes(32))}"
