"""The most memory that a call takes, where it is told: that of tensors by TensorFlow, that of the process by Linux."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

STATUS, CLEARED = Path("/proc/self/status"), Path("/proc/self/clear_refs")
"""Where Linux tells the resident memory of this process, and where its high-water mark is set back (proc_pid_status(5),
proc_pid_clear_refs(5))."""

START_ANEW = "5"
"""Written to :data:`CLEARED`, it sets the high-water mark to what is resident now."""

KIB = 1024


@dataclass(frozen=True, kw_only=True)
class PassMemory:
    """Memory at its highest while a call runs.

    Attributes:
        tensor_bytes: of its tensors, above what there was before: inputs, outputs, what lies between; None where
            TensorFlow does not tell. On a CPU these are the tensors above 256 KiB, in builds with oneDNN only.
        device: where the tensors are, ``CPU`` or ``GPU``.
        process_bytes: resident, of the whole process; None where the system does not tell.
    """

    tensor_bytes: int | None
    device: str
    process_bytes: int | None


def pass_memory(call: Callable[[], object]) -> PassMemory:
    """Run ``call`` once more and return the memory at its highest.

    The high-water marks of the process and of TensorFlow's device, which others may read, are set back before. That of
    the process alone says little of one call: memory that TensorFlow has kept of earlier ones is used again.
    """
    import tensorflow as tf

    device = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
    before, resident = _tensors_anew(device), _resident_anew()
    call()
    peak = None if before is None else tf.config.experimental.get_memory_info(f"{device}:0")["peak"] - before
    return PassMemory(
        tensor_bytes=peak or None, device=device, process_bytes=resident_bytes("VmHWM") if resident else None
    )


def _tensors_anew(device: str) -> int | None:
    """Set the mark of TensorFlow's device back and return the bytes in use, None where it does not count them."""
    import tensorflow as tf

    try:
        tf.config.experimental.reset_memory_stats(f"{device}:0")
        return int(tf.config.experimental.get_memory_info(f"{device}:0")["current"])
    except (ValueError, RuntimeError, tf.errors.OpError):
        return None


def _resident_anew() -> bool:
    """Set the high-water mark of the process back; tell whether the system can."""
    try:
        CLEARED.write_text(START_ANEW, "ascii")
        return resident_bytes("VmHWM") > 0
    except (OSError, LookupError):
        return False


def resident_bytes(line: str) -> int:
    """Return a figure of this process in bytes: ``VmRSS`` now, ``VmHWM`` at its highest.

    Raises:
        OSError: this is not Linux.
        LookupError: the system leaves the line out.
    """
    return int(STATUS.read_text("utf-8").split(f"{line}:")[1].split()[0]) * KIB
