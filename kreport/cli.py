"""The command line: `kreport report` and `kreport demo`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kreport import __version__
from kreport.arguments import class_names, custom_objects, files, histories, max_samples, section_ids, shapes, tasks
from kreport.console import Console, console
from kreport.errors import KreportError

if TYPE_CHECKING:
    from kreport.document.model import Gap
    from kreport.document.report import Report, Written

COMPLETE, BAD_INPUT, INCOMPLETE = 0, 2, 3
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
LARGE = 3_000_000
"""Bytes above which a report is called large."""

DESCRIPTION = """\
Turn a Keras model into one self-contained HTML report: architecture, weights, training history, every layer.
The file needs no network and opens anywhere; the model file is only read, never changed.
"""

EXAMPLES = """\
examples:
  kreport demo                                     train a small model and report on it
  kreport report model.keras                       writes model.report.html
  kreport report model.keras --history log.csv     with the training curves

exit codes:
  0  the report is complete
  1  reserved
  2  the input cannot be used: one sentence says why, nothing was written
  3  the report was written, but a stage failed; with --strict nothing was written

`kreport report --help` lists all options.
"""

REPORT_EXAMPLES = """\
examples:
  kreport report model.keras --history log.csv -o report.html
  kreport report model.h5 --history first.csv --history resumed.csv      one training in two parts
  kreport report model.keras --run fold1=a.csv --run fold2=b.csv         separate trainings in one picture
  kreport report model.keras --data val.npz                              activations and gradients on real data
  kreport report model.keras --input-shape 224,224,3                     sizes that the model leaves open
  kreport report model.keras --custom my_layers.py:Attention             classes of your own
  kreport report model.keras --only architecture --static                small enough for a mail
  kreport report --resume report.kreport                                 a training that ReportCallback followed

exit codes: 0 complete, 2 bad input, 3 written but a stage failed (see `kreport --help`)
"""

DEMO_EXAMPLES = """\
A residual network of 31 layers learns 1,797 handwritten digits (UCI, CC BY 4.0) that come with the package;
no network is needed. What you see is what `kreport report` makes of your own model.

examples:
  kreport demo
  kreport demo -o digits.html --open
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = parser().parse_args(arguments)
    with console(quiet=options.quiet, verbose=options.verbose) as terminal:
        try:
            return _report(options, terminal) if options.command == "report" else _demo(options, terminal)
        except KreportError as error:
            terminal.error(f"kreport: {error}")
            return BAD_INPUT
        except KeyboardInterrupt:
            terminal.error("kreport: interrupted")
            return INTERRUPTED


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    raw = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(prog="kreport", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=raw)
    top.add_argument("--version", action="version", version=f"kreport {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    report = commands.add_parser(
        "report", help="report on a model file", description=DESCRIPTION, epilog=REPORT_EXAMPLES, formatter_class=raw
    )
    report.add_argument(
        "model", metavar="MODEL", nargs="?",
        help="a .keras, .h5 or .hdf5 file; its content decides, not its name; not needed with --resume",
    )  # fmt: skip
    _inputs(report.add_argument_group("what belongs to the model"))
    _data(report.add_argument_group("data to run it on"))
    _selection(report.add_argument_group("what the report holds"))
    demo = commands.add_parser(
        "demo", help="train a small model and report on it", description=DEMO_EXAMPLES, formatter_class=raw
    )
    for command, default in (
        (report, "MODEL's or FOLDER's name with .report.html"),
        (demo, "digits_resnet.report.html"),
    ):
        _output(command.add_argument_group("how it is written"), default)
    return top


def _inputs(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--history",
        metavar="FILE",
        action="append",
        help="training log: CSVLogger's .csv or a .json of history.history; repeat it for a training in several parts",
    )
    group.add_argument(
        "--run",
        metavar="NAME=FILE",
        action="append",
        help="log of a separate training; repeat it to compare runs on one epoch axis",
    )
    group.add_argument(
        "--resume",
        metavar="FOLDER",
        help="what kreport.ReportCallback wrote during a training (report.html's folder is report.kreport): everything "
        "up to the last finished epoch, also of a training that was killed",
    )
    group.add_argument(
        "--input-shape",
        metavar="SHAPE",
        action="append",
        help="shape of one input without the batch axis, such as 224,224,3; ? leaves a size open; "
        "repeat it, or write NAME=SHAPE, for several inputs",
    )
    group.add_argument(
        "--custom",
        metavar="MODULE:NAME",
        action="append",
        help="class or function that the file needs, from an importable module or a .py file; repeatable; "
        "MODULE alone is imported for what it registers",
    )
    group.add_argument(
        "--unsafe",
        action="store_true",
        help="let Keras run Python code that the file brings along (Lambda layers); only for files you trust",
    )


def _data(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--data",
        metavar="PATH",
        action="append",
        help="data the model was not trained on: .npz (arrays x and y, or named as the inputs), .csv or .parquet with "
        "--target, a folder with one folder of images a class, or .npy inputs and, repeated, .npy labels",
    )
    group.add_argument("--train-data", metavar="PATH", action="append", help="what it was trained on, to compare")
    group.add_argument("--target", metavar="COLUMN", help="column of the table that holds the labels")
    group.add_argument(
        "--class-names", metavar="NAMES", help="by class index: separated by commas, or a file with one a line"
    )
    group.add_argument(
        "--task",
        metavar="[OUTPUT=]KIND",
        action="append",
        help="what an output is for, where that is not told by loss and labels: binary, multi-class, multi-label, "
        "regression or reconstruction",
    )
    group.add_argument("--batch-size", metavar="N", type=int, help="samples in a batch (default: 32)")
    group.add_argument("--steps", metavar="N", type=int, help="batches to read, of all data by default")
    group.add_argument(
        "--max-samples",
        metavar="N",
        help="measure activations and gradients on at most N samples, spread evenly (default: 512); all for all",
    )
    group.add_argument(
        "--no-samples", action="store_true", help="no sample, picture of one or label text stands in the file"
    )


def _selection(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--title", metavar="TEXT", help="name of the report (default: the model's)")
    group.add_argument(
        "--only",
        metavar="SECTION",
        action="append",
        help="make these sections alone, beside the overview: data, evaluation, cost, training, architecture, "
        "weights, activations, gradients, layers; separated by commas or repeated",
    )
    group.add_argument("--skip", metavar="SECTION", action="append", help="leave these sections out")
    group.add_argument("--strict", action="store_true", help="stop at the first stage that fails; nothing is written")


def _output(group: argparse._ArgumentGroup, default: str) -> None:
    group.add_argument("-o", "--output", metavar="PATH", help=f"file to write, .html or .json (default: {default})")
    group.add_argument("--static", action="store_true", help="drawn charts only: smaller, nothing to hover or zoom")
    group.add_argument("--open", action="store_true", help="show the report in the browser")
    volume = group.add_mutually_exclusive_group()
    volume.add_argument("-q", "--quiet", action="store_true", help="print errors only")
    volume.add_argument("-v", "--verbose", action="store_true", help="also what TensorFlow prints, and tracebacks")


def _report(options: argparse.Namespace, terminal: Console) -> int:
    if options.model is None and options.resume is None:
        message = "MODEL is missing; a .keras, .h5 or .hdf5 file, or --resume FOLDER, is accepted."
        raise KreportError(message)
    source = None if options.model is None else Path(options.model)
    given = {
        "history": histories(options.history, options.run),
        "input_shape": shapes(options.input_shape),
        "data": files(options.data),
        "train_data": files(options.train_data),
        "target": options.target,
        "class_names": class_names(options.class_names),
        "task": tasks(options.task),
        "batch_size": options.batch_size,
        "steps": options.steps,
        "max_samples": max_samples(options.max_samples),
        "samples": not options.no_samples,
        "only": section_ids(options.only),
        "skip": section_ids(options.skip),
        "title": options.title,
        "safe_mode": not options.unsafe,
        "strict": options.strict,
        "resume": options.resume,
    }
    output = options.output or f"{Path(options.resume if source is None else source).stem}.report.html"
    return _made(source, output, options, terminal, **given)


def _demo(options: argparse.Namespace, terminal: Console) -> int:
    return _made(None, options.output or "digits_resnet.report.html", options, terminal)


def _made(source: Path | None, output: str, options: argparse.Namespace, terminal: Console, **given: Any) -> int:
    from kreport.document.model import Gap
    from kreport.pipeline import contained
    from kreport.render.files import writable

    start = time.perf_counter()
    target = writable(output)  # before any work is done
    with terminal.steps(_expected(given)):
        made = contained("report", _measured, source, options, terminal, given)
        if isinstance(made, Gap):
            terminal.error(f"kreport: stopped: {made.reason}")
            terminal.error(made.details)
            return INCOMPLETE
        terminal.step("Writing the file")
        written = made.save(target, interactive=not options.static)
    _tell(made, written, time.perf_counter() - start, terminal)
    failed = _failures((*made.gaps, *written.gaps), options, terminal)
    if options.open:
        _show(written.path)
    return INCOMPLETE if failed else COMPLETE


def _measured(source: Path | None, options: argparse.Namespace, terminal: Console, given: dict[str, Any]) -> Report:
    terminal.step("Loading Keras")
    from kreport.api import report

    if options.command == "demo":
        from kreport.demo import EPOCHS, demo
        from kreport.inputs.models import keras_package

        keras_package()
        terminal.step(f"Training digits_resnet for {EPOCHS} epochs")
        trained = demo()
        return report(
            trained.model, history=trained.history, data=(trained.x_val, trained.y_val),
            train_data=(trained.x_train, trained.y_train), progress=terminal.step,
        )  # fmt: skip
    return report(source, custom_objects=custom_objects(options.custom), progress=terminal.step, **given)


def _expected(given: dict[str, Any]) -> int:
    # Loading, (training,) writing and the sections; a bar that is a step off does no harm.
    return 3 + len(given.get("only") or range(7)) - len(given.get("skip") or ())


def _tell(made: Report, written: Written, seconds: float, terminal: Console) -> None:
    from kreport.document.numbers import quantity

    terminal.result(f"report  {written.path}")
    terminal.result(f"size    {_spaced(quantity(written.size_bytes, 'bytes'))}, made in {seconds:.1f} s")
    if made.headline:
        terminal.result(f"result  {_spaced(made.headline)}")
    absent: dict[str, list[str]] = {}
    for gap in made.gaps:
        if not gap.failed:
            absent.setdefault(gap.reason, []).append(gap.stage)
    for reason, stages in absent.items():
        terminal.result(f"absent  {', '.join(dict.fromkeys(stages))}: {reason}")
    if written.size_bytes > LARGE and written.section_bytes:
        section, size_bytes = max(written.section_bytes.items(), key=lambda item: item[1])
        terminal.error(
            f"kreport: the file is large; {_spaced(quantity(size_bytes, 'bytes'))} of it are the section {section!r} "
            f"(--skip {section} leaves it out, --static draws fewer bytes)"
        )


def _spaced(text: str) -> str:
    # A plain space: many terminals draw the narrow one as a box.
    return text.replace("\u202f", " ")


def _failures(gaps: Sequence[Gap], options: argparse.Namespace, terminal: Console) -> bool:
    failed = {gap.reason: gap for gap in gaps if gap.failed}
    for gap in failed.values():
        terminal.error(f"kreport: {gap.stage} failed: {gap.reason}")
        if options.verbose and gap.details:
            terminal.error(gap.details)
    if failed:
        for line in terminal.noise_tail():
            terminal.error(f"  | {line}")
    return bool(failed)


def _show(path: Path) -> None:
    import webbrowser

    webbrowser.open(path.as_uri())


if __name__ == "__main__":
    sys.exit(main())
