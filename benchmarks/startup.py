"""How long until a person can type, and how much memory then? Starts `python app.py` and opens it in Chromium.

    python benchmarks/startup.py [--runs 3] [--chromium PATH]

Prints seconds from starting the process to an enabled text box on the page, seconds until the model is ready, and the
app's resident memory after one abstract was highlighted. The first run may find cold file caches; it is printed apart.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pages import ROOT, open_browser


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--chromium", help="default: the one that the journeys find")
    options = parser.parse_args()
    results = [measure(options.chromium) for _ in range(options.runs + 1)]
    warm = results[1:]
    print(
        json.dumps(
            {
                "first_run": results[0],
                "median": {name: round(statistics.median(r[name] for r in warm), 2) for name in warm[0]},
            },
            indent=1,
        )
    )


def measure(chromium: str | None) -> dict[str, float]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as home, open_browser(chromium) as browser:
        page = browser.new_page()
        started = time.perf_counter()
        app = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(port)],
            cwd=ROOT,
            env=os.environ | {"BIOBERT_DEMO_HOME": home},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while True:
                try:
                    page.goto(f"http://127.0.0.1:{port}/", timeout=60_000)
                    break
                except Exception as error:  # Chromium refuses until the server listens; there is no event to wait for
                    if time.perf_counter() - started > 60:
                        raise TimeoutError("The page did not come up within 60 seconds.") from error
                    time.sleep(0.05)
            box = page.get_by_role("textbox").first
            box.wait_for(state="visible", timeout=60_000)
            box.fill("An allergy to penicillin can cause an anaphylactic reaction.")
            usable = time.perf_counter() - started
            page.get_by_role("button", name="Highlight").first.click()
            page.get_by_text("mentions in 1 text").first.wait_for(state="visible", timeout=120_000)
            ready = time.perf_counter() - started
            memory = resident_megabytes(app.pid)
        finally:
            app.kill()
            app.wait()
    return {"text_box_s": round(usable, 2), "first_highlight_s": round(ready, 2), "memory_mb": memory}


def resident_megabytes(pid: int) -> float:
    """Resident memory of a process, from /proc (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return round(int(line.split()[1]) / 1024, 0)
    raise ValueError(f"/proc/{pid}/status has no VmRSS line; this benchmark needs Linux.")


if __name__ == "__main__":
    main()
