"""What the curves say, in sentences: pure functions of the measurement, with a neutral noun as the way out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from kreport.analyzers._metric_names import capital, said
from kreport.analyzers._training.curves import LOSS, Best, Metric, RunCurves, Series, TrainingCurves
from kreport.document.numbers import plural, quantity
from kreport.document.text import CodeSpan, Name, Span, Strong, Text

FLAT = 0.03
"""A curve is flat since its best epoch when it lost less than 3 % of what it had gained; rule of thumb."""

CLOSE = 0.15
"""And when its last value is within 15 % of the best; rule of thumb."""

WORSE = 0.1
"""It has become worse when it lost more than 10 % of it; rule of thumb."""

WHILE = 3
"""Epochs after the best one from which either is said."""

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def lede(measured: TrainingCurves) -> Text:
    """Return the section's sentence."""
    if not measured.epochs:
        return _compiled(measured)
    if measured.runs > 1:
        return _runs(measured)
    run = measured.curves[0]
    metric = main_loss(run) or (run.metrics[0] if run.metrics else None)
    if metric is None:
        return f"{plural(run.rows, 'epoch')} without a metric."
    series = metric.validation or metric.training
    if series is None:
        return f"{plural(run.rows, 'epoch')}."
    return (*_course(metric, series, run), *_not_finite(run), *_score(measured.headline, metric, run))


def main_loss(run: RunCurves) -> Metric | None:
    """Return the loss of a run; None if it has none."""
    return run.metric(LOSS)


def _compiled(measured: TrainingCurves) -> Text:
    config = measured.config
    if measured.curves:
        return "The history holds no epochs."
    if config is None or not config.optimizers:
        return "No history was given."
    names = [Name(name) for name in dict.fromkeys(config.loss_names)][:3]
    losses: list[Span] = []
    for name in names:
        losses += [" and ", name] if losses else [" and the loss ", name]
    told = next(iter(measured.notes), "")
    curves: tuple[Span, ...] = (CodeSpan("history="), " brings the curves.")
    if told:
        curves = (f"{told[:1].lower()}{told[1:]}",)
    return (f"Compiled with {config.optimizer_name}", *losses, "; ", *curves)


def _course(metric: Metric, series: Series, run: RunCurves) -> tuple[Span, ...]:
    what = f"{'Validation' if metric.validation else 'Training'} {said(metric.name)}"
    if series.bad_count == series.count:
        return (f"{what} is ", Strong("never a number"), f" in {plural(series.count, 'epoch')}.")
    if series.count == 1:
        return (f"One epoch{'' if run.rows == 1 else ' of ' + str(run.rows)}: ", *_single(metric))
    if series.best is None or series.best_epoch is None:
        ends = f"from {shown(series.first, metric)} to {shown(series.last, metric)}"
        return (f"{what} goes {ends} in {plural(run.rows, 'epoch')}.",)
    if constant(series):
        return (f"{what} stays at {shown(series.last, metric)} in all {plural(run.rows, 'epoch')}.",)
    extreme = "lowest" if metric.direction == "lower" else "highest"
    where = Strong(f"epoch {series.best_epoch:,} of {run.last_epoch:,}")
    return (f"{what} is {extreme} at ", where, *_after(metric, series, run))


def _single(metric: Metric) -> tuple[str, ...]:
    parts = [
        f"{split} {said(metric.name)} {shown(series.last, metric)}"
        for split, series in (("validation", metric.validation), ("training", metric.training)) if series
    ]  # fmt: skip
    return (", ".join(parts), ".")


def _after(metric: Metric, series: Series, run: RunCurves) -> tuple[str, ...]:
    """Return how a curve ends, after the words for its best epoch."""
    if series.bad_count:
        return (".",)
    left = series.last_epoch - (series.best_epoch or 0)
    if left <= 0:
        last = ", the last" if series.last_epoch == run.last_epoch else ", the last that was validated"
        moving = "falling" if metric.direction == "lower" else "rising"
        return (f"{last}; it was still {moving}." if still_moving(series) else f"{last}.",)
    loss = lost(series)
    if loss is not None and loss > WORSE and left >= WHILE:
        verb = "risen" if metric.direction == "lower" else "fallen"
        return (f" ({shown(series.best or 0.0, metric)}) and has {verb} to {shown(series.last, metric)} since.",)
    gained = "the last epoch" if left == 1 else f"the last {worded(left)} epochs"
    return (f"; {gained} gained nothing.",)


def _not_finite(run: RunCurves) -> tuple[Span, ...]:
    loss = main_loss(run)
    both = (("training", loss.training), ("validation", loss.validation)) if loss else ()
    found = [(split, series) for split, series in both if series and 0 < series.bad_count < series.count]
    if not found:
        return ()
    split, series = max(found, key=lambda item: item[1].bad_count)
    return (f" The {split} loss is NaN or infinite at {epochs_of(series)}.",)


def _score(best: Best | None, metric: Metric, run: RunCurves) -> tuple[Span, ...]:
    """Return the sentence about the main score beside the loss."""
    found = run.metric(best.metric) if best else None
    if best is None or found is None or best.metric == metric.name or run.rows == 1:
        return ()
    what = f"{capital(best.split)} {said(best.metric)}"
    extreme = "lowest" if best.direction == "lower" else "highest"
    return (f" {what} is {extreme} at epoch {best.epoch:,}: {shown(best.value, found)}.",)


def epochs_of(series: Series) -> str:
    """Return where a series is no number: ``epochs 3, 4 and 5``."""
    listing = listed([f"{epoch:,}" for epoch in series.bad], more=series.bad_count - len(series.bad))
    return f"{'epoch' if series.bad_count == 1 else 'epochs'} {listing}"


def _runs(measured: TrainingCurves) -> Text:
    lengths = sorted(run.rows for run in measured.curves)
    span = f"{lengths[0]}" if lengths[0] == lengths[-1] else f"{lengths[0]} to {lengths[-1]}"
    opening = f"{measured.runs} runs of {span} epochs"
    losses = [(run, metric) for run in measured.curves if (metric := main_loss(run))]
    validated = [(run, m.validation) for run, m in losses if m.validation and m.validation.best is not None]
    best = validated or [(run, m.training) for run, m in losses if m.training and m.training.best is not None]
    values = [(series.best, series.best_epoch, run.name) for run, series in best if series.best is not None]
    if not values:
        return f"{opening}."
    low, epoch, name = min(values, key=lambda item: item[0])
    split = "validation" if validated else "training"
    mean = math.fsum(value for value, _, _ in values) / len(values)
    return (
        f"{opening}: the best {split} losses average ", Strong(quantity(mean)),
        f", from {quantity(low)} (", Name(name), f", epoch {epoch}) to {quantity(max(v for v, _, _ in values))}.",
    )  # fmt: skip


def constant(series: Series) -> bool:
    """Tell whether all kept values are the same."""
    return series.bad_count == 0 and bool((series.values == series.values[0]).all())


def lost(series: Series) -> float | None:
    """Return what was lost between the best and the last value, over what was gained from the first to the best."""
    if series.best is None or not all(map(math.isfinite, (series.first, series.last))):
        return None
    gained = abs(series.first - series.best)
    return abs(series.last - series.best) / gained if gained else None


def _close(series: Series) -> bool:
    """Tell whether the last value is near the best one, as a share of it: what is flat on a log scale too."""
    return series.best is not None and abs(series.last - series.best) <= CLOSE * abs(series.best)


def still_moving(series: Series) -> bool:
    """Tell whether the last three steps all went on, and took at least 3 % of the whole way."""
    if len(series.values) < WHILE + 2 or series.best is None or series.best_epoch != series.last_epoch:
        return False
    tail = series.values[-WHILE - 1 :]
    steps = tail[1:] - tail[:-1]
    way = abs(series.first - series.best)
    one_way = bool((steps < 0).all() or (steps > 0).all())
    return one_way and bool(abs(tail[0] - tail[-1]) >= FLAT * way > 0)


def curve_title(metric: Metric) -> str:
    """Return the title of a metric's chart."""
    noun = capital(said(metric.name))
    series = metric.validation or metric.training
    if series is None or series.best is None or series.best_epoch is None or series.count == 1:
        return noun
    if constant(series):
        return f"{noun}: {shown(series.last, metric)} throughout"
    if series.bad_count:
        return f"{noun}: not a number at {plural(series.bad_count, 'epoch')}"
    if metric.share and metric.direction == "higher":
        return (
            f"{noun}: {shown(series.best, metric)} {'on validation' if metric.validation else 'in training'}, at best"
        )
    since, loss = series.last_epoch - series.best_epoch, lost(series)
    if since >= WHILE and loss is not None and loss < FLAT and _close(series):
        return f"{noun}: flat since epoch {series.best_epoch:,}"
    if since >= WHILE and loss is not None and loss > WORSE:
        return f"{noun}: {'rising' if metric.direction == 'lower' else 'falling'} since epoch {series.best_epoch:,}"
    if still_moving(series):
        return f"{noun}: still {'falling' if metric.direction == 'lower' else 'rising'} at epoch {series.last_epoch:,}"
    return noun


def gap_title(metric: Metric) -> str:
    """Return the title of the chart of gaps."""
    return "Gap" if metric.gap is None else f"Gap: {quantity(metric.gap)} at the end"


def rate_title(series: Series) -> str:
    """Return the title of the learning rate's chart."""
    changes = changed_at(series)
    if series.bad_count or not changes:
        return "Learning rate"
    sizes = {after < before for _, before, after in changes}
    if len(changes) > WHILE or len(sizes) > 1:
        return f"Learning rate: {quantity(series.first)} to {quantity(series.last)}"
    halved = all(math.isclose(after, before / 2, rel_tol=1e-3) for _, before, after in changes)
    verb = "halved" if halved else "lowered" if sizes == {True} else "raised"
    return f"Learning rate: {verb} at {listed([str(epoch) for epoch, _, _ in changes])}"


def changed_at(series: Series) -> list[tuple[int, float, float]]:
    """Return epoch, value before and value after of each change."""
    pairs = zip(series.epochs[1:].tolist(), series.values[:-1].tolist(), series.values[1:].tolist(), strict=True)
    return [(epoch, before, after) for epoch, before, after in pairs if not math.isclose(before, after, rel_tol=1e-6)]


def time_title(series: Series) -> str:
    """Return the title of the chart of epoch times: the median of what is kept."""
    return f"Time: {quantity(median(series.values.tolist()), 'seconds')} an epoch"


def course(metric: Metric) -> str:
    """Return the numbers of a metric's chart, for those who do not see it."""
    parts = []
    for split, series in (("training", metric.training), ("validation", metric.validation)):
        if series is None:
            continue
        best = "" if series.best is None else f", best {shown(series.best, metric)} at epoch {series.best_epoch}"
        parts.append(f"{split} {shown(series.first, metric)} at epoch {series.first_epoch}{best}, "
                     f"{shown(series.last, metric)} at epoch {series.last_epoch:,}")  # fmt: skip
    return f"{capital('; '.join(parts))}."


def runs_title(name: str, split: str, found: Sequence[tuple[RunCurves, Metric, Series]]) -> str:
    """Return the title of the chart of several runs."""
    noun = capital(said(name))
    best = [(series.best, metric) for _, metric, series in found if series.best is not None]
    if len(best) < 2:
        return f"{noun} by run"
    low, high = min(best, key=lambda item: item[0] or 0.0), max(best, key=lambda item: item[0] or 0.0)
    first, last = shown(low[0] or 0.0, low[1]), shown(high[0] or 0.0, high[1])
    where = "" if split == "validation" else " in training"
    return f"{noun}: best {first} in each run{where}" if first == last else f"{noun}: best {first} to {last}{where}"


def runs_course(found: Sequence[tuple[RunCurves, Metric, Series]]) -> str:
    """Return the best value of each of the first runs, for those who do not see the chart."""
    parts = [f"{said(run.name)}: {shown(series.last, metric)} at the end"
             + ("" if series.best is None else f", best {shown(series.best, metric)} at epoch {series.best_epoch}")
             for run, metric, series in found[:6]]  # fmt: skip
    return f"{'; '.join(parts)}{f'; {len(found) - 6} more' if len(found) > 6 else ''}."


def shown(value: float, metric: Metric) -> str:
    """Return a value as its metric is written."""
    return quantity(value, "share" if metric.share else "number")


def worded(count: int) -> str:
    """Return a small number in words."""
    return WORDS[count] if count < len(WORDS) else f"{count:,}"


def listed(items: Sequence[str], *, more: int = 0) -> str:
    """Return ``3, 4 and 5``; with ``more`` of them: ``3, 4, 5 and 2 more``."""
    parts = [*items, f"{more:,} more"] if more else list(items)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
