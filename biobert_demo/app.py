"""Settings enter; a page on http://127.0.0.1:7860, with its model loading behind it, leaves."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from biobert_demo.errors import BiobertDemoError
from biobert_demo.settings import Settings, read_port
from biobert_demo.ui.model_state import ModelState, Recognizer


def load_recognizer(settings: Settings) -> Recognizer:
    """The recogniser that the settings name. Imports torch, so it is called in the loading thread only."""
    from biobert_demo.combination import load_recognizer as load

    return load(settings.ner_model)


def main(
    arguments: Sequence[str] | None = None,
    load: Callable[[Settings], Recognizer] = load_recognizer,
    program: str = "app.py",
) -> int:
    """Serve the page until interrupted; returns the exit code."""
    try:
        serve(_read_arguments(arguments, program), load)
    except BiobertDemoError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def serve(settings: Settings, load: Callable[[Settings], Recognizer] = load_recognizer) -> None:
    """Show the page first, load the model behind it, and block until interrupted."""
    # Gradio reads these while it is imported. Nothing of this page is anybody else's business.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from biobert_demo.accounts import Accounts
    from biobert_demo.ui.page import build_page, launch_options
    from biobert_demo.ui.people import People
    from biobert_demo.ui.promoted_models import PromotedModels
    from biobert_demo.ui.review import Workplace
    from biobert_demo.ui.store_state import StoreState
    from biobert_demo.worker_keeper import worker_beside

    stores = StoreState.at(settings.home)
    models = ModelState(PromotedModels(settings, stores, load))
    people = People(Accounts(settings.auth) if settings.auth else None)
    page = build_page(Workplace(models, stores, people, settings), settings.assets)
    try:
        _, address, _ = page.launch(
            server_name=settings.host,
            server_port=settings.port or None,
            prevent_thread_lock=True,
            auth=people.gradio_auth(),  # type: ignore[arg-type]  # Gradio awaits it, but its annotation does not say so
            **launch_options(settings.assets),
        )
    except OSError as error:
        raise BiobertDemoError(
            f"The page cannot listen on {settings.host}:{settings.port} ({error}); choose another --port."
        ) from error
    # Only now: two libraries importing at once would keep the page waiting.
    models.start()
    print(f"The page is at {address}", flush=True)
    try:
        with _ended_by_signals(), worker_beside(settings):
            page.block_thread()
    finally:
        models.stop()
        stores.close()


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Makes SIGTERM, and SIGHUP unless nohup has it ignored, end the block as an exception does: in good order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    # Not on every system is there a SIGHUP.
    numbers = [number for number in (signal.SIGTERM, getattr(signal, "SIGHUP", None)) if number is not None]
    before = {number: signal.getsignal(number) for number in numbers}
    for number, handler in before.items():
        if handler == signal.SIG_DFL:
            signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _read_arguments(arguments: Sequence[str] | None, program: str) -> Settings:
    settings = Settings.from_environment()
    parser = argparse.ArgumentParser(prog=program, description="Read biomedical abstracts with highlights.")
    parser.add_argument("--host", default=settings.host, help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", default=str(settings.port), help="port, 0 for any free one (default: %(default)s)")
    parser.add_argument("--no-worker", action="store_true", help="start no worker for training runs beside the page")
    options = parser.parse_args(arguments)
    is_worker_on = settings.is_worker_on and not options.no_worker
    return replace(settings, host=options.host, port=read_port(options.port), is_worker_on=is_worker_on)
