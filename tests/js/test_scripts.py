"""The page's scripts enter; Node's verdict on their unit tests leaves."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


def test_the_unit_tests_of_the_scripts_pass() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed, so the JavaScript unit tests did not run")
    tests = sorted(str(path) for path in FOLDER.glob("*.test.js"))
    finished = subprocess.run([node, "--test", *tests], capture_output=True, text=True, check=False, timeout=120)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert len(tests) >= 3
