"""The report: what was measured, what was found, what is missing; saved and loaded as one value."""

from __future__ import annotations

import json
import tempfile
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kreport.document.blocks import Chart
from kreport.document.codec import canonical
from kreport.document.model import Finding, Gap, Section, Verdict
from kreport.document.text import Text, plain

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

SCHEMA = 1
"""Version of the JSON layout; newer versions of kreport read older files."""


@dataclass(frozen=True, kw_only=True)
class SubjectSummary:
    """What the report is about.

    Attributes:
        name: the model's name, or the title the user gave.
        model: the model's own name; class_name: its class.
        file: name of the file it was read from, "" for an object; size_bytes and sha256 are the file's.
        fingerprint: short digest of all its variables; unchanged: whether it was the same afterwards.
        notes: what was worked around while reading.
    """

    name: str
    model: str
    class_name: str
    file: str = ""
    size_bytes: int | None = None
    sha256: str = ""
    fingerprint: str = ""
    unchanged: bool | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Where the report was made: versions by name, the device in words, the default dtype policy."""

    versions: tuple[tuple[str, str], ...]
    device: str
    policy: str


@dataclass(frozen=True, kw_only=True)
class Timings:
    """Wall-clock seconds; not taken when SOURCE_DATE_EPOCH is set.

    Attributes:
        seconds: by section, with the passes that it was the first to need.
        passes: of the passes over the model and the data, each without the others.
    """

    seconds: tuple[tuple[str, float], ...]
    passes: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Unread:
    """A measurement in the file whose section is not installed here: kept, not understood."""

    json: Any


@dataclass(frozen=True)
class Written:
    """A file that was written: where, how large, and how many bytes each section takes of it."""

    path: Path
    size_bytes: int
    section_bytes: Mapping[str, int]
    gaps: tuple[Gap, ...] = ()


@dataclass(eq=False, kw_only=True)
class Report:
    """Everything a report says, as data.

    Two reports are equal when their canonical JSON is.

    Attributes:
        created: ISO 8601 in UTC, from SOURCE_DATE_EPOCH if that is set.
        subject: what the report is about.
        environment: where it was made.
        timings: how long each stage took, or None.
        measurements: by section id; what could not be measured is a :class:`Gap`.
        verdicts: one a rule.
        gaps: everything that is missing, with the reason.
        sections: what is shown; made from the measurements, not stored.
        headline: the verdict sentence.
        interactive: whether :meth:`save` writes live charts.
    """

    created: str
    subject: SubjectSummary
    environment: Environment
    timings: Timings | None = None
    measurements: Mapping[str, Any]
    verdicts: tuple[Verdict, ...] = ()
    gaps: tuple[Gap, ...] = ()
    schema: int = SCHEMA
    sections: Sequence[Section] = field(default=(), repr=False)
    headline_text: Text = field(default="", repr=False)
    interactive: bool = True

    @property
    def headline(self) -> str:
        """The verdict sentence, plain."""
        return plain(self.headline_text)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the rules found, in their order."""
        return tuple(finding for verdict in self.verdicts for finding in verdict.findings)

    @property
    def layers(self) -> pd.DataFrame:
        """One row a layer: name, class, shapes, parameters, FLOPs."""
        return self._table("architecture")

    @property
    def weights(self) -> pd.DataFrame:
        """One row a variable with its statistics."""
        return self._table("weights")

    @property
    def activations(self) -> pd.DataFrame:
        """One row an output of a call with its statistics, and those of its activation function's inputs."""
        return self._table("activations")

    @property
    def history(self) -> pd.DataFrame:
        """One row an epoch (and run) with every logged value."""
        return self._table("training")

    @property
    def gradients(self) -> pd.DataFrame:
        """One row a trainable variable with the statistics of its gradient."""
        return self._table("gradients")

    @property
    def metrics(self) -> pd.DataFrame:
        """One row a compiled metric: name, value, which direction is better, over how many samples."""
        return self._table("evaluation")

    def _table(self, section: str) -> pd.DataFrame:
        import pandas as pd

        rows = getattr(self.measurements.get(section), "rows", list)
        return pd.DataFrame(rows())

    @property
    def charts(self) -> dict[str, alt.TopLevelMixin]:
        """Every chart as an Altair chart, by its id."""
        import altair as alt

        return {
            chart.id: alt.Chart.from_dict(dict(chart.spec))
            for section in self.sections
            for chart in section_charts(section)
        }

    def to_dict(self) -> dict[str, Any]:
        """Return what is stored, without sections."""
        stored = ("created", "subject", "environment", "timings", "measurements", "verdicts", "gaps", "schema")
        content: dict[str, Any] = {name: getattr(self, name) for name in stored}
        content["measurements"] = {
            key: value.json if isinstance(value, Unread) else value
            for key, value in self.measurements.items()
            if not isinstance(value, Gap)
        }
        return content

    def to_json(self) -> str:
        """Return the report as one canonical JSON text."""
        return canonical(self.to_dict())

    def __eq__(self, other: object) -> bool:
        """Tell whether both say the same."""
        return isinstance(other, Report) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    def save(self, path: str | Path, *, interactive: bool | None = None) -> Written:
        """Write the report; an existing file is replaced at once or left alone.

        Args:
            path: ends in ``.html`` or ``.json``.
            interactive: live charts or drawn ones only; as the report was made when not given.

        Raises:
            KreportError: the path has another suffix or cannot be written.
        """
        from kreport.render.files import save

        return save(self, path, interactive=self.interactive if interactive is None else interactive)

    def open(self) -> Path:
        """Write the report to a temporary file and show it in the browser."""
        path = Path(tempfile.mkdtemp(prefix="kreport-")) / "report.html"
        self.save(path)
        webbrowser.open(path.as_uri())
        return path

    def _repr_html_(self) -> str:
        from kreport.render.html import notebook_frame

        return notebook_frame(self)

    def __repr__(self) -> str:
        """Return the name and the headline."""
        return f"<kreport.Report {self.subject.name!r}: {self.headline}>"


def section_charts(section: Section) -> list[Chart]:
    """Return every chart of a section, those within rows, disclosures and layers too."""
    found: list[Chart] = []

    def walk(blocks: Sequence[object]) -> None:
        for block in blocks:
            if isinstance(block, Chart):
                found.append(block)
            walk(getattr(block, "blocks", ()))

    walk(section.blocks)
    return found


def json_of(text: str) -> dict[str, Any]:
    """Return the stored content of a JSON text.

    Raises:
        ValueError: it is not JSON of a kreport report.
    """
    content = json.loads(text)
    if not isinstance(content, dict) or not {"schema", "subject", "measurements"} <= set(content):
        message = "not a report"
        raise ValueError(message)
    return content
