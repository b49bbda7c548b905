"""The command line enters and the page leaves: `biobert_demo.app`, to be started from a checkout."""

from __future__ import annotations

import sys

from biobert_demo.app import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
