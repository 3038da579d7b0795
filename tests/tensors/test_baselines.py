"""Baselines are what scikit-learn's plain pipelines give, told for every sample, in time or with a reason."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_info

from kreport.tensors import baselines as module
from kreport.tensors.baselines import COMPONENTS, PENALTIES, SEED, baselines

PATIENT = 600.0
RANDOM = np.random.default_rng(5)


def stratified(folds: int = 5) -> Any:
    return StratifiedKFold(folds, shuffle=True, random_state=SEED)


@pytest.mark.parametrize(
    ("load", "majority", "logistic"),
    [pytest.param(load_digits, 0.10, 0.97, id="digits"), pytest.param(load_breast_cancer, 0.63, 0.975, id="cancer")],
)
def test_known_data_has_the_accuracies_known_of_it(load: Any, majority: float, logistic: float) -> None:
    x, y = load(return_X_y=True)
    constant, linear = baselines(x, y, "classification", seconds=PATIENT)
    assert accuracy_score(y, constant.predictions) == pytest.approx(majority, abs=0.01)
    assert accuracy_score(y, linear.predictions) == pytest.approx(logistic, abs=0.01)
    assert linear.converged
    assert (linear.how, linear.inputs) == ("5-fold cross-validation on these samples", "standardised inputs")


def test_the_linear_part_of_diabetes_is_found() -> None:
    x, y = load_diabetes(return_X_y=True)
    constant, linear = baselines(x, y, "regression", seconds=PATIENT)
    assert (constant.name, linear.name) == ("mean", "ridge regression")
    assert -0.02 < r2_score(y, constant.predictions) <= 0
    assert r2_score(y, linear.predictions) == pytest.approx(0.49, abs=0.02)
    assert linear.probabilities is None
    assert linear.predictions.shape == (len(y), 1)


def test_classes_are_those_of_a_plain_pipeline() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    _, found = baselines(x, y, "classification", seconds=PATIENT)
    plain = make_pipeline(StandardScaler(), LogisticRegression())
    expected = cross_val_predict(plain, x, y, cv=stratified(), method="predict_proba")
    np.testing.assert_allclose(found.probabilities, expected, atol=1e-6)
    np.testing.assert_array_equal(found.predictions, expected.argmax(1))


def test_targets_are_those_of_a_plain_pipeline() -> None:
    x, y = load_diabetes(return_X_y=True)
    both = np.stack([y, x[:, 2] * 9], 1)
    _, found = baselines(x, both, "regression", seconds=PATIENT)
    folds = KFold(5, shuffle=True, random_state=SEED)
    for column in range(2):
        plain = make_pipeline(StandardScaler(), RidgeCV(alphas=PENALTIES))
        expected = cross_val_predict(plain, x, both[:, column], cv=folds)
        np.testing.assert_allclose(found.predictions[:, column], expected, rtol=1e-6)


def test_with_training_data_it_is_fitted_there_and_every_sample_is_predicted() -> None:
    x, y = load_digits(return_X_y=True)
    constant, linear = baselines(x[:300], y[:300], "classification", train=(x[300:], y[300:]), seconds=PATIENT)
    plain = make_pipeline(StandardScaler(), LogisticRegression()).fit(x[300:], y[300:])
    np.testing.assert_array_equal(linear.predictions, plain.predict(x[:300]))
    np.testing.assert_allclose(linear.probabilities, plain.predict_proba(x[:300]), atol=1e-5)
    assert linear.how == constant.how == "fitted on train_data="
    assert set(constant.predictions) == {np.bincount(y[300:]).argmax()}


def test_wide_inputs_go_through_principal_components() -> None:
    y = np.repeat([0, 1, 2], 40)
    x = RANDOM.normal(size=(120, 2 * COMPONENTS)) + RANDOM.normal(size=(3, 2 * COMPONENTS))[y] * 0.4
    _, found = baselines(x, y, "classification", train=(x, y), seconds=PATIENT)
    plain = make_pipeline(StandardScaler(), PCA(119, random_state=SEED), LogisticRegression()).fit(x, y)
    np.testing.assert_allclose(found.probabilities, plain.predict_proba(x), atol=1e-4)
    assert "principal components" in found.inputs
    _, held_out = baselines(x, y, "classification", seconds=PATIENT)
    assert accuracy_score(y, held_out.predictions) > 0.8


def test_no_sample_is_predicted_by_a_model_that_saw_it() -> None:
    x, y = np.eye(60), RANDOM.integers(0, 2, 60)  # each sample has an input of its own: nothing is to be learned
    _, found = baselines(x, y, "classification", seconds=PATIENT)
    assert accuracy_score(y, found.predictions) < 0.75
    _, seen = baselines(x, y, "classification", train=(x, y), seconds=PATIENT)
    assert accuracy_score(y, seen.predictions) == 1


def test_a_constant_knows_how_often_classes_occur() -> None:
    y = np.repeat([3, 7], [40, 60])
    constant, _ = baselines(RANDOM.normal(size=(100, 2)), y, "classification", seconds=PATIENT)
    np.testing.assert_array_equal(constant.classes, [3, 7])
    np.testing.assert_allclose(constant.probabilities, np.tile([0.4, 0.6], (100, 1)))
    assert log_loss(y, constant.probabilities) == pytest.approx(-0.4 * np.log(0.4) - 0.6 * np.log(0.6))
    assert constant.inputs == ""


def test_what_is_missing_or_infinite_has_the_mean_instead() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    x = np.hstack([x, np.ones((len(x), 1)), np.full((len(x), 1), np.nan)])  # a constant, and nothing at all
    holes = RANDOM.random(x.shape) < 0.1
    x[holes] = np.where(RANDOM.random(int(holes.sum())) < 0.5, np.nan, np.inf)
    _, found = baselines(x, y, "classification", seconds=PATIENT)
    plain = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), LogisticRegression())
    holed = np.where(np.isfinite(x), x, np.nan)
    expected = cross_val_predict(plain, holed, y, cv=stratified(), method="predict_proba")
    np.testing.assert_allclose(found.probabilities, expected, atol=1e-6)
    assert np.isinf(x).any()  # what was given stays as it is


@pytest.mark.parametrize(("rarest", "folds"), [(9, 5), (3, 3), (1, 2)])
def test_rare_classes_leave_fewer_folds(rarest: int, folds: int) -> None:
    y = np.repeat([0, 1, 2], [30, 30, rarest])
    _, found = baselines(RANDOM.normal(size=(len(y), 3)), y, "classification", seconds=PATIENT)
    assert found.how == f"{folds}-fold cross-validation on these samples"
    np.testing.assert_allclose(found.probabilities.sum(1), 1)


def test_one_class_alone_has_a_constant_only() -> None:
    constant, linear = baselines(np.ones((20, 2)), np.full(20, 4), "classification")
    np.testing.assert_array_equal(constant.predictions, np.full(20, 4))
    np.testing.assert_array_equal(constant.probabilities, np.ones((20, 1)))
    assert linear.missing == "all samples are of one class"
    assert linear.predictions is None
    _, lonely = baselines(np.ones((20, 2)), np.eye(20, dtype=int)[0], "classification")
    assert lonely.missing == "too few samples are of another class than the rest"


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("count", [0, 1, 3, 9])
def test_too_few_samples_are_told(task: Any, count: int) -> None:
    for found in baselines(np.ones((count, 2)), np.zeros(count), task):
        assert found.predictions is None
        assert found.missing in ("there are no samples", "there are fewer than 10 samples to fit on")


def test_each_class_once_is_no_error() -> None:
    _, found = baselines(RANDOM.normal(size=(12, 2)), np.arange(12), "classification", seconds=PATIENT)
    assert accuracy_score(np.arange(12), found.predictions) == 0


def test_without_inputs_there_is_a_constant_only() -> None:
    constant, linear = baselines(np.zeros((20, 0)), np.arange(20.0), "regression")
    assert constant.predictions is not None
    assert linear.missing == "there are no inputs"


def test_what_would_take_too_long_is_not_begun() -> None:
    y = np.arange(8000) % 20
    x = RANDOM.normal(size=(8000, 200)) + RANDOM.normal(size=(20, 200))[y]
    baselines(x[:50], y[:50], "classification")  # scikit-learn is loaded
    start = time.perf_counter()
    constant, linear = baselines(x, y, "classification", seconds=0.3)
    assert time.perf_counter() - start < 2
    assert constant.predictions is not None
    assert linear.predictions is None
    assert linear.missing.startswith("it would take about ")


def test_folds_that_take_longer_than_thought_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_expected", lambda *_, **__: 0.0)
    made: list[int] = []
    pipeline = module._pipeline

    def slow(*args: Any) -> Any:
        made.append(1)
        time.sleep(0.1)
        return pipeline(*args)

    monkeypatch.setattr(module, "_pipeline", slow)
    x, y = load_breast_cancer(return_X_y=True)
    _, linear = baselines(x, y, "classification", seconds=0.2)
    assert len(made) == 1
    assert linear.missing.startswith("it would take about ")


def test_a_fit_that_has_not_converged_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ITERATIONS", 3)
    x, y = load_digits(return_X_y=True)
    assert not baselines(x, y, "classification", seconds=PATIENT)[1].converged


def test_the_same_arrays_give_the_same_figures_and_threads_are_as_before() -> None:
    x, y = load_digits(return_X_y=True)
    wide = np.hstack([x, RANDOM.normal(size=(len(x), COMPONENTS))]).astype(np.float32)
    before = [pool["num_threads"] for pool in threadpool_info()]
    one, other = (baselines(wide, y, "classification", seconds=PATIENT)[1] for _ in range(2))
    np.testing.assert_array_equal(one.probabilities, other.probabilities)
    assert [pool["num_threads"] for pool in threadpool_info()] == before


@settings(max_examples=25, deadline=None)
@given(
    st.integers(10, 40), st.integers(1, 6), st.integers(1, 5), st.sampled_from(["classification", "regression"]),
    st.booleans(), st.integers(0, 99),
)  # fmt: skip
def test_every_sample_has_a_prediction_or_there_is_a_reason(
    samples: int, features: int, kinds: int, task: Any, trained: bool, seed: int
) -> None:
    random = np.random.default_rng(seed)
    x = np.where(random.random((samples, features)) < 0.1, np.nan, random.normal(size=(samples, features)))
    labels = random.integers(0, kinds, samples) if task == "classification" else random.normal(size=(samples, kinds))
    for found in baselines(x, labels, task, train=(x, labels) if trained else None, seconds=PATIENT):
        assert (found.predictions is None) == bool(found.missing)
        if found.predictions is not None:
            assert found.predictions.shape == labels.shape
            assert np.isfinite(found.predictions).all()
        if found.probabilities is not None:
            assert found.probabilities.shape == (samples, len(found.classes))
            np.testing.assert_allclose(found.probabilities.sum(1), 1)
            assert set(found.predictions) <= set(found.classes)
