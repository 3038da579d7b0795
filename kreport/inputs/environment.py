"""Where the report is made: versions, device, dtype policy; no host, user or folder."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from kreport.document.report import Environment


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


def _device(backend: str) -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    cpu = f"CPU, {cores} core{'s' if cores > 1 else ''}"
    if backend != "tensorflow":
        return cpu
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return cpu
    name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU")
    return name if len(gpus) == 1 else f"{len(gpus)} × {name}"
