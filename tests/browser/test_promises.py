"""What a report promises to whoever opens it: no request, nothing forbidden, nothing missing."""

import re

import pytest

from kreport.document.report import section_charts

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = pytest.mark.browser
# The header of a CI server that trusts no artifact.
STRICTEST = "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';"


def wake_all(page) -> None:
    """Pass every chart under the reader's eyes until it has come alive, if this file can."""
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    alive = page.locator("#kreport-vega").count() > 0
    for figure in page.locator("figure.chart").all():
        figure.scroll_into_view_if_needed()
        expect(figure.locator(".awake")).to_have_count(int(alive))


@pytest.mark.parametrize("which", ["live", "still"])
@pytest.mark.parametrize("way", ["file", "http"])
def test_asks_nobody_for_anything_and_breaks_no_rule(visit, served, reports, which, way):
    path = getattr(reports, which)
    url, asked = (path.as_uri(), []) if way == "file" else served(path)
    seen = visit(url)
    wake_all(seen.page)
    assert [request for request in seen.requests if not request.startswith("data:")] == [url]
    assert set(asked) <= {"/report.html"}
    assert seen.violations() == []


def test_a_broken_rule_would_be_noticed(visit, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\"><p style='color:red'>x</p>"
    )
    assert visit(path.as_uri()).violations() != []


@pytest.mark.parametrize("which", ["live", "still"])
def test_everything_is_there_without_javascript(visit, reports, which):
    page = visit(getattr(reports, which).as_uri(), java_script_enabled=False).page
    check_complete(page, reports.report)
    first = page.locator("details").first
    first.locator("summary").first.click()
    assert first.locator(".in, pre").first.is_visible()


def test_everything_is_there_where_the_server_forbids_scripts_and_styles(visit, served, reports):
    url, _ = served(reports.live, STRICTEST)
    page = visit(url).page
    check_complete(page, reports.report)
    assert page.locator("html.js").count() == 0


def check_complete(page, report) -> None:
    text = page.locator("body").text_content()
    for section in report.sections:
        assert page.locator(f"section#{section.id}").is_visible(), section.id
        assert section.title in text
    for name in report.layers["name"]:
        assert name in text
    charts = page.locator("figure.chart")
    assert charts.count() == sum(len(section_charts(section)) for section in report.sections) > 0
    for chart in charts.all():
        drawn = chart.locator("svg.vg")
        assert drawn.count() == 1
        assert len(drawn.get_attribute("aria-label")) > 10
        assert drawn.locator("path, rect, line").count() > 0
    assert page.locator("svg.dia").first.locator("text").count() > 3
    assert page.locator("tbody tr").count() > len(report.layers) / 2
    assert page.locator("button:visible, input:visible").count() == 0


def test_works_in_a_sandboxed_frame_without_storage(visit, served, reports):
    frame = (
        '<!doctype html><link rel="icon" href="data:,">'
        '<iframe sandbox="allow-scripts" src="/report.html" width="1200" height="800"></iframe>'
    )
    url, _ = served(reports.live, before=frame)
    seen = visit(url.replace("report.html", "frame.html"))
    inner = seen.page.frame_locator("iframe")
    inner.get_by_role("button", name="Dark").click()
    assert inner.locator("html").get_attribute("data-theme") == "dark"
    inner.locator(".vg-box.awake").first.wait_for(timeout=5000)
    assert seen.complaints == []


def test_works_in_the_frame_of_a_notebook(visit, reports, tmp_path):
    page_with_frame = tmp_path / "notebook.html"
    page_with_frame.write_text(f"<!doctype html><meta charset=utf-8>{reports.report._repr_html_()}", "utf-8")
    seen = visit(page_with_frame.as_uri())
    inner = seen.page.frame_locator("iframe")
    assert inner.locator("h1").inner_text() == "digits"
    inner.get_by_role("navigation").get_by_role("link", name="Layers").click()
    expect(inner.locator("#layers h2")).to_be_in_viewport()
    assert inner.locator("h1").inner_text() == "digits"
    assert seen.complaints == []


@pytest.mark.parametrize("which", ["live", "still", "hostile"])
def test_says_its_own_size(visit, reports, which):
    path = getattr(reports, which)
    shown = visit(path.as_uri()).page.locator(".rail footer").inner_text()
    [kilobytes] = re.findall(r"([\d.,]+)\s*KB", shown)
    assert float(kilobytes) == pytest.approx(path.stat().st_size / 1000, abs=0.5)
