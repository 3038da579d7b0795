"""Peak memory of a call: what TensorFlow counts, and what Linux tells of the process."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from kreport.probes.pass_memory import pass_memory, resident_bytes  # noqa: E402

module = importlib.import_module("kreport.probes.pass_memory")
MIB = 1 << 20

needs_linux = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="not Linux")


def counts_tensors() -> bool:
    try:
        tf.config.experimental.get_memory_info("CPU:0")
    except ValueError:
        return False
    return not tf.config.list_physical_devices("GPU")


@needs_linux
def test_what_the_process_holds_for_a_moment_counts() -> None:
    before = resident_bytes("VmRSS")
    found = pass_memory(lambda: np.ones(64 * MIB, np.uint8).sum())
    assert found.process_bytes is not None
    assert 60 * MIB < found.process_bytes - before < 100 * MIB


@needs_linux
def test_an_earlier_peak_is_forgotten() -> None:
    before = resident_bytes("VmRSS")
    np.ones(256 * MIB, np.uint8).sum()
    found = pass_memory(lambda: None)
    assert found.process_bytes is not None
    assert found.process_bytes - before < 128 * MIB


@pytest.mark.skipif(not counts_tensors(), reason="this build of TensorFlow does not count tensors on a CPU")
def test_tensors_count_while_they_are_needed() -> None:
    kept = tf.ones((4, MIB), tf.float32)  # 16 MiB, there before
    found = pass_memory(lambda: float(tf.reduce_sum((kept + 1) * 2)))
    assert found.device == "CPU"
    assert found.tensor_bytes == 2 * 16 * MIB
    assert pass_memory(lambda: None).tensor_bytes is None


def test_where_nothing_is_told_the_call_is_made_all_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuses(_: str) -> None:
        message = "no statistics"
        raise ValueError(message)

    monkeypatch.setattr(tf.config.experimental, "get_memory_info", refuses)
    monkeypatch.setattr(module, "CLEARED", tmp_path / "missing" / "clear_refs")
    called: list[int] = []
    found = pass_memory(lambda: called.append(1))
    assert (found.tensor_bytes, found.process_bytes, called) == (None, None, [1])
