"""The script of the example reports runs, and keeps to its size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import kreport

SCRIPT = Path(__file__).parents[1] / "reports_example" / "make.py"


@pytest.mark.slow
def test_the_examples_are_made_by_their_script(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--into", str(tmp_path), "--epochs", "1"]
    subprocess.run(command, check=True, capture_output=True)
    made = {path.stem: kreport.load(path) for path in tmp_path.glob("*.html")}
    assert set(made) == {"demo-cnn", "resnet50", "transformer", "recurrent", "autoencoder", "tabular"}
    assert not [gap for report in made.values() for gap in report.gaps if gap.failed]
    assert len(made["transformer"].history) == 1


@pytest.mark.parametrize("path", sorted(SCRIPT.parent.glob("*.html")), ids=lambda path: path.stem)
def test_an_example_in_the_folder_can_be_loaded(path: Path) -> None:
    assert path.stat().st_size <= 1_000_000
    assert not [gap for gap in kreport.load(path).gaps if gap.failed]
