"""The public calls: a subject goes through the stages and comes out as a report."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kreport.analyzers import Analyzer
from kreport.analyzers.layers import LayerBlocks
from kreport.analyzers.training import TrainingCurves
from kreport.document.blocks import Headline
from kreport.document.codec import decode, rounded
from kreport.document.model import Gap, Section
from kreport.document.report import Environment, Report, SubjectSummary, Timings, Unread
from kreport.errors import KreportError
from kreport.inputs.batches import MAX_SAMPLES
from kreport.inputs.data import DataOptions, read_data
from kreport.inputs.data_arrays import unpacked
from kreport.inputs.environment import environment
from kreport.inputs.history import History, read_history
from kreport.inputs.log_history import history_of, with_log
from kreport.inputs.models import read_model
from kreport.inputs.shapes import read_shapes
from kreport.inputs.subject import DataGiven, KerasModel, Subject
from kreport.inputs.training_folder import RecordedRun, read_run
from kreport.pipeline import Facts, Gaps, contained, failures_in, gives, reachable
from kreport.plugins import discover
from kreport.probes import makers
from kreport.probes._keras import backend
from kreport.probes.fingerprint import Fingerprint, fingerprint
from kreport.probes.sweep import Wanted
from kreport.probes.training_config import TrainingConfig, of_any_step

PASSES = {
    "Sweep": "passes over the data", "Choice": "telling samples", "HardestSamples": "hardest samples",
    "Attribution": "attribution", "ClassGradients": "gradients by class", "OnTrain": "pass over the training data",
    "Comparison": "simple models", "PredictionCost": "cost of a prediction",
}  # fmt: skip
"""What shared passes are called where their times stand."""

ALWAYS = "overview"
"""The section that ``only=`` keeps."""


def report(  # noqa: PLR0913 - each is a fact about the subject or a choice of the user's
    model: object = None,
    *,
    history: object = None,
    data: object = None,
    inputs: object = None,
    train_data: object = None,
    loss: object = None,
    class_names: Sequence[str] | Mapping[str, int] = (),
    class_weight: Mapping[int, float] | None = None,
    task: str | Mapping[str, str] | None = None,
    target: str | None = None,
    batch_size: int | None = None,
    steps: int | None = None,
    max_samples: int | None = MAX_SAMPLES,
    samples: bool = True,
    resume: object = None,
    input_shape: object = None,
    custom_objects: Mapping[str, object] | None = None,
    safe_mode: bool = True,
    title: str | None = None,
    only: Iterable[str] | None = None,
    skip: Iterable[str] | None = None,
    output: str | Path | None = None,
    interactive: bool = True,
    strict: bool = False,
    verbose: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Measure a Keras model and return the report; with ``output`` also write it.

    Args:
        model: a ``keras.Model``, built or not, or the path of a ``.keras``, ``.h5`` or ``.hdf5`` file; may be left
            out with ``resume``.
        history: what ``fit`` returned, a dict of lists, a DataFrame, or the path of a CSVLogger ``.csv``
            or a ``.json``; a list of them is consecutive fits, a mapping name → history is separate runs.
        data: what ``fit`` takes: a tuple of inputs and labels (and sample weights), inputs alone, a
            ``tf.data.Dataset``, a ``PyDataset``, a generator, a DataFrame; or the path of a ``.npz``, ``.csv``,
            ``.parquet`` file or of a folder of images by class, or paths of two ``.npy`` files. Several inputs are
            a list or a dict.
        inputs: the same without labels, whatever its structure: a tuple of two is two inputs here.
        train_data: the data the model was trained on, to compare ``data`` with.
        loss: for a model that was compiled without one, or instead of the compiled one.
        class_names: by class index, or name → index.
        class_weight: class index → weight, as ``fit`` takes it, for gradients.
        task: what an output is for, where its loss and labels do not tell: ``binary``, ``multi-class``,
            ``multi-label``, ``regression`` or ``reconstruction``; a dict of output to one where there are several.
        target: the column of a table that holds the labels.
        batch_size: of arrays; 32 as in Keras, or what the model is made for.
        steps: batches to read of what may never end.
        max_samples: activations and gradients are measured on at most so many samples, spread evenly; None for all.
        samples: whether samples, pictures made from them and label texts may stand in the file.
        resume: folder that :class:`kreport.ReportCallback` wrote: everything up to the last finished epoch.
        input_shape: shape of one input without the batch axis, such as ``(224, 224, 3)``; a list or a
            dict of them for several inputs. Builds what is unbuilt (on a copy) and fixes open sizes.
        custom_objects: name → class or function, for reading a file.
        safe_mode: ``False`` lets Keras run code that a file brings along (Lambda layers).
        title: name of the report; the model's when not given.
        only: ids of the sections to make, beside the overview.
        skip: ids of the sections to leave out.
        output: path of the file to write, ``.html`` or ``.json``; nothing is written without it.
        interactive: live charts; ``False`` makes a smaller file with drawn charts only.
        strict: raise what a stage raises instead of showing it as a gap.
        verbose: print each stage and the file written.
        progress: called with the name of each stage before it runs.

    Raises:
        KreportError: the input cannot be used; one sentence says what was wrong and what is accepted.
    """
    destination = _writable(output)
    analyzers, broken = _analyzers(only, skip)
    run = None if resume is None else read_run(resume)
    alone = run is not None and model is None
    subject_model = None if alone else read_model(model, custom_objects=custom_objects, safe_mode=safe_mode)
    options = DataOptions(
        max_samples=max_samples, batch_size=batch_size, steps=steps, target=target, embed=samples,
        class_names=class_names, class_weight=class_weight, loss=loss, task=task,
    )  # fmt: skip
    given = _data(subject_model, data, inputs, train_data, options)
    subject = Subject(
        model=subject_model,
        history=_history(history, run),
        log=None if run is None else run.log,
        input_shapes=read_shapes(input_shape, given.inputs),
        data=given,
        loss=loss,
    )
    stored = _stored(run, analyzers) if run is not None and alone else None
    before = _fingerprint(subject)
    tell = progress or (print if verbose else _silent)
    facts = _facts(subject, analyzers, stored, strict=strict)
    measured, recalled, seconds = _measured(facts, analyzers, tell, stored)
    after = _fingerprint(subject)
    made = Report(
        created=_now(),
        subject=_summary(subject, title, before, unchanged=before == after)
        if stored is None
        else replace(stored.subject, name=title or stored.subject.name),
        environment=environment() if stored is None else stored.environment,
        timings=None if "SOURCE_DATE_EPOCH" in os.environ else _timings(facts, seconds),
        measurements={key: value for key, value in measured.items() if not isinstance(value, Gap)},
        gaps=_all_gaps(facts, (*broken, *_distinct(measured.values()), *recalled), measured.values()),
        interactive=interactive,
    )
    made = rounded_report(made)
    present(made, analyzers, strict=strict)
    if destination is not None:
        written = made.save(destination)
        tell(f"{written.path} ({written.size_bytes:,} bytes)")
    return made


def _data(subject: KerasModel | None, data: Any, inputs: Any, train: Any, options: DataOptions) -> DataGiven:
    """Return data and training data as batches; a gap where Keras runs on another backend."""
    if data is not None and inputs is not None:
        message = "`data` and `inputs` were both given; `inputs` is for inputs without labels."
        raise KreportError(message)
    if inputs is not None:
        data = (list(inputs) if isinstance(inputs, tuple) else inputs, None)
    if subject is None or (data is None and train is None):
        return DataGiven()
    if backend() != "tensorflow":
        return DataGiven(batches=Gap("data", "compute needs the TensorFlow backend"), raw=unpacked(data)[0])
    name = "data" if inputs is None else "inputs"
    return DataGiven(
        batches=None if data is None else read_data(data, subject.model, options, argument=name),
        train=None if train is None else read_data(train, subject.model, options, argument="train_data"),
    )


def load(path: str | Path) -> Report:
    """Return the report that a ``.html`` or ``.json`` file of kreport holds; needs no TensorFlow.

    Raises:
        KreportError: there is no such file, or it holds no report.
    """
    from kreport.render.files import stored_json

    analyzers, _ = _analyzers(None, None)
    loaded = _decoded(stored_json(path), analyzers)
    present(loaded, analyzers)
    return loaded


def _decoded(content: Mapping[str, Any], analyzers: Iterable[Analyzer[Any]]) -> Report:
    """Return the report that a file holds, without its sections."""
    kinds = {a.id: gives(a.measure) for a in analyzers if a.measure is not None}
    stored: Mapping[str, Any] = content["measurements"]
    measurements = {key: decode(kinds[key], v) if key in kinds else Unread(v) for key, v in stored.items()}
    return Report(
        created=decode(str, content["created"]),
        subject=decode(SubjectSummary, content["subject"]),
        environment=decode(Environment, content["environment"]),
        timings=decode(Timings | None, content["timings"]),
        measurements=measurements,
        gaps=decode(tuple[Gap, ...], content["gaps"]),
        schema=decode(int, content["schema"]),
    )


def present(made: Report, analyzers: Iterable[Analyzer[Any]], *, strict: bool = False) -> None:
    """Make the sections of a report from its measurements; the same on a fresh and a loaded one."""
    sections: list[Section] = []
    values: dict[type, object] = {
        SubjectSummary: made.subject,
        Environment: made.environment,
        Timings: made.timings or Gap("timings", "not taken"),
        Gaps: Gaps(made.gaps),
    }
    reasons = {gap.stage: gap for gap in made.gaps}
    for analyzer in analyzers:
        if analyzer.measure is not None:
            missing = reasons.get(analyzer.id, Gap(analyzer.id, "this section was left out"))
            values[gives(analyzer.measure)] = made.measurements.get(analyzer.id, missing)
    shown = Facts(values, {LayerBlocks: lambda: LayerBlocks.of(sections)}, strict=strict)
    for analyzer in analyzers:
        if analyzer.measure is not None and analyzer.id not in made.measurements and analyzer.id not in reasons:
            continue
        section = shown.call(analyzer.id, analyzer.present)
        sections.append(section if isinstance(section, Section) else Section.missing(section, title=analyzer.title))
        if isinstance(section, Gap) and section.failed and section.stage not in reasons:
            made.gaps = (*made.gaps, section)
    made.sections = tuple(sections)
    made.headline_text = next(
        (block.verdict for section in sections for block in section.blocks if isinstance(block, Headline)), ""
    )


def _facts(subject: Subject, analyzers: Iterable[Analyzer[Any]], stored: Report | None, *, strict: bool) -> Facts:
    """Return the values of a run, none made yet; one sweep will carry what the analyzers can read."""
    given, made = subject.facts(), makers()
    training = None if stored is None else stored.measurements.get("training")
    if isinstance(training, TrainingCurves) and training.config is not None:
        given[TrainingConfig] = of_any_step(training.config)
    stages = [a.measure for a in analyzers if a.measure is not None]
    wanted = reachable(stages, given, made)
    return Facts({**given, Wanted: Wanted(kinds=wanted)}, made, strict=strict)


def _measured(
    facts: Facts, analyzers: Iterable[Analyzer[Any]], tell: Callable[[str], None], stored: Report | None
) -> tuple[dict[str, Any], list[Gap], list[tuple[str, float]]]:
    """Return what the stages measured, the gaps that a log of the training stands in for, and the times."""
    measured: dict[str, Any] = {}
    recalled: list[Gap] = []
    seconds = []
    for analyzer in analyzers:
        if analyzer.measure is None:
            continue
        tell(analyzer.title)
        start = time.perf_counter()
        result = facts.call(analyzer.id, analyzer.measure)
        if isinstance(result, Gap) and not result.failed:
            if stored is not None and analyzer.id in stored.measurements:
                result = stored.measurements[analyzer.id]
            elif analyzer.recall is not None and not isinstance(log := facts.call(analyzer.id, analyzer.recall), Gap):
                recalled.append(result)
                result = log
        measured[analyzer.id] = result if isinstance(result, Gap) else rounded(result)
        seconds.append((analyzer.id, time.perf_counter() - start))
    return measured, recalled, seconds


def _history(history: object, run: RecordedRun | None) -> History | None:
    if history is None:
        return None if run is None else history_of(run.log)
    given = read_history(history)
    return given if run is None else with_log(given, run.log)


def _stored(run: RecordedRun, analyzers: Iterable[Analyzer[Any]]) -> Report:
    """Return what a folder holds about its model: the report that was made when the training began."""
    found = None if run.model is None else contained("resume", _decoded, run.model, analyzers)
    if found is None or isinstance(found, Gap):
        name = run.path.parent.stem
        unknown = SubjectSummary(name=name, model=name, class_name="")
        found = Report(created="", subject=unknown, environment=environment(), measurements={})
    found.subject = replace(found.subject, fingerprint="", unchanged=None)
    return found


def _fingerprint(subject: Subject) -> Fingerprint | None:
    return None if subject.model is None else fingerprint(subject.model.model)


def _analyzers(only: Iterable[str] | None, skip: Iterable[str] | None) -> tuple[list[Analyzer[Any]], list[Gap]]:
    found = list(discover(Analyzer, "kreport.analyzers"))
    analyzers = sorted((a for a in found if isinstance(a, Analyzer)), key=lambda a: a.order)
    known = [a.id for a in analyzers]
    kept, dropped = _ids("only", only, known), _ids("skip", skip, known)
    chosen = [a for a in analyzers if (not kept or a.id in kept or a.id == ALWAYS) and a.id not in dropped]
    return chosen, [gap for gap in found if isinstance(gap, Gap)]


def check_sections(only: Iterable[str] | None, skip: Iterable[str] | None) -> None:
    """Look whether there are such sections.

    Raises:
        KreportError: there are not.
    """
    _analyzers(only, skip)


def _ids(argument: str, wanted: Iterable[str] | None, known: list[str]) -> set[str]:
    ids = [wanted] if isinstance(wanted, str) else list(wanted or ())
    for name in ids:
        if name not in known:
            message = f"`{argument}` names the section {name!r}; there are {', '.join(known)}."
            raise KreportError(message)
    return set(ids)


def _summary(subject: Subject, title: str | None, print_: Any, *, unchanged: bool) -> SubjectSummary:
    assert subject.model is not None  # noqa: S101 - told by the caller
    model, file = subject.model.model, subject.model.file
    return SubjectSummary(
        name=title or model.name,
        model=model.name,
        class_name=type(model).__name__,
        file=file.name if file else "",
        size_bytes=file.size_bytes if file else None,
        sha256=file.sha256 if file else "",
        fingerprint=print_.text,
        unchanged=unchanged,
        notes=file.notes if file else (),
    )


def rounded_report(made: Report) -> Report:
    """Return the report with its timings rounded, as a file holds them."""
    made.timings = rounded(made.timings)
    return made


def _distinct(values: Iterable[object]) -> list[Gap]:
    return [value for value in values if isinstance(value, Gap)]


def _all_gaps(facts: Facts, gaps: tuple[Gap, ...], measured: Iterable[object]) -> tuple[Gap, ...]:
    """Return the gaps of sections, and of what failed for a section that goes on without it; each reason once."""
    found, told = list(gaps), {gap.reason for gap in gaps}
    for gap in (*facts.failures(), *(part for value in measured for part in failures_in(value))):
        if gap.reason not in told:
            told.add(gap.reason)
            found.append(gap)
    return tuple(found)


def _timings(facts: Facts, seconds: list[tuple[str, float]]) -> Timings:
    passes = tuple((name, facts.seconds[key]) for key, name in PASSES.items() if key in facts.seconds)
    return Timings(seconds=tuple(seconds), passes=passes)


def _writable(output: str | Path | None) -> Path | None:
    if output is None:
        return None
    from kreport.render.files import writable

    return writable(output)


def _now() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    return moment.isoformat(timespec="seconds")


def _silent(_: str) -> None:
    return None
