"""Real browsers, a small server that can forbid what servers forbid, and the reports they open.

A browser that is missing skips its tests with the reason; with ``KREPORT_REQUIRE_BROWSERS=1`` it fails them.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
COLLECT = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""


def missing(what: str):
    """Skip, or fail where browsers are required."""
    message = f"{what}: its tests did NOT run (tools/install-browsers brings it)"
    if os.environ.get("KREPORT_REQUIRE_BROWSERS") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@dataclass
class Visit:
    """A page in Chromium and what was noticed while it was open."""

    page: object
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        return [*self.page.evaluate("window.violations"), *self.complaints]


@pytest.fixture(scope="session")
def chromium():
    """The browser: Debian's, or Playwright's own."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        missing("playwright is not installed")
    with sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        try:
            browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_FLAGS)
        except Error as error:
            missing(f"no Chromium starts ({str(error).splitlines()[0]})")
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, record_property):
    """Open an address in a context of its own: ``visit(url, color_scheme="dark")``."""
    record_property("browser", f"Chromium {chromium.version.split('.')[0]}")
    contexts = []

    def opened(url: str, **options) -> Visit:
        context = chromium.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
        contexts.append(context)
        context.add_init_script(COLLECT)
        context.set_default_timeout(8000)
        seen = Visit(context.new_page())
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on("console", lambda m: seen.complaints.append(m.text) if m.type in ("error", "warning") else None)
        seen.page.on("dialog", lambda dialog: (seen.complaints.append(dialog.message), dialog.dismiss()))
        seen.page.goto(url)
        return seen

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def firefox_process(tmp_path_factory):
    """Firefox by Mozilla's own driver: Debian's build is not one that Playwright can drive."""
    try:
        from marionette_driver.marionette import Marionette
    except ImportError as error:
        missing(f"marionette_driver is not here ({error})")
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    if found is None:
        missing("no Firefox")
    with socket.socket() as probe:  # a port of its own: another run may be going on beside this one
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = str(tmp_path_factory.mktemp("firefox") / "gecko.log")
    arguments = ["-remote-allow-system-access"]
    driver = Marionette(bin=found, headless=True, app_args=arguments, port=port, gecko_log=log)
    driver.start_session()
    yield driver
    driver.quit()
    driver.cleanup()


@pytest.fixture
def firefox(firefox_process, record_property):
    """The driver, with nothing complained about yet."""
    record_property("browser", f"Firefox {firefox_process.session_capabilities['browserVersion'].split('.')[0]}")
    with firefox_process.using_context("chrome"):
        firefox_process.execute_script("Services.console.reset()")
    return firefox_process


@pytest.fixture
def firefox_complaints(firefox):
    """What Firefox's console says of the page's policy, and errors of our own script."""

    def complaints() -> list[str]:
        with firefox.using_context("chrome"):
            texts = firefox.execute_script("return Services.console.getMessageArray().map((m) => String(m.message))")
        return [text for text in texts if "Content-Security-Policy" in text or "report.html" in text]

    return complaints


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, to be evaluated in a page."""
    path = HERE / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        missing("axe-core is not installed")
    return path.read_text("utf-8")


@pytest.fixture(scope="session")
def pdftotext() -> str:
    return shutil.which("pdftotext") or missing("no pdftotext")


@pytest.fixture
def served():
    """Serve a file: ``served(path, header)`` returns the address and the list of paths asked for."""
    servers = []

    def serve(path: Path, header: str = "", before: str = "") -> tuple[str, list[str]]:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                found = self.path in ("/report.html", "/frame.html")
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                if header:
                    self.send_header("Content-Security-Policy", header)
                self.end_headers()
                with suppress(ConnectionError):
                    self.wfile.write((before.encode() if self.path == "/frame.html" else path.read_bytes()) * found)

            def log_message(self, *_): ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/report.html", asked

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Reports:
    """The files that the tests open, and the report behind the first two; hostile ones by what is hostile in them."""

    report: object
    live: Path
    still: Path
    hostile: Path
    texts: Path
    columns: Path


HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(2)>",
    "</script><script>alert(3)</script>",
    "]]>-->{{7*7}}${alert(4)}`alert(5)`",
    "javascript:alert(6)",
    "\u202egnp.exe\u2066 \u200f",
    "层" * 20,
    "x" * 300,
)


@pytest.fixture(scope="session")
def reports(tmp_path_factory) -> Reports:
    """A small trained network with data, alive and still, and some in which names, texts or columns are hostile."""
    pytest.importorskip("tensorflow")
    import kreport

    paths = [tmp_path_factory.mktemp(name) / "report.html" for name in ("live", "still")]
    model, history, data = trained()
    report = kreport.report(model, history=history, data=data, strict=True)
    report.save(paths[0])
    report.save(paths[1], interactive=False)
    for made in (hostile_names, hostile_texts, hostile_columns):
        model, history, data = made()
        paths.append(tmp_path_factory.mktemp(made.__name__) / "report.html")
        bad = kreport.report(
            model, history=history, data=data, class_names=HOSTILE[:4], title="".join(HOSTILE[:4]), output=paths[-1]
        )
        assert not [gap for gap in bad.gaps if gap.failed]
    return Reports(report, *paths)


def trained():
    """Return a residual CNN after three epochs on digits, its history and digits that it has not seen."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    layers = keras.layers
    image = keras.Input((8, 8, 1), name="image")
    x = layers.Conv2D(8, 3, padding="same", activation="relu", name="stem")(image)
    for block in (1, 2, 3):  # equal blocks fold in the diagram
        y = layers.Conv2D(8, 3, padding="same", use_bias=False, name=f"block{block}_conv")(x)
        y = layers.BatchNormalization(name=f"block{block}_norm")(y)
        y = layers.Activation("relu", name=f"block{block}_relu")(y)
        x = layers.Add(name=f"block{block}_add")([x, y])
    head = [layers.Flatten(name="flatten"), layers.Dense(16, "relu", name="features"), layers.Dense(10, name="logits")]
    x = keras.Sequential(head, name="head")(x)
    outputs = layers.Softmax(name="digit")(x)
    model = keras.Model(image, outputs, name="digits")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    data = np.load(Path(__file__).parents[2] / "kreport" / "data" / "digits.npz")
    images, labels = (data[name] for name in sorted(data.files, key=lambda name: -data[name].ndim)[:2])
    images = images.reshape(-1, 8, 8, 1) / 16
    history = model.fit(images[:400], labels[:400], epochs=3, validation_split=0.25, verbose=0)
    return model, history, (images[400:500], labels[400:500])


def hostile_names():
    """Return a model, a history and data that try to break out of wherever their names stand."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    names = [name.replace("/", "\u2044") for name in HOSTILE]  # Keras refuses the slash itself
    x = image = keras.Input((6, 6, 1), name=names[0] + "input")
    x = keras.layers.Conv2D(4, 3, name=names[0])(x)
    x = keras.layers.Flatten(name=names[1])(x)
    for name in names[2:]:
        x = keras.layers.Dense(4, name=name)(x)
    model = keras.Model(image, x, name=names[2])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    curve = [1.0, 0.5, 0.25]
    runs = {run: {"loss": curve, "val_loss": curve, **dict.fromkeys(HOSTILE, curve)} for run in HOSTILE[:3]}
    images = np.random.default_rng(0).random((24, 6, 6, 1), "float32")
    return model, runs, (images, np.arange(24) % 4)


def hostile_texts():
    """Return a model of texts whose every token tries to break out."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    tokens = [token.replace(" ", "\u00a0") for token in HOSTILE]
    words = keras.layers.TextVectorization(standardize=None, output_sequence_length=6, vocabulary=tokens)
    body = [keras.layers.Embedding(12, 4, mask_zero=True), keras.layers.GlobalAveragePooling1D()]
    model = keras.Sequential([keras.Input((), dtype="string"), words, *body, keras.layers.Dense(4, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(tokens, 6)) for _ in range(24)]
    return model, {HOSTILE[0]: [1.0, 0.5]}, (np.array(texts, object), np.arange(24) % 4)


def hostile_columns():
    """Return a model of a table whose columns try to break out."""
    import keras
    import numpy as np
    import pandas as pd

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((len(HOSTILE),)), keras.layers.Dense(4, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(40, len(HOSTILE))).astype("float32"), columns=HOSTILE)
    return model, {HOSTILE[0]: [1.0, 0.5]}, (table, np.arange(40) % 4)
