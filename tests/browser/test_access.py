"""Readable by everybody, everywhere: assistive technology, dark rooms, phones, paper."""

import re
import subprocess

import pytest

import kreport

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser
DARK, LIGHT = "rgb(18, 20, 24)", "rgb(252, 252, 250)"


def background(page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


class TestAccessibility:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    @pytest.mark.parametrize("which", ["live", "hostile"])
    def test_axe_finds_nothing_serious(self, visit, reports, axe, which, theme):
        page = visit(getattr(reports, which).as_uri(), color_scheme=theme, reduced_motion="reduce").page
        page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
        page.wait_for_timeout(600)
        page.evaluate(axe)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        serious = [v for v in found if v["impact"] in ("serious", "critical")]
        assert [(v["id"], len(v["nodes"]), v["nodes"][0]["html"][:200]) for v in serious] == []

    def test_axe_would_find_something(self, visit, axe, tmp_path):
        path = tmp_path / "report.html"
        path.write_text("<!doctype html><img src='data:,'><p style='color:#ccc;background:#fff'>pale</p>")
        page = visit(path.as_uri()).page
        page.evaluate(axe)
        assert {"image-alt", "color-contrast"} <= {v["id"] for v in page.evaluate("axe.run()")["violations"]}

    def test_every_picture_says_what_it_shows(self, visit, reports):
        page = visit(reports.still.as_uri()).page
        pictures = "[...document.querySelectorAll('svg[role], img')].map(p => p.getAttribute('aria-label') || p.alt)"
        names = page.evaluate(pictures)
        assert len(names) > 5
        assert all(names)


class TestDark:
    def test_follows_the_system_without_scripts(self, visit, reports):
        for script in (True, False):
            page = visit(reports.live.as_uri(), color_scheme="dark", java_script_enabled=script).page
            assert background(page) == DARK

    def test_colours_of_charts_differ(self, visit, reports):
        fills = []
        for theme in ("light", "dark"):
            page = visit(reports.still.as_uri(), color_scheme=theme).page
            script = "[...document.querySelectorAll('svg.vg *')].map(e => getComputedStyle(e).fill).join()"
            fills.append(page.evaluate(script))
        assert fills[0] != fills[1]


class TestNarrow:
    @pytest.mark.parametrize("width", [320, 390, 800])
    @pytest.mark.parametrize("which", ["live", "hostile"])
    def test_never_scrolls_sideways(self, visit, reports, which, width):
        page = visit(getattr(reports, which).as_uri(), viewport={"width": width, "height": 800}).page
        page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
        page.wait_for_timeout(300)
        root = "document.documentElement"
        assert page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") <= 0

    def test_sections_are_reached_from_a_strip(self, visit, reports):
        page = visit(reports.live.as_uri(), viewport={"width": 390, "height": 800}).page
        link = page.get_by_role("navigation").get_by_role("link", name="Weights")
        link.click()
        expect(page.locator("#weights h2")).to_be_in_viewport()
        expect(link).to_have_attribute("aria-current", "location")


class TestWide:
    def test_the_overview_fits_one_screen(self, visit, reports):
        page = visit(reports.live.as_uri(), viewport={"width": 1280, "height": 800}).page
        assert page.locator("#overview").evaluate("section => section.getBoundingClientRect().bottom") <= 800


class TestPrint:
    @pytest.fixture(params=["live", "still"])
    def pages(self, request, visit, reports, pdftotext, tmp_path):
        page = visit(getattr(reports, request.param).as_uri(), color_scheme="dark").page
        page.locator("figure.chart:visible").first.scroll_into_view_if_needed()
        page.wait_for_timeout(500)
        path = tmp_path / "report.pdf"
        page.pdf(path=path, format="A4", print_background=True)
        text = subprocess.run([pdftotext, "-layout", path, "-"], capture_output=True, check=True, text=True).stdout
        return text.split("\f")[:-1]

    def test_page_one_is_the_overview_alone(self, pages, reports):
        titles = [section.title for section in reports.report.sections][1:]
        assert "digits" in pages[0]
        assert [title for title in titles if re.search(rf"^{title}\b.*\w", pages[0], re.MULTILINE)] == []
        assert titles[0] in pages[1]

    def test_everything_is_opened(self, pages):
        text = "\n".join(pages)
        assert len(text) > 3000
        for inside in ("block2_norm", "use_bias", "Inputs"):
            assert inside in text

    def test_controls_stay_on_the_screen(self, pages):
        text = "\n".join(pages)
        for control in ("Skip to content", "Filter", "Find a layer", "Reset", "Auto"):
            assert control not in text

    def test_paper_is_light(self, visit, reports):
        page = visit(reports.live.as_uri(), color_scheme="dark").page
        page.emulate_media(media="print")
        assert background(page) == "rgb(255, 255, 255)"
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(22, 24, 27)"

    def test_what_goes_into_a_layer_wraps_so_that_no_page_is_made_small(self, visit, tmp_path):
        import keras

        first = x = keras.Input((4,), name="measurements_of_the_year")
        for place in range(3):
            y = keras.layers.Dense(4, name=f"transformation_number_{place}")(x)
            x = keras.layers.Add(name=f"residual_connection_{place}")([x, y])
        kreport.report(keras.Model(first, x), output=tmp_path / "report.html")
        page = visit((tmp_path / "report.html").as_uri(), viewport={"width": 688, "height": 900}).page  # A4, no margins
        page.emulate_media(media="print")
        widest = "Math.max(...[...document.querySelectorAll('#architecture table')].map(table => table.offsetWidth))"
        assert page.evaluate(widest) <= 688

    def test_drawn_charts_are_printed_even_when_awake(self, visit, reports):
        page = visit(reports.live.as_uri()).page
        figure = page.locator("figure.chart:visible").first
        figure.scroll_into_view_if_needed()
        expect(figure.locator(".live svg")).to_be_visible()
        page.emulate_media(media="print")
        expect(figure.locator(".vg-box > svg")).to_be_visible()
        expect(figure.locator(".live")).not_to_be_visible()
