"""A report as one self-contained HTML page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from markupsafe import Markup

from kreport.document.blocks import Block, LayerEntry
from kreport.document.model import Gap, Section, notice_of
from kreport.document.numbers import quantity
from kreport.document.report import Report, section_charts
from kreport.document.text import plain, visible
from kreport.pipeline import contained
from kreport.render import assets, svg
from kreport.render.templates import environment

SIZE_MARK = "\u2007" * 9 + "KB"
"""Where the file's own size is written last, at fixed width (figure spaces stand for digits)."""


@dataclass(frozen=True)
class Page:
    """A rendered report, its sections' bytes, and the sections that could not be rendered."""

    html: str
    section_bytes: dict[str, int]
    gaps: tuple[Gap, ...]


def render_html(report: Report, *, interactive: bool = True) -> Page:
    """Return the report as HTML.

    Args:
        report: with its sections.
        interactive: with live charts beside the drawn ones.
    """
    context = {"anchors": layer_anchors(report.sections), "stamp": stamp(report), "drawings": {}}
    rendered: list[tuple[Section, Markup]] = []
    specs: dict[str, Any] = {}
    gaps: list[Gap] = []
    for section in report.sections:
        result = contained(section.id, _rendered, section, context, interactive=interactive)
        if isinstance(result, Gap):
            gaps.append(result)
            result = _Rendered(_markup(section, [notice_of(result, title=section.title)], context), {})
        rendered.append((section, result.html))
        specs |= result.specs
    html = visible(_page(report, rendered, specs, interactive=interactive and bool(specs)))
    sizes = {section.id: len(text.encode("utf-8")) for section, text in rendered}
    return Page(_with_own_size(html), sizes, tuple(gaps))


@dataclass(frozen=True)
class _Rendered:
    html: Markup
    specs: dict[str, Any]


def _rendered(section: Section, context: dict[str, Any], *, interactive: bool) -> _Rendered:
    charts = section_charts(section)
    drawings = {chart.id: svg.drawn(chart) for chart in charts}
    specs = {chart.id: svg.compiled(chart) for chart in charts} if interactive else {}
    return _Rendered(_markup(section, section.blocks, context | {"drawings": drawings}), specs)


def _markup(section: Section, blocks: Sequence[Block], context: dict[str, Any]) -> Markup:
    template = environment().get_template("section.html.j2")
    return Markup(template.render(section=section, blocks=blocks, **context))  # noqa: S704 - a template's own output


def _page(report: Report, rendered: list[tuple[Section, Markup]], specs: dict[str, Any], *, interactive: bool) -> str:
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            made_by=" · ".join(stamp(report)),
            rendered=rendered,
            interactive=interactive,
            policy=assets.policy(interactive=interactive),
            style=assets.inline(assets.style()),
            script=assets.inline(assets.script()),
            vega=assets.packed_vega() if interactive else "",
            charts=assets.packed(json.dumps(specs, ensure_ascii=False, sort_keys=True, separators=(",", ":"))),
            archive=assets.archived(report.to_json()),
            size_mark=SIZE_MARK,
        )
    )


def layer_anchors(sections: Sequence[Section]) -> dict[str, str]:
    """Return layer id → anchor for the layers that have an entry in the explorer."""
    return {
        block.layer: block.anchor for section in sections for block in section.blocks if isinstance(block, LayerEntry)
    }


def _with_own_size(html: str) -> str:
    size = quantity(float(len(html.encode("utf-8"))), "bytes")
    # Bytes, not characters, must stay the same: the mark's figure spaces take three bytes each.
    room = len(SIZE_MARK.encode("utf-8")) - len(size.encode("utf-8"))
    return html.replace(SIZE_MARK, size + " " * room, 1)


def stamp(report: Report) -> tuple[str, str]:
    """Return when and by which version the report was made."""
    return when(report.created), f"kreport {dict(report.environment.versions).get('kreport', '')}".strip()


def when(created: str) -> str:
    """Return an ISO time as people write it: ``25 Nov 2026, 04:12 UTC``."""
    moment = datetime.fromisoformat(created).astimezone(UTC)
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def notebook_frame(report: Report, height: int = 720) -> str:
    """Return the report in a sandboxed frame: no style leaks out, no script reaches the notebook."""
    html = render_html(report, interactive=report.interactive).html
    return (
        f'<iframe sandbox="allow-scripts allow-popups" width="100%" height="{height}" frameborder="0" '
        f'title="{escape(plain(report.headline_text), quote=True)}" srcdoc="{escape(html, quote=True)}"></iframe>'
    )
