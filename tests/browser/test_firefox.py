"""The core of the promises in Firefox: no request, nothing forbidden, complete without scripts, alive with them."""

import time

import pytest

pytestmark = pytest.mark.browser
# The header of a CI server that trusts no artifact.
STRICTEST = "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';"
STATE = """
return {
  script: document.documentElement.classList.contains("js"),
  text: document.body.textContent,
  sections: [...document.querySelectorAll("section")].map((section) => section.id),
  charts: document.querySelectorAll("figure.chart .vg-box > svg path").length,
  dark: getComputedStyle(document.body).backgroundColor,
};
"""


def until(firefox, script: str, seconds: float = 10) -> object:
    """Return what the script returns as soon as it is something."""
    end = time.monotonic() + seconds
    while not (value := firefox.execute_script(script)) and time.monotonic() < end:
        time.sleep(0.1)
    return value


@pytest.mark.parametrize("which", ["live", "still", "hostile"])
@pytest.mark.parametrize("way", ["file", "http"])
def test_asks_nobody_for_anything_and_breaks_no_rule(firefox, firefox_complaints, served, reports, which, way):
    path = getattr(reports, which)
    url, asked = (path.as_uri(), []) if way == "file" else served(path)
    firefox.navigate(url)
    firefox.execute_script("document.querySelectorAll('details').forEach((details) => { details.open = true; });")
    charts = firefox.execute_script("return document.querySelectorAll('figure.chart').length")
    assert charts > 0
    for index in range(charts if which != "still" else 0):
        figure = f"document.querySelectorAll('figure.chart')[{index}]"
        firefox.execute_script(f"{figure}.scrollIntoView()")
        assert until(firefox, f"return {figure}.querySelector('.awake') !== null", 30), index
    assert set(asked) <= {"/report.html"}
    assert firefox_complaints() == []


def test_a_broken_rule_would_be_noticed(firefox, firefox_complaints, tmp_path):
    path = tmp_path / "report.html"
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    path.write_text(f"{policy}<p style='color:red'>x</p><img src='http://127.0.0.1:9/x.png'>")
    firefox.navigate(path.as_uri())
    assert len(firefox_complaints()) >= 2


def test_everything_is_there_where_the_server_forbids_scripts_and_styles(firefox, served, reports):
    url, _ = served(reports.live, STRICTEST)
    firefox.navigate(url)
    state = firefox.execute_script(STATE)
    assert not state["script"]
    assert state["sections"] == [section.id for section in reports.report.sections]
    assert state["charts"] > 5
    for name in reports.report.layers["name"]:
        assert name in state["text"]


def test_everything_is_there_without_javascript(firefox, reports):
    firefox.set_pref("javascript.enabled", False)
    try:
        firefox.navigate(reports.live.as_uri())
        state = firefox.execute_script(STATE)
    finally:
        firefox.set_pref("javascript.enabled", True)
    assert not state["script"]
    assert state["sections"] == [section.id for section in reports.report.sections]
    assert state["charts"] > 5


def test_a_chart_says_the_value_under_the_pointer(firefox, reports):
    firefox.navigate(reports.live.as_uri())
    firefox.execute_script("document.querySelector('[data-chart=architecture-where]').scrollIntoView()")
    script = """
        const marks = document.querySelectorAll("[data-chart=architecture-where] .live .role-mark path");
        const mark = [...marks].findLast((path) => path.getBoundingClientRect().width > 2);
        if (!mark) return "";
        const { x, y, width, height } = mark.getBoundingClientRect();
        const at = { bubbles: true, clientX: x + width / 2, clientY: y + height / 2 };
        mark.dispatchEvent(new PointerEvent("pointermove", at));
        mark.dispatchEvent(new MouseEvent("mousemove", at));
        return document.querySelector(".tip:not([hidden])")?.textContent ?? "";
    """
    assert until(firefox, script)


def test_a_table_sorts_and_a_filter_finds(firefox, reports):
    firefox.navigate(reports.live.as_uri())
    names = """
        const table = document.querySelector("table[data-behaviour~=fold]");
        const shown = [...table.tBodies[0].rows].filter((row) => row.getClientRects().length);
        return shown.map((row) => row.cells[0].textContent);
    """
    before = firefox.execute_script(names)
    firefox.execute_script("document.querySelector('table[data-behaviour~=fold] thead button').click()")
    assert firefox.execute_script(names) != before
    firefox.execute_script("""
        const field = document.querySelector("[data-behaviour=filter] input");
        field.value = "stem";
        field.dispatchEvent(new Event("input"));
    """)
    assert "stem" in firefox.execute_script(names)
    assert "features" not in firefox.execute_script(names)


def test_a_link_opens_its_layer(firefox, reports):
    firefox.navigate(reports.live.as_uri())
    firefox.execute_script(
        "document.querySelector('a[href^=\"#layer-\"]').dispatchEvent(new MouseEvent('click', "
        "{ bubbles: true, cancelable: true }))"
    )
    assert until(firefox, "return document.querySelector('details.layer[open]') !== null")


def test_dark_by_button(firefox, reports):
    firefox.navigate(reports.live.as_uri())
    firefox.execute_script("document.querySelector('[data-choice=dark]').click()")
    assert firefox.execute_script(STATE)["dark"] == "rgb(18, 20, 24)"
    firefox.execute_script("document.querySelector('[data-choice=auto]').click()")


def test_names_that_try_to_break_out_stay_text(firefox, reports):
    firefox.navigate(reports.hostile.as_uri())
    assert firefox.execute_script("return document.querySelectorAll('img[src=x], [onload], [onerror]').length") == 0
    assert "<img src=x onerror=alert(1)>" in firefox.execute_script(STATE)["text"]
