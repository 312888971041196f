"""The model that would be loaded, the active release, and a probation that is under way."""

import hashlib
import json
from collections.abc import Iterator

from device.doctor.examination import Examination
from device.doctor.finding import Finding
from device.errors import ModelError
from device.net import model_file

_DEPLOY = "deploy a release again, or sudo rm {}/current for the bundled one"


def model(case: Examination) -> Iterator[Finding]:
    try:
        found = model_file.load(case.model())
    except ModelError as error:
        cure = "sudo systemd/install for the bundled one, or deploy a release again"
        yield Finding("model", "fault", str(error), cure)
        return
    labels = ", ".join(found.card.labels)
    yield Finding("model", "ok", f"{case.settings.model}: whole, {len(found.content) // 1000} kB, {labels}")


def release(case: Examination) -> Iterator[Finding]:
    folder = case.active()
    if folder is None:
        yield Finding("release", "none", "none is active; the bundled model serves")
        return
    cure = _DEPLOY.format(case.state)
    file = folder / model_file.MODEL_NAME
    if not file.is_file():
        yield Finding("release", "fault", f"current points to {folder.name}, which is not there", cure)
    elif hashlib.sha256(file.read_bytes()).hexdigest() != folder.name:
        yield Finding("release", "fault", f"{folder.name[:12]} is not what it was (its SHA-256 differs)", cure)
    elif case.settings.model != "active":
        text = f"{folder.name[:12]} is active, but the settings say model = {case.settings.model!r}"
        yield Finding("release", "warning", text, 'model = "active" in the settings')
    else:
        yield Finding("release", "ok", f"{folder.name[:12]} is active and whole")


def probation(case: Examination) -> Iterator[Finding]:
    text = case.host.read(case.state / "activation.json")
    record = json.loads(text) if text else {}
    name = str(record.get("candidate", ""))[:12]
    if record.get("state") == "on probation":
        said = f"release {name} is on probation: {record['seconds']:g} s of finished frames"
        yield Finding("probation", "warning", said, "wait for its end; it goes back by itself if it fails")
    elif record.get("state") == "rolled back":
        said = f"release {name} was rolled back: {record.get('reason') or 'no reason is kept'}"
        yield Finding("probation", "warning", said, "deploy a release that is mended")
    elif record:
        yield Finding("probation", "ok", f"release {name} has passed it")
    else:
        yield Finding("probation", "none", "no release was ever activated")
