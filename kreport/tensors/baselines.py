"""What simple models make of the same samples: a constant and a linear one, so that a network has a floor to beat."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from kreport.document.numbers import quantity

Task = Literal["classification", "regression"]

Part = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Samples to fit on and samples to predict."""

Labelled = tuple[NDArray[np.floating], NDArray[Any]]
"""Inputs of shape ``(samples, features)`` with their labels, ``(samples,)`` or ``(samples, targets)``."""

FOLDS = 5
"""Of the cross-validation, at most: a class is in each of them if it has so many samples."""

FEWEST = 2 * FOLDS
"""Samples to fit with, at least."""

COMPONENTS = 256
"""Wider inputs are fitted on so many principal components, or as many as there are."""

ITERATIONS = 100
"""Of a logistic regression, at most: scikit-learn's default."""

PENALTIES = tuple(10.0**power for power in range(-1, 6))
"""Of a ridge regression, on standardised inputs; the best one without each sample in turn is taken (Golub, Heath and
Wahba 1979), within the samples it is fitted on."""

PART = 8
"""A fit is first tried on one sample in so many, to tell how long it will take."""

MORE = 2.0
"""So many times the iterations of that trial are reckoned with where the first fold can still tell better."""

LATE = 1.25
"""Of its time a baseline may take so many times, once it has begun."""

SEED = 20
"""Of folds and of principal components."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Baseline:
    """What one simple model says of every sample.

    Attributes:
        name: ``majority class``, ``logistic regression``, ``mean`` or ``ridge regression``.
        how: on what it was fitted, in words.
        inputs: what it was given, in words; "" where it looks at none.
        predictions: class index, int64 of shape ``(samples,)``, or targets, float64 of shape ``(samples, targets)``;
            None where there are none.
        probabilities: of each of ``classes``, float64 of shape ``(samples, classes)``; None in a regression.
        classes: ascending class indices that occur, int64; empty in a regression.
        converged: False where a logistic regression ended after :data:`ITERATIONS`.
        seconds: that it took.
        missing: why there are no predictions; "" where there are.
    """

    name: str
    how: str
    inputs: str = ""
    predictions: NDArray[Any] | None = None
    probabilities: NDArray[np.float64] | None = None
    classes: NDArray[np.int64]
    converged: bool = True
    seconds: float = 0.0
    missing: str = ""


def baselines(
    x: NDArray[np.floating], y: NDArray[Any], task: Task, *, train: Labelled | None = None, seconds: float = 5.0
) -> tuple[Baseline, ...]:
    """Return a constant and a linear baseline; the same arrays give the same figures.

    Args:
        x: flattened inputs, ``(samples, features)``; NaN and infinite ones count as missing, with the mean instead.
        y: class indices, ``(samples,)``, or finite targets, ``(samples, targets)`` or ``(samples,)``.
        task: what ``y`` is.
        train: fit on these and predict all of ``x``; without them folds of ``x`` are predicted by the others.
        seconds: for both together. What would take longer has a reason instead of predictions; whether it is told so
            is all that depends on the machine.
    """
    run = _Run(x=_finite(x), y=_labels(y, task), task=task, train=None, end=0.0)
    if train is not None:
        run.train = _finite(train[0]), _labels(train[1], task)
    constant, linear, names = _makers(task, run.features)  # scikit-learn is loaded before its threads are limited
    # One thread: BLAS threads that wait for TensorFlow's, and for one another, take ten times as long.
    with warnings.catch_warnings(), threadpool_limits(limits=1):
        warnings.simplefilter("ignore")  # what has not converged and how many folds rare classes leave is told
        run.end = time.perf_counter() + seconds
        return run.blind().baseline(names[0], constant, ""), run.baseline(names[1], linear, _inputs(run.features))


@dataclass(kw_only=True, eq=False)
class _Run:
    """Samples, the folds they are in, and when time is over."""

    x: NDArray[np.floating]
    y: NDArray[Any]
    task: Task
    train: Labelled | None
    end: float

    @property
    def features(self) -> int:
        return int(self.x.shape[1])

    @property
    def fitted(self) -> NDArray[Any]:
        """The labels there are to fit on."""
        return self.y if self.train is None else self.train[1]

    @property
    def classes(self) -> NDArray[np.int64]:
        if self.task == "regression":
            return np.zeros(0, np.int64)
        return np.unique(np.concatenate((self.y, self.fitted)))

    def blind(self) -> _Run:
        """Return the same with inputs of no width and all the time there is, for what looks at none and takes none."""
        train = None if self.train is None else (self.train[0][:, :0], self.train[1])
        return replace(self, x=self.x[:, :0], train=train, end=math.inf)

    def baseline(self, name: str, make: Callable[[int], Any], inputs: str) -> Baseline:
        """Return one baseline, or why there is none; ``make`` takes the number of samples that it is fitted on."""
        start, parts = time.perf_counter(), self._parts()
        found = self._refused(parts, linear=bool(inputs)) or self._predicted(make, parts)
        how = "fitted on train_data=" if self.train else f"{len(parts)}-fold cross-validation on these samples"
        base = Baseline(
            name=name, how=how, inputs=inputs, classes=self.classes, seconds=time.perf_counter() - start
        )  # fmt: skip
        if isinstance(found, str):
            return replace(base, missing=found)
        said, chances, converged = found
        return replace(base, predictions=said, probabilities=chances, converged=converged)

    def _parts(self) -> list[Part]:
        """Return samples to fit on and samples to predict, by fold; none without enough of them.

        A class is in every fold, so that there are fewer folds where it has fewer samples; two at least.
        """
        from sklearn.model_selection import KFold, StratifiedKFold

        if self.train is not None:
            return [(np.arange(len(self.fitted)), np.arange(len(self.x)))]
        if len(self.x) < FEWEST:
            return []
        counts = np.unique(self.y, return_counts=True)[1] if self.task == "classification" else np.full(1, FOLDS)
        kind = StratifiedKFold if self.task == "classification" and counts.max() > 1 else KFold
        folds = int(np.clip(counts.min(), 2, FOLDS))
        return list(kind(folds, shuffle=True, random_state=SEED).split(self.x, self.y))

    def _refused(self, parts: Sequence[Part], *, linear: bool) -> str:
        """Return why there can be no predictions; "" where there can."""
        if not len(self.x):
            return "there are no samples"
        if len(self.fitted) < FEWEST:
            return f"there are fewer than {FEWEST} samples to fit on"
        if linear and not self.features:
            return "there are no inputs"
        if linear and self.task == "classification":
            if len(np.unique(self.fitted)) < 2:
                return "all samples are of one class"
            if any(len(np.unique(self.fitted[inside])) < 2 for inside, _ in parts):
                return "too few samples are of another class than the rest"
        return ""

    def _predicted(self, make: Callable[[int], Any], parts: Sequence[Part]) -> tuple[Any, Any, bool] | str:
        """Return predictions, probabilities and whether all fits converged; or that it would take too long."""
        source = self.train or (self.x, self.y)
        expected = len(parts) * _expected(make, source, len(parts[0][0]), longest=len(parts) == 1)
        if time.perf_counter() + expected > self.end:
            return _too_long(expected)
        said, chances = self._empty()
        converged, start = True, time.perf_counter()
        for done, (inside, outside) in enumerate(parts, 1):
            model = make(len(inside)).fit(source[0][inside], source[1][inside])
            said[outside] = model.predict(self.x[outside]).reshape(said[outside].shape)
            if chances is not None:
                columns = np.searchsorted(self.classes, model.classes_)
                chances[np.ix_(outside, columns)] = model.predict_proba(self.x[outside])
            converged = converged and _iterations(model) < ITERATIONS
            took = time.perf_counter() - start
            expected = took / done * len(parts)
            if done < len(parts) and expected > LATE * (self.end - start):
                return _too_long(expected)
        return said, chances, converged

    def _empty(self) -> tuple[NDArray[Any], NDArray[np.float64] | None]:
        if self.task == "regression":
            return np.zeros(self.y.shape), None
        return np.zeros(len(self.y), np.int64), np.zeros((len(self.y), len(self.classes)))


def _makers(task: Task, features: int) -> tuple[Callable[[int], Any], Callable[[int], Any], tuple[str, str]]:
    """Return what makes the constant and the linear model, unfitted, and their names."""
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.linear_model import LogisticRegression, RidgeCV

    if task == "classification":
        return (
            lambda _: DummyClassifier(strategy="prior"),
            lambda rows: _pipeline(rows, features, LogisticRegression(max_iter=ITERATIONS)),
            ("majority class", "logistic regression"),
        )
    return (
        lambda _: DummyRegressor(),
        lambda rows: _pipeline(rows, features, RidgeCV(alphas=PENALTIES, alpha_per_target=True)),
        ("mean", "ridge regression"),
    )


def _components(rows: int) -> int:
    return min(COMPONENTS, rows - 1)


def _pipeline(rows: int, features: int, model: Any) -> Any:
    """Return a linear model behind imputation, standardisation and, of wide inputs, principal components."""
    from sklearn.decomposition import PCA
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    narrow = [PCA(_components(rows), random_state=SEED)] if features > COMPONENTS else []
    return make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), *narrow, model)


def _inputs(features: int) -> str:
    if features <= COMPONENTS:
        return "standardised inputs"
    return f"up to {COMPONENTS} principal components of the standardised inputs"


def _expected(make: Callable[[int], Any], source: Labelled, fitted: int, *, longest: bool) -> float:
    """Return about how many seconds a fit takes, from one on part of the samples; 0 for a constant.

    Steps before the model take time by samples and components; a logistic regression also by classes and iterations.

    Args:
        make: returns the unfitted model.
        source: what it is to be fitted on.
        fitted: how many samples of it.
        longest: whether to tell the time of all iterations: of a single fit, which nothing can stop.
    """
    x, y = source
    rows = max(FEWEST, fitted // PART)
    order = np.argsort(y, kind="stable") if y.ndim == 1 else np.arange(len(y))
    chosen = order[np.linspace(0, len(y) - 1, rows).astype(np.intp)]  # the first and the last class are among them
    model = make(rows)
    steps = getattr(model, "steps", None)
    if steps is None:
        return 0.0
    start = time.perf_counter()
    z = model[:-1].fit_transform(x[chosen])
    before = time.perf_counter() - start
    model[-1].fit(z, y[chosen])
    within = time.perf_counter() - start - before
    if _iterations(model):
        more = ITERATIONS / _iterations(model)
        within *= (more if longest else min(more, MORE)) * len(np.unique(y)) / len(np.unique(y[chosen]))
    wider = _components(fitted) / _components(rows) if x.shape[1] > COMPONENTS else 1.0
    return fitted / rows * wider * (before + within)


def _iterations(model: Any) -> int:
    """Return the iterations that a fit took; 0 where it has none."""
    last = model[-1] if hasattr(model, "steps") else model
    return int(np.max(getattr(last, "n_iter_", 0)))


def _too_long(expected: float) -> str:
    return f"it would take about {quantity(expected, 'seconds')}"


def _finite(x: NDArray[np.floating]) -> NDArray[np.floating]:
    kind = np.float32 if x.dtype == np.float32 else np.float64
    return np.where(np.isfinite(x), x, np.nan).astype(kind, copy=False)


def _labels(y: Sequence[Any] | NDArray[Any], task: Task) -> NDArray[Any]:
    if task == "classification":
        return np.asarray(y, np.int64)
    targets = np.asarray(y, np.float64)
    return targets if targets.ndim > 1 else targets[:, None]
