"""The console keeps the noise of native libraries away and its own lines whole."""

import os
import subprocess
import sys

from kreport.console import console


def test_noise_is_kept_for_later_and_our_lines_pass(capfd):
    with console() as terminal:
        os.write(2, b"noise from C\n")
        terminal.step("Weights")
        terminal.error("sorry")
        terminal.result("done")
        assert terminal.noise_tail() == ["noise from C"]
    os.write(2, b"later\n")
    out, err = capfd.readouterr()
    assert out == "done\n"
    assert err == "Weights …\nsorry\nlater\n"


def test_verbose_leaves_everything_where_it_was(capfd):
    with console(verbose=True) as terminal:
        os.write(2, b"noise from C\n")
        assert terminal.noise_tail() == []
    assert capfd.readouterr().err == "noise from C\n"


def test_quiet_prints_errors_only(capfd):
    with console(quiet=True) as terminal, terminal.steps(3):
        terminal.step("Weights")
        terminal.result("done")
        terminal.error("sorry")
    assert capfd.readouterr() == ("", "sorry\n")


def run(code: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, **options)


PRINTS = """
from kreport.console import console
with console() as terminal:
    terminal.step("\\u0441\\u043b\\u043e\\u0439"); terminal.result("gr\\xf6\\xdfe"); terminal.error("\\u5c64")
"""


def test_a_locale_that_cannot_write_a_name_escapes_it():
    done = run(PRINTS, env=os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"})
    assert done.returncode == 0
    assert done.stdout == "gr\\xf6\\xdfe\n"
    assert "\\u0441\\u043b\\u043e\\u0439" in done.stderr


def test_no_stdout_and_no_stderr_at_all():
    closed = "import os, sys; os.close(1); os.close(2); sys.stdout = sys.stderr = None\n"
    assert run(closed + PRINTS).returncode == 0


def test_a_reader_that_leaves_ends_nothing():
    code = f'import subprocess, sys; p = subprocess.Popen([sys.executable, "-c", {PRINTS!r}], stdout=subprocess.PIPE); '
    code += "p.stdout.close(); sys.exit(p.wait())"
    done = run(code, env=os.environ | {"PYTHONIOENCODING": "utf-8"})
    assert done.returncode == 0
    assert "Broken" not in done.stderr


def test_a_terminal_gets_a_progress_bar():
    code = """
import pty, os, sys
pid, fd = pty.fork()
if pid == 0:
    from kreport.console import console
    with console() as terminal, terminal.steps(2):
        terminal.step("[bold]Weights"); terminal.step("Training")
    os._exit(0)
seen = b""
while True:
    try: part = os.read(fd, 4096)
    except OSError: break
    if not part: break
    seen += part
os.waitpid(pid, 0)
sys.stdout.buffer.write(seen)
"""
    done = run(code, env=os.environ | {"TERM": "xterm", "PYTHONIOENCODING": "utf-8"})
    assert "Training" in done.stdout
    assert "…" not in done.stdout
