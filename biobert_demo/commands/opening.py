"""Settings enter; the store they name, and the project a command is about, leave."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from biobert_demo.commands.terminal import say
from biobert_demo.errors import BadInput

if TYPE_CHECKING:
    from biobert_demo.store import Project, Store


@contextmanager
def opened_store(*, with_backups: bool = False) -> Iterator[Store]:
    """The store in BIOBERT_DEMO_HOME, closed afterwards; `with_backups` for commands that write much into it."""
    from biobert_demo.settings import Settings
    from biobert_demo.store import Store

    store = Store.open(Settings.from_environment().home, backups=with_backups)
    try:
        yield store
    finally:
        store.close()


def project_to_fill(store: Store, name: str | None) -> Project:
    """The named project, made and told where it does not exist; without a name the default one."""
    if name is None:
        return store.projects.default()
    found = store.projects.find(name)
    if found is None:
        found = store.projects.create(name)
        say(f"The project {found.name!r} did not exist; it was created with the standard labels.")
    return found


def project_to_read(store: Store, name: str | None) -> Project:
    """The named project; raises BadInput with those that exist where it does not."""
    if name is None:
        return store.projects.default()
    found = store.projects.find(name)
    if found is None:
        names = ", ".join(repr(project.name) for project in store.projects.list()) or "none yet"
        raise BadInput(f"There is no project {name!r}; the projects are {names}.")
    return found
