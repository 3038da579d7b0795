"""Names that try to break out are shown as the text they are."""

import pytest

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.browser


@pytest.fixture(params=["hostile", "texts", "columns"])
def kind(request):
    return request.param


@pytest.fixture
def seen(visit, reports, kind):
    visit = visit(getattr(reports, kind).as_uri())
    visit.page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    for figure in visit.page.locator("figure.chart").all():
        figure.scroll_into_view_if_needed()
        expect(figure.locator(".awake")).to_have_count(1)
    return visit


def test_nothing_of_them_runs(seen, reports, kind):
    assert seen.complaints == []
    assert seen.violations() == []
    assert [request for request in seen.requests if not request.startswith("data:")] == [
        getattr(reports, kind).as_uri()
    ]


def test_nothing_of_them_becomes_an_element(seen):
    page = seen.page
    assert page.locator("img:not([src^='data:image/png;base64,'])").count() == 0
    assert page.locator("script:not([type]):not(head script)").count() == 1
    handlers = (
        "[...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on/i.test(a.name))).length"
    )
    assert page.evaluate(handlers) == 0


def test_links_stay_on_the_page(seen):
    addresses = seen.page.evaluate(
        "[...document.querySelectorAll('a, use, image')].map(a => a.getAttribute('href') ?? '#')"
    )
    assert len(addresses) > 10
    assert {address for address in addresses if not address.startswith("#")} == set()
    targets = seen.page.evaluate(
        "[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href').slice(1))"
        ".filter(id => !document.getElementById(id))"
    )
    assert targets == []


def test_they_are_shown_as_text(seen):
    text = seen.page.locator("body").text_content()
    for name in ("<img src=x onerror=alert(1)>", "\"'><svg onload=alert(2)>", "javascript:alert(6)", "层" * 20):
        assert name in text


def test_ids_are_unique(seen):
    ids = seen.page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert sorted(ids) == sorted(set(ids))
