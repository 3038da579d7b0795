"""Arguments of the command line become what the Python call takes, or one sentence."""

import sys
from pathlib import Path

import pytest

from kreport.arguments import custom_objects, histories, section_ids, shapes, tasks
from kreport.errors import KreportError


class TestHistories:
    def test_one_file_several_parts_and_separate_runs(self):
        assert histories(None, None) is None
        assert histories(["a.csv"], None) == Path("a.csv")
        assert histories(["a.csv", "b.csv"], None) == [Path("a.csv"), Path("b.csv")]
        assert histories(None, ["x=a.csv", "y=b=c.csv"]) == {"x": Path("a.csv"), "y": Path("b=c.csv")}

    @pytest.mark.parametrize(
        ("files", "runs", "said"),
        [
            (["a"], ["x=b"], "both given"),
            (None, ["a.csv"], "NAME=FILE"),
            (None, ["=a.csv"], "NAME=FILE"),
            (None, ["x=a", "x=b"], "'x' twice"),
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, files, runs, said):
        with pytest.raises(KreportError, match=said):
            histories(files, runs)


class TestShapes:
    @pytest.mark.parametrize(
        ("texts", "shape"),
        [
            (None, None),
            (["224,224,3"], (224, 224, 3)),
            (["224x224x3"], (224, 224, 3)),
            (["(10,)"], (10,)),
            (["?,?,3"], (None, None, 3)),
            (["4", "2,2"], [(4,), (2, 2)]),
            (["image=8,8,1", "age=1"], {"image": (8, 8, 1), "age": (1,)}),
        ],
    )
    def test_forms_people_write(self, texts, shape):
        assert shapes(texts) == shape

    @pytest.mark.parametrize("texts", [["a,b"], [""], ["-1,2"], ["1.5"], ["image=3", "4"]])
    def test_anything_else_is_refused(self, texts):
        with pytest.raises(KreportError, match="--input-shape"):
            shapes(texts)


def test_a_task_is_for_all_outputs_or_for_one_by_its_name():
    assert tasks(None) is None
    assert tasks(["binary"]) == "binary"
    assert tasks(["digit=multi-class", "a=b=regression"]) == {"digit": "multi-class", "a=b": "regression"}
    assert tasks(["binary", "size=regression"]) == {"": "binary", "size": "regression"}


def test_section_ids_come_by_comma_or_one_by_one():
    assert section_ids(None) is None
    assert section_ids(["weights, training", "layers"]) == ["weights", "training", "layers"]


class TestCustomObjects:
    def test_a_name_in_a_module(self):
        assert custom_objects(["pathlib:Path"]) == {"Path": Path}
        assert custom_objects(None) is None

    def test_a_name_in_a_file_anywhere(self, tmp_path, monkeypatch):
        (tmp_path / "mine.py").write_text("class Attention: ...\n", "utf-8")
        monkeypatch.delitem(sys.modules, "mine", raising=False)
        assert custom_objects([f"{tmp_path / 'mine.py'}:Attention"])["Attention"].__name__ == "Attention"

    def test_a_module_alone_is_imported(self, tmp_path, monkeypatch):
        (tmp_path / "registers_things.py").write_text("DONE = True\n", "utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        assert custom_objects(["registers_things"]) is None
        assert sys.modules["registers_things"].DONE

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("no_such_module:X", "cannot be imported"),
            ("pathlib:Nope", "has no 'Nope'"),
            ("missing.py:X", "cannot be imported"),
        ],
    )
    def test_what_is_not_there_is_named(self, text, said):
        with pytest.raises(KreportError, match=said):
            custom_objects([text])

    def test_a_module_that_fails_is_one_sentence(self, tmp_path):
        (tmp_path / "broken.py").write_text("1 / 0\n", "utf-8")
        with pytest.raises(KreportError, match="ZeroDivisionError"):
            custom_objects([f"{tmp_path / 'broken.py'}:X"])
