"""A command line enters; an exit code, and what the command was asked for, leave.

Exit codes: 0 done, 1 failed, 2 wrong usage or unusable input, 4 done except for documents that had to be left out.
Nothing heavy is imported before it is needed: `--help` and mistakes answer at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from biobert_demo import __version__
from biobert_demo.commands import (
    annotate,
    exporting,
    finetune,
    importing,
    maintenance,
    models,
    projects,
    serve,
    user,
    worker,
)
from biobert_demo.commands.terminal import EXIT_FAILED, EXIT_INTERRUPTED, PROGRAM, Parser, fail
from biobert_demo.errors import BiobertDemoError

COMMANDS = (annotate, serve, importing, exporting, finetune, worker, models, projects, maintenance, user)
"""Modules of commands, in the order of `--help`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; failures become an exit code and one line on standard error."""
    try:
        options = _parser().parse_args(sys.argv[1:] if arguments is None else arguments)
        return options.run(options)
    except BiobertDemoError as error:
        return fail(str(error), error.exit_code)
    except BrokenPipeError:
        # Whoever read our output has gone; what is left in the buffer must not raise once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return fail("Standard output was closed before everything was written.", EXIT_FAILED)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return fail(f"The system refused: {error.strerror or error}{where}; check space and permissions.", EXIT_FAILED)
    except KeyboardInterrupt:
        return fail("Interrupted; no output was written.", EXIT_INTERRUPTED)


def _parser() -> Parser:
    parser = Parser(prog=PROGRAM, description="Find diseases, drugs, genes and species in biomedical text.")
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="commands", parser_class=Parser)
    for module in COMMANDS:
        module.register(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
