"""What a reader with scripts can do: look closer, sort, filter, fold, find a layer, choose a theme."""

import pytest

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser


@pytest.fixture
def page(visit, reports):
    return visit(reports.live.as_uri()).page


def column(table, number: int) -> list[str]:
    rows = table.locator("tbody tr").all()
    return [row.locator("th, td").nth(number).inner_text() for row in rows if row.is_visible()]


def number(cell: str) -> float:
    figure, _, prefix = cell.partition("\u202f")
    return float(figure) * {"": 1, "k": 1e3, "M": 1e6}[prefix]


class TestCharts:
    def test_come_alive_when_they_come_near_and_not_before(self, page):
        last = page.locator("figure.chart:visible").last
        assert last.locator(".awake").count() == 0
        last.scroll_into_view_if_needed()
        expect(last.locator(".vg-box.awake .live svg")).to_be_visible()

    def test_change_no_size_and_keep_their_name(self, page):
        last = page.locator("figure.chart:visible").last
        still = last.locator(".vg-box > svg")
        before, name = still.bounding_box(), still.get_attribute("aria-label")
        last.scroll_into_view_if_needed()
        live = last.locator(".live svg")
        expect(live).to_be_visible()
        after = live.bounding_box()
        assert (after["width"], after["height"]) == pytest.approx((before["width"], before["height"]), abs=0.5)
        assert live.get_attribute("aria-label") == name
        assert not still.is_visible()

    def test_say_the_value_under_the_pointer(self, page):
        figure = page.locator("figure.chart[data-chart=architecture-where]")
        figure.scroll_into_view_if_needed()
        expect(figure.locator(".awake")).to_have_count(1)
        widths = "bars => bars.map((bar) => bar.getBoundingClientRect().width)"
        bars = figure.locator(".live .mark-rect.role-mark path")
        found = bars.evaluate_all(widths)
        bars.nth(found.index(max(found))).hover()
        tip = page.locator(".tip")
        expect(tip).to_be_visible()
        assert "part" in tip.inner_text()
        assert tip.evaluate("tip => getComputedStyle(tip).borderRadius") == "6px"
        page.mouse.move(2, 2)
        expect(tip).not_to_be_visible()

    def test_stay_still_where_the_library_cannot_run(self, visit, reports, tmp_path):
        path = tmp_path / "report.html"
        text = reports.live.read_text("utf-8")
        start = text.index('id="kreport-vega">') + len('id="kreport-vega">')
        path.write_text(text[:start] + "H4sI" + text[start + 900 :], "utf-8")
        page = visit(path.as_uri()).page
        page.wait_for_timeout(400)
        assert page.locator(".awake").count() == 0
        assert page.locator("figure.chart svg.vg").first.is_visible()


class TestTables:
    def table(self, page):
        return page.locator("table[data-behaviour~=sort][data-behaviour~=fold]").first

    def test_sort_by_number_then_back_to_the_order_of_the_model(self, page):
        table = self.table(page)
        original = column(table, 0)
        head = table.get_by_role("columnheader", name="Parameters")
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == "descending"
        values = [number(cell) for cell in column(table, 3) if cell != "–"]
        assert values == sorted(values, reverse=True)
        assert values[0] > 0
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == "ascending"
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") is None
        assert column(table, 0) == original

    def test_sort_names_as_people_do(self, page):
        table = self.table(page)
        table.locator("thead th").first.get_by_role("button").click()
        names = column(table, 0)
        assert names.index("block1_conv") < names.index("block2_conv") < names.index("stem")

    def test_what_was_not_measured_stands_last_both_ways(self, page):
        table = self.table(page)
        body = (
            "table => { table.tBodies[0].rows[1].cells[3].textContent = '–';"
            " table.tBodies[0].rows[1].cells[3].removeAttribute('data-value'); }"
        )
        table.evaluate(body)
        button = table.get_by_role("columnheader", name="Parameters").get_by_role("button")
        for _ in range(2):
            button.click()
            assert table.locator("tbody tr:visible").last.locator("td").nth(2).inner_text() == "–"

    def test_keep_the_rows_that_hold_the_words_and_their_parents(self, page):
        field = page.get_by_label("Filter").first
        box = page.locator("[data-behaviour=filter]").first
        everything = len(column(box.locator("table"), 0))
        field.fill("logits dense")
        names = column(box.locator("table"), 0)
        assert [name.strip("▾ ") for name in names] == ["head", "logits"]
        assert "found" in box.locator("[aria-live]").inner_text()
        field.fill("")
        assert len(column(box.locator("table"), 0)) == everything

    def test_close_and_open_their_groups(self, page):
        table = self.table(page)
        everything = column(table, 0)
        button = table.locator("tr.grp button").first
        button.click()
        assert button.get_attribute("aria-expanded") == "false"
        assert "features" not in column(table, 0)
        assert "digit" in column(table, 0)
        button.click()
        assert len(column(table, 0)) == len(everything)


class TestLayers:
    def test_a_link_opens_the_layer_it_names(self, page):
        link = page.locator("svg.dia a[href^='#layer-']").first
        anchor = link.get_attribute("href")
        link.click()
        entry = page.locator(f"details:has(> {anchor})")
        expect(entry).to_have_attribute("open", "")
        expect(entry.locator("summary").first).to_be_in_viewport()
        expect(entry.locator("summary").first).to_be_focused()

    def test_an_address_with_a_layer_opens_it(self, visit, reports):
        page = visit(reports.live.as_uri() + "#layer-2").page
        expect(page.locator("details:has(> #layer-2)")).to_have_attribute("open", "")
        expect(page.locator("#layer-2")).to_be_in_viewport()

    def test_a_search_leaves_what_it_finds_and_enter_opens_it(self, page):
        field = page.get_by_label("Find a layer")
        field.fill("stem")
        entries = page.locator("#layers details.layer:visible")
        assert entries.count() == 1
        field.press("Enter")
        expect(entries.first).to_have_attribute("open", "")
        field.fill("")
        assert entries.count() > 5


class TestDiagram:
    def test_grows_shrinks_and_comes_back(self, page):
        figure = page.locator("figure.diagram").first
        svg = figure.locator("svg")
        before = svg.bounding_box()["width"]
        figure.get_by_role("button", name="Larger").click()
        assert svg.bounding_box()["width"] == pytest.approx(before * 1.25, rel=0.01)
        figure.get_by_role("button", name="Smaller").click()
        figure.get_by_role("button", name="Smaller").click()
        assert svg.bounding_box()["width"] < before
        figure.get_by_role("button", name="Reset").click()
        assert svg.bounding_box()["width"] == pytest.approx(before)

    def test_moves_under_the_pointer_without_following_a_link(self, page):
        figure = page.locator("figure.diagram").first
        for _ in range(4):
            figure.get_by_role("button", name="Larger").click()
        box = figure.locator(".scroll")
        box.evaluate("box => box.scrollIntoView({block: 'center', behavior: 'instant'})")
        start = box.evaluate("box => [box.scrollLeft, box.scrollTop]")
        frame = box.bounding_box()
        x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x - 60, y - 50, steps=4)
        page.mouse.up()
        assert box.evaluate("box => [box.scrollLeft, box.scrollTop]") != start
        assert "#" not in page.url

    def test_shows_the_edges_of_a_node(self, page):
        figure = page.locator("figure.diagram").first
        figure.locator("svg.dia g[color]").first.hover()
        assert figure.locator("path.hot").count() >= 1


class TestPage:
    @pytest.mark.parametrize("choice", ["Dark", "Light"])
    def test_the_theme_is_chosen_and_remembered(self, page, choice):
        page.get_by_role("button", name=choice).click()
        assert page.locator("html").get_attribute("data-theme") == choice.lower()
        page.reload()
        assert page.get_by_role("button", name=choice).get_attribute("aria-pressed") == "true"
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 20, 24)"
        assert dark == (choice == "Dark")

    def test_the_rail_marks_the_section_being_read(self, page):
        page.locator("#weights").evaluate("section => section.scrollIntoView({behavior: 'instant'})")
        expect(page.locator(".rail [aria-current]")).to_have_attribute("href", "#weights")

    def test_the_keyboard_reaches_content_sections_and_tables(self, page):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content"
        assert page.locator(".skip").bounding_box()["x"] >= 0
        page.keyboard.press("Enter")
        assert page.url.endswith("#content")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
        page.locator("details.dis summary").first.focus()
        page.keyboard.press("Enter")
        assert page.locator("details.dis").first.get_attribute("open") is not None
