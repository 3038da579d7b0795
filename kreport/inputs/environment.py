"""Where the report is made: versions, device, dtype policy, the machine; no host, user or folder."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kreport.document.report import Environment

CPU_INFO = Path("/proc/cpuinfo")
"""Where Linux names the model of each processor (proc_cpuinfo(5)); on ARM it does not."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a measured time depends on.

    Attributes:
        processor: model of the CPU, or its architecture where no more is told.
        cores: that this process may use.
        memory_bytes: of the machine; None where it is not told.
        gpu: name and number of its GPUs, "" without.
    """

    processor: str
    cores: int
    memory_bytes: int | None
    gpu: str = ""


def environment() -> Environment:
    """Return versions by name (kreport, backend, Keras, Python), the device in words and the dtype policy."""
    import keras

    from kreport import __version__

    backend = keras.backend.backend()
    names = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
    versions = (
        ("kreport", __version__),
        (names.get(backend, backend), _version(backend)),
        ("Keras", keras.__version__),
        ("Python", platform.python_version()),
    )
    return Environment(versions=versions, device=_device(backend), policy=keras.config.dtype_policy().name)


def _version(backend: str) -> str:
    for package in (backend, f"{backend}-cpu", f"{backend}-macos", "tf-nightly"):
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return "unknown"


def machine() -> Machine:
    """Return processor, cores, memory and GPUs of this machine; wants the TensorFlow backend."""
    return Machine(processor=_processor(), cores=_cores(), memory_bytes=_memory_bytes(), gpu=_gpu())


def _device(backend: str) -> str:
    cores = _cores()
    cpu = f"CPU, {cores} core{'s' if cores > 1 else ''}"
    return cpu if backend != "tensorflow" else _gpu() or cpu


def _gpu() -> str:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return ""
    name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU")
    return name if len(gpus) == 1 else f"{len(gpus)} × {name}"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    told = CPU_INFO.read_text("utf-8", "replace") if CPU_INFO.exists() else ""
    named = re.search(r"^model name\s*:\s*(\S.*)$", told, re.MULTILINE)
    name = named.group(1) if named else platform.processor() or platform.machine() or "CPU"
    return " ".join(re.sub(r"\((?:R|TM)\)", "", name, flags=re.IGNORECASE).split())


def _memory_bytes() -> int | None:
    known = getattr(os, "sysconf_names", {})
    if not {"SC_PHYS_PAGES", "SC_PAGE_SIZE"} <= set(known):
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
