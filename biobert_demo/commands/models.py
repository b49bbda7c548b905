"""A number or version of a model enters; the list of models, or a change of which one serves, leaves."""

from __future__ import annotations

import argparse
import getpass
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from biobert_demo.commands.terminal import say
from biobert_demo.errors import BadInput, ModelUnavailable
from biobert_demo.wording import count_nouns

if TYPE_CHECKING:
    from biobert_demo.models import ModelRegistry
    from biobert_demo.store import ModelVersion, Store
    from biobert_demo.store.models import PromotionKind

WITH_ID = ("promote", "pin", "unpin", "show")
WITHOUT_ID = ("list", "rollback", "prune")
COLUMNS = ("number", "version", "state", "parent", "created", "pinned", "decision")


def register(commands: Any) -> None:
    """Add `models`."""
    one = commands.add_parser(
        "models",
        help="list models, promote one, or go back to an earlier one",
        description="Without an action, the models of a task are listed: "
        + ", ".join(COLUMNS)
        + ", separated by tabs. "
        "A page that runs serves what is promoted here within seconds.",
        epilog="Exit codes: 0 done; 1 refused or failed; 2 wrong usage, or no such model.",
    )
    one.add_argument("action", nargs="?", default="list", metavar="ACTION", help=", ".join([*WITHOUT_ID, *WITH_ID]))
    one.add_argument("id", nargs="?", metavar="ID", help=f"number or version of a model, for {', '.join(WITH_ID)}")
    one.add_argument("--task", choices=("ner", "qa"), default="ner", help="what the models are for (default: ner)")
    one.add_argument("--author", metavar="NAME", help="who promotes or rolls back (default: the user of this computer)")
    one.add_argument("--reason", default="", metavar="TEXT", help="why; needed to promote what the gate refused")
    one.add_argument("--keep", type=int, default=5, metavar="N", help="old models that `prune` keeps (default: 5)")
    one.add_argument("--json", action="store_true", help="print JSON")
    one.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """`biobert-demo models [ACTION [ID]]`."""
    if options.action not in (*WITHOUT_ID, *WITH_ID):
        raise BadInput(f"The actions are {', '.join((*WITHOUT_ID, *WITH_ID))}, but this is {options.action!r}.")
    if options.action in WITH_ID and not options.id:
        raise BadInput(f"Which model? `models {options.action}` needs its number or version; `models` lists them.")
    if options.action in WITHOUT_ID and options.id:
        raise BadInput(f"`models {options.action}` takes no model, but {options.id!r} was given; leave it out.")
    if options.keep < 0:
        raise BadInput(f"--keep is a number of models, 0 or more, but it is {options.keep}.")
    from biobert_demo.commands.opening import opened_store
    from biobert_demo.models import ModelRegistry
    from biobert_demo.settings import Settings

    with opened_store() as store:
        registry = ModelRegistry(store, Settings.from_environment())
        _adopt_first_base(registry, store, options.task)
        _ACTIONS[options.action](registry, store, options)
    return 0


def list_models(registry: ModelRegistry, store: Store, options: argparse.Namespace) -> None:
    """`models list`: one line a model."""
    models = store.models.list(options.task)
    if options.json:
        _print_json([asdict(model) for model in models])
        return
    numbers = {model.id: model.number for model in models}
    for model in models:
        parent = "" if model.parent_id is None else str(numbers[model.parent_id])
        pinned = "pinned" if model.is_pinned else ""
        print(
            model.number, model.version, model.state, parent, model.created[:19], pinned, _decision(model.decision),
            sep="\t",
        )  # fmt: skip


def show(registry: ModelRegistry, store: Store, options: argparse.Namespace) -> None:
    """`models show ID`: all that is known of a model, and how its scores differ from the promoted one's."""
    model = registry.find(options.task, options.id)
    history = [one for one in store.models.promotions(options.task) if one.model_id == model.id]
    if options.json:
        _print_json({**asdict(model), "promotions": [asdict(one) for one in history]})
        return
    parent = None if model.parent_id is None else store.models.get(model.parent_id)
    for name, value in (
        ("number", model.number),
        ("version", model.version),
        ("state", model.state),
        ("parent", "" if parent is None else f"{parent.number} ({parent.version})"),
        ("run", "" if model.run_id is None else model.run_id),
        ("created", model.created),
        ("labels", ", ".join(model.labels)),
        ("folder", registry.folder_of(model)),
        ("weights", model.weights_hash),
        ("data", model.data_hash),
        ("pinned", "yes" if model.is_pinned else "no"),
        ("note", model.note),
    ):
        print(f"{name}: {value}")
    promoted = store.models.promoted(options.task)
    for row in registry.compare(promoted or model, model):
        of_promoted = "" if promoted is None or promoted.id == model.id else f" (promoted: {_number(row.first)})"
        print(f"score: {row.name}: {_number(row.second)}{of_promoted}")
    for reason in _reasons(model.decision):
        print(f"reason: {reason}")
    for one in history:
        print(f"promoted: {one.created[:19]} by {one.author} ({one.kind}): {one.reason}")


def promote(registry: ModelRegistry, store: Store, options: argparse.Namespace) -> None:
    """`models promote ID`: an override, with its reason, where the gate had refused the model."""
    model = registry.find(options.task, options.id)
    if model.state == "promoted":
        say(f"Model {model.number} is promoted already; nothing was changed.")
        return
    is_refused = model.decision.get("is_promoted") is False
    if is_refused and not options.reason.strip():
        raise BadInput(
            f"The gate refused model {model.number}; to promote it all the same, say why with --reason. "
            + " ".join(_reasons(model.decision))
        )
    kind: PromotionKind = "gate" if model.decision.get("is_promoted") is True else "override"
    registry.promote(model.id, author=_author(options), reason=options.reason or "Chosen by hand.", kind=kind)
    _tell(store.models.get(model.id), options, "is promoted")


def rollback(registry: ModelRegistry, store: Store, options: argparse.Namespace) -> None:
    """`models rollback`: the model that was promoted before the present one, and is whole, serves again."""
    _tell(registry.rollback(options.task, author=_author(options), reason=options.reason), options, "serves again")


def pin(registry: ModelRegistry, store: Store, options: argparse.Namespace) -> None:
    """`models pin ID` and `models unpin ID`: whether a model is kept whatever becomes of it."""
    is_pinned = options.action == "pin"
    model = store.models.pin(registry.find(options.task, options.id).id, is_pinned)
    _tell(model, options, "is pinned" if is_pinned else "is no longer pinned")


def prune(registry: ModelRegistry, store: Store, options: argparse.Namespace) -> None:
    """`models prune`: the folders of old models go; prints their versions."""
    deleted = registry.prune(options.keep)
    if options.json:
        _print_json([asdict(model) for model in deleted])
    else:
        for model in deleted:
            print(model.version)
    say(f"{count_nouns(len(deleted), 'model')} deleted.")


_ACTIONS = {
    "list": list_models,
    "show": show,
    "promote": promote,
    "rollback": rollback,
    "pin": pin,
    "unpin": pin,
    "prune": prune,
}


def _adopt_first_base(registry: ModelRegistry, store: Store, task: Any) -> None:
    # Only where nothing serves yet: this shell's settings may name another base than those of the page.
    if store.models.last_promotion(task) is None:
        try:
            registry.base(task)
        except ModelUnavailable as error:
            say(str(error))


def _tell(model: ModelVersion, options: argparse.Namespace, what: str) -> None:
    if options.json:
        _print_json(asdict(model))
    say(f"Model {model.number} ({model.version}) {what}.")


def _author(options: argparse.Namespace) -> str:
    if options.author is not None:
        return options.author
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError) as error:
        raise BadInput("This computer does not tell who you are; add --author NAME.") from error


def _decision(decision: Mapping[str, Any]) -> str:
    if "is_promoted" not in decision:
        return ""
    against = _reasons(decision, only_against=True)
    return "accepted" if decision["is_promoted"] else "refused" + (f": {against[0]}" if against else "")


def _reasons(decision: Mapping[str, Any], only_against: bool = False) -> list[str]:
    """The sentences of a decision of the gate."""
    reasons = [one for one in decision.get("reasons", ()) if isinstance(one, Mapping)]
    return [str(one.get("sentence", "")) for one in reasons if one.get("is_against") or not only_against]


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:g}"


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))
