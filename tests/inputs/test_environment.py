"""The machine is named by what computes, never by its host or user."""

from __future__ import annotations

import getpass
import importlib
import platform
from pathlib import Path

import pytest

from kreport.inputs.environment import machine

module = importlib.import_module("kreport.inputs.environment")  # the package has a function of that name

X86 = "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) CPU   E5-2690 v4 @ 2.60GHz\n"
ARM = "processor\t: 0\nBogoMIPS\t: 50.00\nCPU part\t: 0xd0c\n"


def test_the_processor_is_what_linux_calls_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(X86)
    monkeypatch.setattr(module, "CPU_INFO", tmp_path / "cpuinfo")
    found = machine()
    assert found.processor == "Intel Xeon CPU E5-2690 v4 @ 2.60GHz"
    assert found.cores >= 1
    assert found.memory_bytes is None or found.memory_bytes > 1 << 28


@pytest.mark.parametrize("told", [ARM, None])
def test_where_linux_does_not_name_it_the_architecture_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: str | None
) -> None:
    if told is not None:
        (tmp_path / "cpuinfo").write_text(told)
    monkeypatch.setattr(module, "CPU_INFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(platform, "processor", lambda: "")
    assert machine().processor == platform.machine()


def test_neither_host_nor_user_is_named() -> None:
    found = machine()
    said = f"{found.processor} {found.gpu}".lower()
    for name in (platform.node(), getpass.getuser()):
        assert len(name) < 3 or name.lower() not in said
