"""An empty folder enters; a store in it leaves, which is checked after each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from store_desk import Clock, Desk


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    desk = Desk(tmp_path / "home", clock)
    yield desk
    findings = desk.store.check()
    desk.store.close()
    assert findings == []
