"""A model file is used whole and as its card says, or refused with one line; never a crash."""

from pathlib import Path

import numpy as np
import pytest

from device.errors import ModelError
from device.net import model_file
from device.net.model_file import ModelFile
from tests.conftest import error_lines, run_command
from tests.damaged import KINDS, damage
from tests.drawn import EXPRESSIONS, portrait


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_release_is_refused_in_one_line(release: Path, kind: str) -> None:
    with pytest.raises(ModelError) as error:
        model_file.load(model_file.find(str(damage(release, kind))))
    assert "\n" not in str(error.value)
    assert str(release) in str(error.value)


@pytest.mark.parametrize("kind", ["truncated", "no card"])
def test_the_command_ends_with_2_and_one_line(release: Path, tmp_path: Path, kind: str) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "face.png"), portrait(EXPRESSIONS["happy"]))
    result = run_command("device", "run", "--camera", tmp_path / "face.png", "--model", damage(release, kind))
    assert (result.returncode, len(error_lines(result)), result.stdout) == (2, 1, "")


def test_any_cut_of_the_file_is_noticed_before_the_interpreter_sees_it(bundled: ModelFile, tmp_path: Path) -> None:
    path = tmp_path / "cut.tflite"
    for length in np.linspace(0, len(bundled.content) - 1, 60).astype(int):
        path.write_bytes(bundled.content[:length])
        with pytest.raises(ModelError):
            model_file.load(path)


def test_a_lone_file_is_enough_and_an_unknown_name_lists_what_there_is(bundled: ModelFile, tmp_path: Path) -> None:
    (tmp_path / "lone.tflite").write_bytes(bundled.content)
    assert model_file.load(model_file.find(str(tmp_path / "lone.tflite"))).card == bundled.card
    with pytest.raises(ModelError, match="bundled model: default"):
        model_file.find("nothing")
