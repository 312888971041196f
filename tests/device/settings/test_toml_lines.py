"""Settings are read line by line."""

import tomllib
from pathlib import Path

import pytest

from device.settings import toml_lines

pytestmark = pytest.mark.once


def test_lines_are_read_as_tomllib_reads_the_whole(tmp_path: Path) -> None:
    text = (
        '# a = 1\n"a b" = 1 # x\n\nb = """\n# no comment\nc = 3\n"""\nd = [ # x\n  "[", \'"""\',\n]\n'
        "e = '''\n'''\n f=1.5\ng = [[1],\n[2]]\nh = \"\\\"\\\"\\\" # \"\n"
    )
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())  # as an editor on Windows writes it
    read = toml_lines.read(path, lambda key, value: value)
    assert read == tomllib.loads(text)
