"""The report as data: sections, findings, and what is missing; before anything is HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from kreport.document.blocks import Block, LayerId, Notice
from kreport.document.text import Text, advice


@dataclass(frozen=True)
class Gap:
    """A stage without a result: which, why, and whether it failed or was not given its input."""

    stage: str
    reason: str
    failed: bool = False
    details: str = ""


class Severity(StrEnum):
    """SARIF's levels."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


def notice_of(gap: Gap, *, title: str) -> Notice:
    """Return the notice for a gap in the section ``title``."""
    if gap.failed:
        return Notice(title=f"{title} could not be made", text=gap.reason, failed=True, details=gap.details)
    return Notice(title=f"{title} not measured", text=advice(gap.reason))


@dataclass(frozen=True, kw_only=True, eq=False)
class Section:
    """One section of the report.

    Attributes:
        id: the section's id and anchor.
        title: one noun.
        lede: the sentence that says what was found.
        count: the one telling figure beside its name in the rail.
        blocks: what it shows, in reading order.
        layers: blocks for the layer explorer, by layer.
    """

    id: str
    title: str
    lede: Text = ""
    count: str = ""
    blocks: Sequence[Block] = ()
    layers: Mapping[LayerId, Sequence[Block]] = field(default_factory=dict)

    @classmethod
    def missing(cls, gap: Gap, *, title: str) -> Section:
        """Return the section that says why there is none."""
        return cls(id=gap.stage, title=title, blocks=(notice_of(gap, title=title),))


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a rule found."""

    rule: str
    severity: Severity
    message: str
    layers: tuple[LayerId, ...] = ()
    evidence: Mapping[str, float | str] = field(default_factory=dict)
    remedy: str = ""
    snippet: str = ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of one rule: its findings, clear (none), or the gap that left it unchecked."""

    rule: str
    findings: tuple[Finding, ...] = ()
    unchecked: Gap | None = None
