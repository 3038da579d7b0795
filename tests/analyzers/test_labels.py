"""Names in charts: short, unique, and telling what tells two apart."""

from __future__ import annotations

import pytest

from kreport.analyzers._labels import numbered, short_labels, variable_labels


@pytest.mark.parametrize(
    ("identities", "labels"),
    [
        (["conv", "block / dense"], ["conv", "dense"]),
        (["a / attention / query", "b / attention / query"], ["a / attention / query", "b / attention / query"]),
        (["both / forward / cell", "both / backward / cell"], ["forward / cell", "backward / cell"]),
        (["conv", "block / conv"], ["conv", "block / conv"]),
        (["conv", "conv"], ["conv", "conv #2"]),
        ([], []),
    ],
)
def test_have_as_many_parents_as_tell_them_apart(identities, labels):
    assert short_labels(identities) == labels


def test_are_cut_and_stay_apart():
    found = short_labels(["x" * 40, "y" * 20 + "x" * 40, "x" * 41])
    assert len(set(found)) == 3
    assert all(len(name) <= 33 for name in found)


def test_of_variables_name_them_only_where_a_layer_has_several():
    variables = [
        ("both / forward / cell", "kernel"), ("both / forward / cell", "recurrent_kernel"),
        ("both / backward / cell", "kernel"), ("out", "kernel"), ("", "scale"), ("", "shift"),
    ]  # fmt: skip
    assert variable_labels(variables) == [
        "forward / cell/kernel", "forward / cell/recurrent", "backward / cell", "out", "scale", "shift",
    ]  # fmt: skip


def test_equal_names_are_numbered():
    assert numbered(["cat", "dog", "cat", "cat"]) == ["cat", "dog", "cat #2", "cat #3"]
