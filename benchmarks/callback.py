"""What ``ReportCallback`` adds to an epoch, beside TensorBoard's histograms: ``python -m benchmarks.callback``.

Three trainings of one small CNN on 60,000 images of 28 × 28 take turns, epoch by epoch, in one process: alone, with
``ReportCallback`` and with ``keras.callbacks.TensorBoard(histogram_freq=1)`` (``pip install tensorboard``). What a
callback adds to an epoch is measured twice: as the time spent in its own hooks, and as the difference between epochs
with it and the epochs without that were run beside them, which also has what it costs outside of its hooks, and the
noise of two epochs. Medians over all epochs but the first; it takes some five minutes on two cores and prints JSON.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

EPOCHS, IMAGES, BATCH, HELD = 7, 60_000, 128, 2_000
HOOKS = ("on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end", "on_train_batch_begin",
         "on_train_batch_end", "on_test_begin", "on_test_end", "on_test_batch_begin", "on_test_batch_end")  # fmt: skip


class Turns:
    """Lets threads run one at a time, round and round."""

    def __init__(self, count: int) -> None:
        self.locks = [threading.Semaphore(0) for _ in range(count)]
        self.alive = [True] * count
        self.locks[0].release()

    def wait(self, index: int) -> None:
        self.locks[index].acquire()

    def give(self, index: int) -> None:
        order = [(index + step) % len(self.locks) for step in range(1, len(self.locks) + 1)]
        self.locks[next((one for one in order if self.alive[one]), index)].release()


@dataclass
class Follower:
    """A training: the callback that follows it, seconds of its epochs, and seconds spent in the callback's hooks."""

    callback: Any = None
    epochs: list[float] = field(default_factory=list)
    hooks: list[float] = field(default_factory=list)
    now: float = 0.0

    def __post_init__(self) -> None:
        for name in HOOKS if self.callback is not None else ():
            hook = getattr(self.callback, name)
            if not getattr(hook, "_is_default", False):
                setattr(self.callback, name, self.timed(hook))

    def timed(self, hook: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return hook(*args, **kwargs)
            finally:
                self.now += time.perf_counter() - start

        return call


def cnn() -> Any:
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def clock(follower: Follower, turns: Turns, index: int) -> Any:
    """Return a callback that is first in its list: an epoch lasts until the next begins, callbacks included."""
    import keras

    class Clock(keras.callbacks.Callback):
        start = 0.0

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            del logs
            if epoch:
                follower.epochs.append(time.perf_counter() - self.start)
                follower.hooks.append(follower.now)
                turns.give(index)
                turns.wait(index)
            follower.now = 0.0
            self.start = time.perf_counter()

    return Clock()


def run(epochs: int) -> dict[str, Any]:
    import keras

    import kreport

    rng = np.random.default_rng(0)
    x = rng.random((IMAGES, 28, 28, 1), np.float32)
    y = rng.integers(0, 10, IMAGES)
    held, folder = (x[:HELD], y[:HELD]), Path(tempfile.mkdtemp())
    followers = [
        Follower(),
        Follower(kreport.ReportCallback(folder / "report.html", data=held)),
        Follower(keras.callbacks.TensorBoard(str(folder / "logs"), histogram_freq=1)),
    ]
    turns = Turns(len(followers))

    def train(index: int) -> None:
        turns.wait(index)
        callbacks = [clock(followers[index], turns, index), *filter(None, [followers[index].callback])]
        try:
            cnn().fit(x, y, batch_size=BATCH, epochs=epochs, validation_data=held, callbacks=callbacks, verbose=0)
        finally:
            turns.alive[index] = False
            turns.give(index)

    threads = [threading.Thread(target=train, args=(index,)) for index in range(len(followers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone, ours, theirs = followers
    return {
        "epochs": len(alone.epochs) - 1, "epoch": median(alone.epochs), "first": ours.hooks[0],
        "kreport": {"hooks": median(ours.hooks), "difference": longer(ours, alone), "epoch": median(ours.epochs)},
        "tensorboard": {
            "hooks": median(theirs.hooks), "difference": longer(theirs, alone), "epoch": median(theirs.epochs)
        },
    }  # fmt: skip


def median(seconds: list[float]) -> float:
    """Return the median, the first epoch left out: it has the traces."""
    return statistics.median(seconds[1:])


def longer(one: Follower, other: Follower) -> float:
    """Return by how many seconds epochs of one are longer than those of the other that were run beside them."""
    return median([a - b for a, b in zip(one.epochs, other.epochs, strict=True)])


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else EPOCHS)))
