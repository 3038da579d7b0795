"""What ``ReportCallback`` adds to an epoch, beside TensorBoard's histograms: ``callback.py`` prints JSON.

Three trainings of one small CNN on 60,000 images of 28 × 28 take turns, epoch by epoch, in one process: alone, with
``ReportCallback`` and with ``keras.callbacks.TensorBoard(histogram_freq=1)``. What a callback adds is the time spent in
its own hooks; the epochs' own times stand beside it, as they are noisier than what is added.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

EPOCHS, IMAGES, BATCH = 6, 60_000, 128
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


def timed(callback: Any) -> tuple[Any, dict[str, Any]]:
    """Return the callback with hooks that note how long they took: per epoch, and at begin and end."""
    spent: dict[str, Any] = {"now": 0.0, "epochs": [], "begin": 0.0}

    def wrapped(hook: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return hook(*args, **kwargs)
            finally:
                spent["now"] += time.perf_counter() - start

        return call

    for name in HOOKS:
        hook = getattr(callback, name)
        if not getattr(hook, "_is_default", False):
            setattr(callback, name, wrapped(hook))
    return callback, spent


def run() -> dict[str, Any]:
    import keras

    import kreport

    rng = np.random.default_rng(0)
    x = rng.random((IMAGES, 28, 28, 1), np.float32)
    y = rng.integers(0, 10, IMAGES)
    held = x[:2000], y[:2000]
    folder = Path(tempfile.mkdtemp())
    followers: dict[str, Any] = {"alone": None}
    followers["kreport"] = timed(kreport.ReportCallback(folder / "report.html", data=held))
    followers["tensorboard"] = timed(keras.callbacks.TensorBoard(str(folder / "logs"), histogram_freq=1))
    turns, epochs = Turns(len(followers)), {name: [] for name in followers}

    class Clock(keras.callbacks.Callback):
        """First in the list: an epoch lasts from its begin to the begin of the next, callbacks included."""

        def __init__(self, name: str, index: int, spent: Any) -> None:
            super().__init__()
            self.name, self.index, self.spent, self.start = name, index, spent, 0.0

        def note(self) -> None:
            epochs[self.name].append(time.perf_counter() - self.start)
            if self.spent:
                self.spent["epochs"].append(self.spent["now"])

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch:
                self.note()
                turns.give(self.index)
                turns.wait(self.index)
            elif self.spent:
                self.spent["begin"] = self.spent["now"]
            if self.spent:
                self.spent["now"] = 0.0
            self.start = time.perf_counter()

    def train(name: str, index: int) -> None:
        turns.wait(index)
        follower = followers[name]
        clock = Clock(name, index, follower and follower[1])
        callbacks = [clock, *([follower[0]] if follower else [])]
        try:
            model = cnn()
            model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, validation_data=held, callbacks=callbacks, verbose=0)
        finally:
            turns.alive[index] = False
            turns.give(index)

    threads = [threading.Thread(target=train, args=(name, index)) for index, name in enumerate(followers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = statistics.median(epochs["alone"][1:])
    ours, theirs = (followers[name][1] for name in ("kreport", "tensorboard"))
    return {
        "epoch": alone,
        "epoch with": {name: statistics.median(epochs[name][1:]) for name in ("kreport", "tensorboard")},
        "added": statistics.median(ours["epochs"][1:]), "first": ours["epochs"][0], "begin": ours["begin"],
        "tensorboard": statistics.median(theirs["epochs"][1:]), "tensorboard begin": theirs["begin"],
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(run()))
    sys.exit(0)
