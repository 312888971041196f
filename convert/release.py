"""A release on disk: a folder with `emotion.tflite` and `emotion.json`, whole or not there at all."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

from device.errors import UsageError
from device.net.model_file import JSON_NAME, MODEL_NAME, SIGNATURE_NAME
from device.process import whole_file


def check_target(out: Path) -> None:
    """Raise UsageError where writing a release to `out` would destroy something that is not one."""
    if not out.exists() and not out.is_symlink():
        return
    parts = (MODEL_NAME, JSON_NAME, SIGNATURE_NAME)
    strangers = [f.name for f in out.iterdir() if f.name not in parts] if out.is_dir() else [out.name]
    if strangers:
        raise UsageError(f"{out} holds {strangers[0]}, which is no part of a release: choose another --out")


def write(out: Path, content: bytes, facts: dict[str, Any]) -> None:
    """Write the release under a name beside `out`, then switch; a kill or a full disk leaves no half release.

    A signature that stood there is of the former release and goes with it, which is said.

    Args:
        content: the .tflite file.
        facts: for emotion.json; sha256 and size are added.

    Raises:
        UsageError: see check_target.
        OSError: the disk.
    """
    check_target(out)
    was_signed = (out / SIGNATURE_NAME).exists()
    out.parent.mkdir(parents=True, exist_ok=True)
    partial, former = out.with_name(f".{out.name}.partial"), out.with_name(f".{out.name}.former")
    for leftover in (partial, former):
        shutil.rmtree(leftover, ignore_errors=True)
    partial.mkdir()
    try:
        described = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), **facts}
        whole_file.write(partial / MODEL_NAME, content)
        whole_file.write_json(partial / JSON_NAME, described)
        if out.exists():
            out.rename(former)
        partial.rename(out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    whole_file.sync_folder(out.parent)
    shutil.rmtree(former, ignore_errors=True)
    if was_signed:
        print(f"the release that stood in {out} was signed, this one is not: python -m convert sign {out} --key FILE")
