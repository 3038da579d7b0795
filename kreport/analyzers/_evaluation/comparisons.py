"""What is measured beside the scores: the worst samples and slices, simple models, the training data."""

from __future__ import annotations

from dataclasses import dataclass

from kreport.probes.samples.inputs import InputView


@dataclass(frozen=True, kw_only=True, eq=False)
class WorstSample:
    """A sample that the model is far off with.

    Attributes:
        index: in the data.
        label, said: in words; "" where they are no single class or number.
        share: probability of the class said; None for numbers.
        error: mean absolute error, or share of answers that are wrong; None for classes.
        suspect: whether the label itself may be wrong.
        input: as it is shown; None where it is not.
    """

    index: int
    label: str
    said: str
    share: float | None
    error: float | None
    suspect: bool = False
    input: InputView | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Slice:
    """Samples that have something in common.

    Attributes:
        column: what they are told apart by: ``brightness``, the name of a column …
        range: what they have in common, in words.
        samples: how many.
        value: of the score; low, high: its 95 % interval.
    """

    column: str
    range: str
    samples: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Slices:
    """The worst slices with enough samples.

    Attributes:
        score: what is looked at: ``accuracy`` or ``mean absolute error``; share: whether it is written in percent.
        overall: of all samples looked at; samples: how many these are.
        columns: what was looked at; tested: how many slices.
        worst: those that stand out most first.
    """

    score: str
    share: bool
    overall: float
    samples: int
    columns: tuple[str, ...]
    tested: int
    worst: tuple[Slice, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Rival:
    """The network or a baseline on the same samples.

    Attributes:
        name: ``this network``, ``logistic regression`` …
        how: how it was made, in words; "" for the network.
        value: of the score; None where there is none, for the reason that ``how`` tells.
        low, high: 95 % interval.
    """

    name: str
    how: str
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Baselines:
    """Does the network earn its keep?

    Attributes:
        score: that is compared, of which more is better; share: whether it is written in percent.
        samples: that all are compared on.
        rivals: the network first.
        ahead: interval of the network's lead over the best of the others, positive where the network is better.
    """

    score: str
    share: bool
    samples: int
    rivals: tuple[Rival, ...]
    ahead: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Generalisation:
    """One score on the training data and on the data of the report.

    Attributes:
        name: of the score; share, direction: as of :class:`Score`.
        train, value: on each; gap: how much better it is on the training data; low, high: 95 % interval of the gap.
        train_answers: how many ``train`` is over.
    """

    name: str
    share: bool
    direction: str
    train: float
    value: float
    gap: float
    low: float | None
    high: float | None
    train_answers: int
