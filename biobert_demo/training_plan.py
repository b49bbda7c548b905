"""When people want training runs to start by themselves enters; whether one is due now leaves. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from biobert_demo.errors import BadInput

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """`after` so many newly completed documents (0: never), and every night at `nightly` ("HH:MM", local time).

    Raises BadInput for a number or a time that is none.
    """

    after: int = 0
    nightly: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.after, bool) or not isinstance(self.after, int) or self.after < 0:
            raise BadInput(
                f"The number of documents after which to learn must be 0 (never) or more, but it is {self.after!r}."
            )
        if self.nightly is not None and not _CLOCK.fullmatch(str(self.nightly)):
            raise BadInput(f"The time to learn at must be like 02:00, but it is {self.nightly!r}.")

    @classmethod
    def from_json(cls, value: object) -> TrainingPlan:
        """The plan in a preference; raises BadInput where it is none."""
        if not isinstance(value, Mapping):
            raise BadInput(f"The preference 'training' must be an object, but it is {value!r}; set it anew.")
        return cls(value.get("after", 0), value.get("nightly") or None)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {"after": self.after, "nightly": self.nightly}


def is_night_due(nightly: str | None, last: datetime, now: datetime) -> bool:
    """Whether the clock has passed the time since it was last looked at; once, however long the computer slept.

    `last` and `now` are what the clock on the wall shows, without a time zone: so a night in which the hour is changed
    has its time too. A clock that was put back has passed nothing.
    """
    match = _CLOCK.fullmatch(nightly or "")
    if match is None:
        return False
    moment = now.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
    if moment > now:
        moment -= timedelta(days=1)
    return last < moment <= now
