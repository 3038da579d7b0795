"""The command line: says where the file is, refuses in one sentence, fits into any environment."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest

import kreport
from kreport.cli import BAD_INPUT, COMPLETE, INCOMPLETE, main, parser

keras = pytest.importorskip("keras")

LOG = "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.5,0.9,0.4,1.0\n1,0.8,0.4,0.7,0.6\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)], name="small"
    )
    model.save(folder / "model.keras")
    (folder / "log.csv").write_text(LOG, "utf-8")
    return folder


def said(capfd, *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capfd.readouterr()
    return code, out, err


class TestReport:
    def test_says_where_the_file_is_how_large_how_long_and_the_result(self, folder, tmp_path, capfd):
        path = tmp_path / "report.html"
        code, out, err = said(capfd, "report", folder / "model.keras", "--history", folder / "log.csv", "-o", path)
        assert code == COMPLETE, err
        lines = dict(line.split(maxsplit=1) for line in out.splitlines())
        assert lines["report"] == str(path)
        assert re.fullmatch(r"[\d.]+ [KM]B, made in [\d.]+ s", lines["size"])
        loaded = kreport.load(path)
        assert lines["result"] == loaded.headline.replace("\u202f", " ")
        assert len(loaded.history) == 2
        assert "Architecture …" in err.splitlines()

    def test_writes_beside_the_user_by_default(self, folder, tmp_path, capfd, monkeypatch):
        monkeypatch.chdir(tmp_path)
        code, out, _ = said(capfd, "report", folder / "model.keras", "--only", "architecture", "--static")
        assert code == COMPLETE
        assert [p.name for p in tmp_path.iterdir()] == ["model.report.html"]
        assert str(tmp_path / "model.report.html") in out

    def test_what_is_absent_says_how_to_bring_it(self, folder, tmp_path, capfd):
        _, out, _ = said(capfd, "report", folder / "model.keras", "-o", tmp_path / "r.json")
        absent = [line for line in out.splitlines() if line.startswith("absent")]
        assert any("training: pass history=" in line for line in absent)
        assert any("activations" in line and "pass data=" in line for line in absent)
        assert len({line.partition(":")[2] for line in absent}) == len(absent)
        assert json.loads((tmp_path / "r.json").read_text("utf-8"))["subject"]["model"] == "small"

    def test_quiet_prints_nothing(self, folder, tmp_path, capfd):
        code, out, err = said(capfd, "report", folder / "model.keras", "-q", "-o", tmp_path / "r.html")
        assert (code, out, err) == (COMPLETE, "", "")

    def test_title_runs_and_open(self, folder, tmp_path, capfd, monkeypatch):
        opened = []
        monkeypatch.setattr("webbrowser.open", opened.append)
        log = folder / "log.csv"
        path = tmp_path / "r.html"
        options = ("--title", "Mine", "--run", f"a={log}", "--run", f"b={log}", "--open")
        assert said(capfd, "report", folder / "model.keras", "-o", path, *options)[0] == COMPLETE
        assert kreport.load(path).subject.name == "Mine"
        assert opened == [path.as_uri()]

    def test_a_task_is_what_the_user_says(self, folder, tmp_path, capfd):
        import numpy as np

        random = np.random.default_rng(0)
        np.savez(tmp_path / "data.npz", x=random.normal(size=(30, 3)).astype("float32"), y=random.integers(0, 2, 30))
        given = ("report", folder / "model.keras", "--data", tmp_path / "data.npz", "--only", "evaluation")
        code, _, err = said(capfd, *given, "--task", "regression", "-o", tmp_path / "r.json")
        assert code == COMPLETE, err
        [output] = kreport.load(tmp_path / "r.json").measurements["evaluation"].outputs
        assert output.kind == "regression"
        code, _, err = said(capfd, *given, "--task", "clustering", "-o", tmp_path / "other.json")
        assert code == BAD_INPUT
        assert "`task` is 'clustering'; accepted are 'binary'" in err

    def test_a_large_file_names_the_section_to_blame(self, folder, tmp_path, capfd, monkeypatch):
        monkeypatch.setattr("kreport.cli.LARGE", 1000)
        _, _, err = said(capfd, "report", folder / "model.keras", "-o", tmp_path / "r.html")
        [blame] = [line for line in err.splitlines() if "is large" in line]
        assert re.search(r"[\d.]+ KB of it are the section '(\w+)' \(--skip \1 ", blame)


class TestBadInput:
    @pytest.mark.parametrize(
        "arguments",
        [
            ("report", "nothing.keras"),
            ("report", "log.csv"),
            ("report", "model.keras", "--history", "nothing.csv"),
            ("report", "model.keras", "--history", "model.keras"),
            ("report", "model.keras", "--only", "wights"),
            ("report", "model.keras", "--input-shape", "a,b"),
            ("report", "model.keras", "--custom", "nowhere:X"),
            ("report", "model.keras", "-o", "report.pdf"),
            ("report", "model.keras", "-o", "no/such/folder/report.html"),
        ],
        ids=" ".join,
    )
    def test_one_sentence_exit_code_2_and_the_old_report_stays(self, folder, capfd, monkeypatch, arguments):
        monkeypatch.chdir(folder)
        old = folder / "model.report.html"
        old.write_text("old", "utf-8")
        code, out, err = said(capfd, *arguments)
        assert code == BAD_INPUT
        assert out == ""
        *steps, sentence = err.splitlines()
        assert sentence.startswith("kreport: ")
        assert all(step.endswith("…") for step in steps)
        assert "Traceback" not in err
        assert old.read_text("utf-8") == "old"

    def test_unknown_options_are_refused_by_the_parser(self, capfd):
        with pytest.raises(SystemExit) as stopped:
            main(["report", "model.keras", "--hstory", "x"])
        assert stopped.value.code == BAD_INPUT
        assert "--hstory" in capfd.readouterr().err


class TestFailure:
    def test_a_failed_stage_is_named_and_the_rest_is_written(self, folder, tmp_path, capfd, monkeypatch):
        self.break_weights(monkeypatch)
        path = tmp_path / "r.html"
        code, out, err = said(capfd, "report", folder / "model.keras", "-o", path)
        assert code == INCOMPLETE
        assert "kreport: weights failed: ZeroDivisionError" in err
        assert "  | noise of a library" in err
        assert str(path) in out
        assert path.exists()

    def test_strict_stops_and_writes_nothing(self, folder, tmp_path, capfd, monkeypatch):
        self.break_weights(monkeypatch)
        code, out, err = said(capfd, "report", folder / "model.keras", "--strict", "-o", tmp_path / "r.html")
        assert code == INCOMPLETE
        assert out == ""
        assert "ZeroDivisionError" in err
        assert list(tmp_path.iterdir()) == []

    @staticmethod
    def break_weights(monkeypatch):
        from kreport.analyzers.weights import Weights
        from kreport.inputs.subject import KerasModel

        kind = Weights.measure.__annotations__["return"]
        measures = sys.modules[Weights.__module__].__dict__[kind] if isinstance(kind, str) else kind

        def measure(self, model: KerasModel) -> measures:
            os.write(2, b"noise of a library\n")
            return 1 / 0

        measure.__annotations__ = {"model": KerasModel, "return": measures}
        monkeypatch.setattr(Weights, "measure", measure)


def kreport_in(environment: dict[str, str | None], before: str, *arguments: object) -> subprocess.CompletedProcess:
    everything = {k: v for k, v in (os.environ | environment).items() if v is not None}
    code = f"{before}import sys; from kreport.cli import main; sys.exit(main(sys.argv[1:]))"
    everything["PYTHONPATH"] = str(Path(kreport.__file__).parents[1])
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, env=everything, check=False)


@pytest.mark.slow
class TestBareBuildMachine:
    """No HOME, C locale, ASCII streams, no display, and the working folder is already deleted."""

    ENVIRONMENT: ClassVar = {
        **dict.fromkeys(("HOME", "DISPLAY", "XDG_CACHE_HOME", "LANG")),
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONIOENCODING": "ascii",
    }
    GONE = "import os, tempfile; d = tempfile.mkdtemp(); os.chdir(d); os.rmdir(d)\n"

    def test_an_absolute_path_is_written_and_only_our_lines_are_printed(self, folder, tmp_path):
        path = tmp_path / "отчёт 100%.html"
        done = kreport_in(self.ENVIRONMENT, self.GONE, "report", folder / "model.keras", "-o", path)
        assert done.returncode == COMPLETE, done.stderr
        assert path.exists()
        out, err = done.stdout.decode("ascii"), done.stderr.decode("ascii")
        assert [line.split()[0] for line in out.splitlines()] == ["report", "size", "result", "absent", "absent"]
        assert all(line.endswith("\\u2026") for line in err.splitlines())

    def test_a_relative_path_is_one_sentence(self, folder):
        done = kreport_in(self.ENVIRONMENT, self.GONE, "report", folder / "model.keras", "-o", "report.html")
        assert done.returncode == BAD_INPUT
        assert b"working folder no longer exists" in done.stderr
        assert len(done.stderr.splitlines()) == 1

    def test_without_any_streams(self, folder, tmp_path):
        closed = "import os, sys; os.close(1); os.close(2); sys.stdout = sys.stderr = None\n"
        done = kreport_in({}, closed, "report", folder / "model.keras", "-o", tmp_path / "r.html")
        assert done.returncode == COMPLETE
        assert (tmp_path / "r.html").exists()


class TestHelp:
    def test_every_command_and_option_explains_itself(self):
        for command in commands().values():
            for action in command._actions:
                assert action.help, action
            assert "examples:" in command.format_help()

    def test_names_the_sections_that_exist(self):
        from kreport.analyzers import Analyzer
        from kreport.plugins import discover

        text = " ".join(commands()["report"].format_help().split())
        for analyzer in discover(Analyzer, "kreport.analyzers"):
            assert analyzer.id in text

    def test_starts_at_once(self):
        heavy = ("numpy", "pandas", "tensorflow", "keras", "rich")
        code = f"import sys, kreport.cli; print([m for m in {heavy} if m in sys.modules])"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == "[]\n"


def commands() -> dict:
    return parser()._subparsers._group_actions[0].choices
