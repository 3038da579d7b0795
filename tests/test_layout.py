"""The house rules that a reviewer would otherwise have to remember."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import kreport
from kreport.cli import parser
from kreport.document import blocks as document
from kreport.document.blocks import Block
from kreport.render.templates import templates_dir

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "kreport").rglob("*.py"))
TEMPLATES = sorted(templates_dir().rglob("*.j2"))
BROAD_EXCEPT = {"kreport/pipeline.py", "kreport/plugins.py"}
NAMES = {"PIL": "pillow", "sklearn": "scikit_learn"}  # of packages that are imported by another one
PRIVATE_KERAS = {f"kreport/probes/_keras{part}.py" for part in ("", "_calls", "_fit", "_steps")}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name)
class TestEveryModule:
    def test_stays_small_and_opens_with_one_sentence(self, path):
        text = path.read_text("utf-8")
        assert text.count("\n") <= 400
        first = (ast.get_docstring(ast.parse(text)) or "").partition("\n\n")[0]
        assert first.rstrip().endswith((".", ":", "?")), first

    def test_imports_tensorflow_and_keras_inside_functions_only(self, path):
        for node in ast.parse(path.read_text("utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [n for n in names if n.partition(".")[0] in ("tensorflow", "keras")]

    def test_knows_no_private_names_of_keras(self, path):
        if name(path) not in PRIVATE_KERAS:
            assert "keras.src" not in re.sub(r'""".*?"""|#.*', "", path.read_text("utf-8"), flags=re.DOTALL)

    def test_catches_everything_only_where_that_is_the_task(self, path):
        tree = ast.parse(path.read_text("utf-8"))
        kinds = [ast.unparse(n.type) if n.type else "" for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler)]
        if name(path) not in BROAD_EXCEPT:
            assert not {"", "Exception", "BaseException"} & set(kinds)

    def test_prints_only_in_the_command_line(self, path):
        calls = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)]
        printed = [n for n in calls if isinstance(n.func, ast.Name) and n.func.id == "print"]
        assert not printed or path.parent.name == "data"


class TestTemplates:
    def test_every_block_has_one_template_and_every_template_a_block(self):
        kinds = {block.kind for block in vars(document).values() if isinstance(block, type) and "kind" in vars(block)}
        assert {p.name.removesuffix(".html.j2") for p in (templates_dir() / "blocks").iterdir()} == kinds
        assert all(issubclass(block, Block) for block in Block.__subclasses__())

    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
    def test_trust_nothing(self, path):
        assert not re.search(r"\|\s*safe|autoescape false|\sstyle=|\son\w+=", path.read_text("utf-8"))


class TestReadme:
    TEXT = (ROOT / "README.md").read_text("utf-8")

    def test_names_every_option(self):
        options = {
            option
            for command in parser()._subparsers._group_actions[0].choices.values()
            for action in command._actions
            for option in action.option_strings
        } - {"-h"}
        assert {option for option in options if f"`{option}" not in self.TEXT and option not in self.TEXT} == set()

    def test_names_every_exit_code(self):
        assert re.findall(r"^\| (\d) \|", self.TEXT, re.MULTILINE) == ["0", "1", "2", "3"]

    def test_names_every_argument_of_report(self):
        source = ast.parse((ROOT / "kreport" / "api.py").read_text("utf-8"))
        [function] = [n for n in source.body if isinstance(n, ast.FunctionDef) and n.name == "report"]
        names = {argument.arg for argument in function.args.kwonlyargs} - {"progress"}
        assert {argument for argument in names if f"`{argument}=`" not in self.TEXT} == set()

    def test_links_lead_somewhere(self):
        for target in re.findall(r"\]\(((?!http)[^)#]+)", self.TEXT):
            assert (ROOT / target).exists(), target


class TestImports:
    @pytest.mark.parametrize(
        ("code", "kept_away"),
        [
            ("import kreport", {"numpy", "pandas", "altair", "jinja2", "h5py", "keras", "tensorflow", "sklearn"}),
            ("import kreport.api", {"keras", "tensorflow", "sklearn"}),
            ("import kreport.render.html, kreport.document.codec", {"keras", "tensorflow"}),
        ],
    )
    def test_stay_light(self, code, kept_away):
        done = subprocess.run(
            [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        assert not kept_away & set(done.stdout.split())

    def test_change_nothing_of_the_process(self):
        code = (
            "import os, logging, warnings, sys\n"
            "def state(): return dict(os.environ), logging.root.level, logging.root.handlers[:], warnings.filters[:]\n"
            "before = state(); import kreport; sys.exit(state() != before)"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


class TestProject:
    def test_public_names_are_there(self):
        for public in kreport.__all__:
            assert getattr(kreport, public) is not None

    def test_files_name_no_registry_and_no_folder_of_a_machine(self):
        tracked = subprocess.run(
            ["git", "ls-files"], capture_output=True, text=True, check=False, cwd=ROOT
        ).stdout.split("\n")
        if not any(tracked):
            pytest.skip("not a git checkout")
        suspicious = re.compile(rf'"resolved"\s*:|index-url\s*=|registry\s*=\s*http|{re.escape(str(ROOT.parent))}/')
        for file in filter(None, tracked):
            path = ROOT / file
            if path.suffix in (".py", ".md", ".toml", ".json", ".js", ".css", ".j2", "") and path.is_file():
                found = suspicious.search(path.read_text("utf-8", "replace"))
                assert not found, f"{file}: {found.group()}"

    def test_every_imported_package_is_declared(self):
        nodes = [
            node
            for path in MODULES
            if path.parent.name != "data"
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
        ]
        imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        imported |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        packages = (
            {NAMES.get(module.partition(".")[0], module.partition(".")[0]) for module in imported}
            - set(sys.stdlib_module_names)
            - {"kreport", ""}
        )
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        listed = [*project["dependencies"], *project["optional-dependencies"]["tensorflow"]]
        declared = {re.match(r"[\w-]+", line).group().replace("-", "_").removesuffix("_python") for line in listed}
        assert packages == declared

    def test_the_changelog_has_this_version(self):
        assert f"## {kreport.__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")

    def test_every_ignored_check_has_its_reason(self):
        text = (ROOT / "pyproject.toml").read_text("utf-8")
        ignored = tomllib.loads(text)["tool"]["ruff"]["lint"]["ignore"]
        for code in ignored:
            assert re.search(rf'"{code}",\s+# \S+', text), code
