"""What an output is for: told by loss, shape and labels, or by the user; never guessed."""

from __future__ import annotations

import numpy as np
import pytest

from kreport.errors import KreportError
from kreport.inputs.expected import OutputSpec
from kreport.inputs.tasks import task_of, with_tasks

N = 12
YES_NO = np.arange(N) % 2
CLASSES = np.arange(N) % 3


@pytest.mark.parametrize(
    ("loss", "shape", "made", "labels", "expected"),
    [
        ("sparse_categorical_crossentropy", (None, 3), True, CLASSES, ("multi-class", 3, False)),
        ("categorical_crossentropy", (None, 3), True, np.eye(3)[CLASSES], ("multi-class", 3, False)),
        ("sparse_categorical_crossentropy", (None, 5, 3), True, np.zeros((N, 5), int), ("multi-class", 3, True)),
        ("binary_crossentropy", (None, 1), True, YES_NO, ("binary", 2, False)),
        ("binary_crossentropy", (None, 8, 8, 1), True, np.zeros((N, 8, 8, 1)), ("binary", 2, True)),
        ("binary_crossentropy", (None, 4), True, np.ones((N, 4)), ("multi-label", 4, False)),
        ("binary_crossentropy", (None, 4), True, np.full((N, 4), 0.3), ("reconstruction", 4, False)),
        ("mse", (None, 2), False, np.zeros((N, 2)), ("regression", 2, False)),
        ("mse", (None, 5, 2), False, np.zeros((N, 5, 2)), ("regression", 2, True)),
        ("mse", (None, 8, 8, 3), False, np.zeros((N, 8, 8, 3)), ("reconstruction", 192, False)),
        ("my_own", (None, 3), True, CLASSES, ("multi-class", 3, False)),
        ("", (None, 3), True, np.eye(3)[CLASSES], ("multi-class", 3, False)),
        ("", (None, 3), True, np.ones((N, 3), int), ("multi-label", 3, False)),
        ("", (None, 1), True, YES_NO, ("binary", 2, False)),
        ("", (None, 1), False, np.linspace(0, 1, N), ("regression", 1, False)),
        ("", (None, 1), False, YES_NO, ("", 0, False)),
        ("hinge", (None, 1), False, 2 * YES_NO - 1, ("", 0, False)),
        ("sparse_categorical_crossentropy", (None, 3), True, np.zeros((N, 7)), ("", 0, False)),
        ("mse", (None, 3), False, np.zeros((N, 1)), ("", 0, False)),
    ],
)
def test_tasks_are_told_by_loss_shape_and_labels(loss, shape, made, labels, expected):
    found = task_of(OutputSpec(name="out", loss=loss), shape, probabilities=made, labels=labels)
    assert (found.kind, found.classes, found.per_position) == expected
    assert bool(found.reason) == (not found.kind)


def test_labels_that_are_the_input_are_to_be_made_anew():
    x = np.random.default_rng(0).integers(0, 2, (N, 6))
    found = task_of(
        OutputSpec(name="out", loss="binary_crossentropy"), (None, 6), probabilities=True, labels=x, inputs=[x]
    )
    assert found.kind == "reconstruction"


@pytest.mark.parametrize(("labels", "words"), [(None, "not given"), (np.array(["a"] * N), "not plain numbers")])
def test_without_numbers_there_is_no_task(labels, words):
    found = task_of(OutputSpec(name="out", loss="mse"), (None, 1), probabilities=False, labels=labels)
    assert found.kind == ""
    assert words in found.reason


def test_labels_that_are_the_tokens_are_classes_where_the_loss_says_so():
    tokens = np.arange(N * 5).reshape(N, 5) % 3
    spec = OutputSpec(name="out", loss="sparse_categorical_crossentropy")
    found = task_of(spec, (None, 5, 3), probabilities=True, labels=tokens, inputs=[tokens])
    assert (found.kind, found.classes, found.per_position) == ("multi-class", 3, True)


@pytest.mark.parametrize(
    ("task", "width", "labels", "words"),
    [
        ("binary", 3, CLASSES, "it has 3 columns, which are too many for task='binary'"),
        ("multi-class", 1, YES_NO, "it has one column, which is too few for task='multi-class'"),
        ("multi-label", 3, CLASSES, "its labels have another shape, which does not go with task='multi-label'"),
        ("regression", 3, CLASSES, "which does not go with task='regression'"),
        ("reconstruction", 3, CLASSES, "which does not go with task='reconstruction'"),
    ],
)
def test_a_task_that_does_not_go_with_the_output_is_said(task, width, labels, words):
    found = task_of(OutputSpec(name="out", task=task), (None, width), probabilities=True, labels=labels)
    assert found.kind == ""
    assert words in found.reason


def test_what_the_user_says_goes_first():
    outputs = (OutputSpec(name="a", loss="mse"), OutputSpec(name="b"))
    assert [o.task for o in with_tasks(outputs, "binary")] == ["binary", "binary"]
    assert [o.task for o in with_tasks(outputs, {"b": "regression"})] == ["", "regression"]
    assert with_tasks(outputs, None) == outputs
    told = with_tasks(outputs, "binary")[0]
    assert task_of(told, (None, 1), probabilities=False, labels=YES_NO).kind == "binary"


@pytest.mark.parametrize(
    ("task", "words"),
    [("clustering", "`task` is 'clustering'; accepted are 'binary'"), ({"c": "binary"}, "`task` names the output 'c'")],
)
def test_what_is_no_task_gets_one_sentence(task, words):
    with pytest.raises(KreportError, match=words):
        with_tasks((OutputSpec(name="a"),), task)
