"""Facts: made once, on demand; a failure is a value with one sentence and no path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from kreport.document.model import Gap
from kreport.errors import KreportError, NotMeasuredError
from kreport.pipeline import Facts, contained, gives, without_paths


@dataclass(frozen=True)
class A:
    value: int


@dataclass(frozen=True)
class B:
    value: int


@dataclass(frozen=True)
class C:
    value: int


def make_b(a: A) -> B:
    return B(a.value + 1)


def make_c(b: B | None) -> C:
    return C(0 if b is None else b.value + 1)


def test_values_are_made_from_what_their_makers_name() -> None:
    assert Facts({A: A(1)}, {B: make_b, C: make_c}).get(C) == C(3)


def test_each_value_is_made_once() -> None:
    made = []

    def counting(a: A) -> B:
        made.append(a)
        return B(0)

    facts = Facts({A: A(1)}, {B: counting, C: make_c})
    facts.get(C)
    facts.get(B)
    assert len(made) == 1


def test_what_needs_a_missing_value_gets_the_same_gap_under_its_own_name() -> None:
    facts = Facts({A: Gap("history", "pass history=")}, {B: make_b, C: make_c})
    assert facts.get(B) == Gap("B", "pass history=", failed=False)
    assert facts.get(C) == C(0)


def test_stages_that_need_each_other_are_named() -> None:
    def a_from_b(b: B) -> A:
        return A(b.value)

    gap = Facts({}, {A: a_from_b, B: make_b}).get(A)
    assert isinstance(gap, Gap)
    assert "A → B → A" in gap.reason


def test_a_failure_names_error_and_line_but_no_folder() -> None:
    def broken() -> A:
        message = "no file /home/somebody/secret/place.txt here"
        raise ValueError(message)

    gap = contained("stage", broken)
    assert isinstance(gap, Gap)
    assert gap.failed
    assert gap.reason == "ValueError: no file secret/place.txt here"
    assert "/home" not in gap.details
    assert "tests/test_pipeline.py:" in gap.details


def test_an_instruction_to_the_reader_is_no_failure() -> None:
    def absent() -> A:
        message = "pass data="
        raise NotMeasuredError(message)

    assert contained("stage", absent) == Gap("stage", "pass data=", failed=False)


def test_a_generator_is_run_to_its_end_inside() -> None:
    def rule() -> Iterator[int]:
        yield 1
        message = "late"
        raise RuntimeError(message)

    gap = contained("rule", rule)
    assert isinstance(gap, Gap)
    assert gap.reason == "RuntimeError: late"


def test_strict_raises_and_bad_input_always_does() -> None:
    def broken() -> A:
        raise ZeroDivisionError

    def refused() -> A:
        raise KreportError

    with pytest.raises(ZeroDivisionError):
        contained("stage", broken, strict=True)
    with pytest.raises(KreportError):
        contained("stage", refused)


def test_a_stage_without_annotations_is_a_gap_too() -> None:
    gap = Facts({}, {}).call("stage", lambda unknown: unknown)
    assert isinstance(gap, Gap)
    assert "annotate unknown" in gap.reason


def test_the_return_annotation_says_what_a_stage_gives() -> None:
    assert gives(make_b) is B


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("'/usr/lib/python3/x.py' is gone", "'python3/x.py' is gone"),
        ("ratio 1/2 and https://example.org/a/b stay", "ratio 1/2 and https://example.org/a/b stay"),
    ],
)
def test_only_absolute_paths_are_cut(text: str, short: str) -> None:
    assert without_paths(text) == short


def broken_part() -> int:
    message = "no such part"
    raise ValueError(message)


@dataclass(frozen=True)
class Whole:
    parts: tuple[int | Gap, ...]
    gap: Gap | None = None


def make_whole(a: A) -> Whole:
    return Whole(parts=(a.value, contained("a part", broken_part)))


def test_parts_that_fail_are_found_whoever_reads_them() -> None:
    def fail(a: A) -> B:
        raise ValueError(str(a))

    facts = Facts({A: A(1)}, {B: fail, Whole: make_whole})
    facts.get(B)
    facts.get(Whole)
    assert [(gap.stage, gap.failed) for gap in facts.failures()] == [("b", True), ("a part", True)]


def test_what_was_simply_not_given_is_no_failure() -> None:
    facts = Facts({A: Gap("data", "pass data="), Whole: Whole(parts=(), gap=Gap("x", "pass y="))}, {})
    assert list(facts.failures()) == []


def test_strict_reaches_the_parts_of_a_stage_but_not_where_there_is_another_way() -> None:
    def other_way(a: A) -> B:
        made = contained("one way", broken_part, strict=False)
        return B(a.value if isinstance(made, Gap) else 0)

    facts = Facts({A: A(1)}, {B: other_way, Whole: make_whole}, strict=True)
    assert facts.get(B) == B(1)
    with pytest.raises(ValueError, match="no such part"):
        facts.get(Whole)
    assert isinstance(contained("outside", broken_part), Gap)


def test_stages_are_timed_without_what_they_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("kreport.pipeline.time.perf_counter", lambda: clock[0])

    def slow(a: A) -> B:
        clock[0] += 5
        return B(a.value)

    def quick(b: B | None) -> C:
        clock[0] += 1
        return C(0 if b is None else b.value)

    facts = Facts({A: A(1)}, {B: slow, C: quick})
    facts.get(C)
    assert facts.seconds == {"B": 5.0, "C": 1.0}
