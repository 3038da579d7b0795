"""Names in charts are short and unique."""

from kreport.analyzers._weights.labels import cut, labels, named, worded
from kreport.analyzers._weights.stats import VariableStats
from kreport.document.text import Name


def variable(layer: str, name: str = "kernel") -> VariableStats:
    return VariableStats(layer=layer, name=name, role="kernel", shape=(), dtype="", trainable=True, values=None)


def test_parents_and_variables_are_named_only_where_needed() -> None:
    made = [
        variable("enc / dense"),
        variable("dec / dense"),
        variable("conv"),
        variable("lstm"),
        variable("lstm", "recurrent_kernel"),
    ]
    assert labels(made) == ["enc / dense", "dec / dense", "conv", "lstm/kernel", "lstm/recurrent"]


def test_a_name_in_a_sentence_is_that_of_the_chart() -> None:
    made = [variable("a / query"), variable("b / query"), variable("c")]
    assert (named(made[1], made).text, named(made[2], made)) == ("b / query", Name("c", layer="c"))


def test_labels_are_unique_even_when_cut() -> None:
    long = "x" * 100
    assert len(set(labels([variable(f"{long}{i}{long}") for i in range(3)]))) == 3
    assert len(cut(long)) == 30


def test_small_numbers_are_words() -> None:
    assert (worded(9), worded(10), worded(1234)) == ("nine", "10", "1,234")
