"""The model that would be loaded, the active release, and a probation that is under way."""

from collections.abc import Iterator

from device.doctor.examination import Examination
from device.doctor.finding import Finding
from device.errors import ModelError
from device.net import model_file
from device.releases import active, store
from device.releases.probation import ON_PROBATION, RECORD_NAME, ROLLED_BACK, read
from device.releases.store import BUNDLED, short


def model(case: Examination) -> Iterator[Finding]:
    """The model that the settings name: whether it is there and whole, with its card."""
    try:
        found = model_file.load(case.model())
    except ModelError as error:
        cure = "sudo systemd/install for the bundled one, or deploy a release again"
        yield Finding("model", "fault", str(error), cure)
        return
    labels = ", ".join(found.card.labels)
    yield Finding("model", "ok", f"{case.settings.model}: whole, {len(found.content) // 1000} kB, {labels}")


def release(case: Examination) -> Iterator[Finding]:
    """The release that is active: whether it is there, is what its name says, and is what the settings ask for."""
    name = case.store.current()
    if name == BUNDLED:
        yield Finding("release", "none", "none is active; the bundled model serves")
        return
    folder = case.store.path(name)
    cure = f"deploy a release again, or sudo rm {case.host.name(case.store.link)} for the bundled one"
    if not (folder / model_file.MODEL_NAME).is_file():
        yield Finding("release", "fault", f"current points to {name}, which is not there", cure)
    elif store.digest(folder) != name:
        yield Finding("release", "fault", f"{short(name)} is not what it was (its SHA-256 differs)", cure)
    elif case.settings.model != active.ACTIVE:
        text = f"{short(name)} is active, but the settings say model = {case.settings.model!r}"
        yield Finding("release", "warning", text, f'model = "{active.ACTIVE}" in the settings')
    else:
        yield Finding("release", "ok", f"{short(name)} is active and whole")


def probation(case: Examination) -> Iterator[Finding]:
    """The last activation: whether its release is on probation still, has passed it, or was left again."""
    last = read(case.store)
    if last is None and (case.store.folder / RECORD_NAME).exists():
        yield Finding("probation", "warning", "the record of the last activation is damaged", "deploy a release again")
    elif last is None:
        yield Finding("probation", "none", "no release was ever activated")
    elif last.state == ON_PROBATION:
        said = f"release {short(last.candidate)} is on probation: {last.seconds:g} s of finished frames"
        yield Finding("probation", "warning", said, "wait for its end; it goes back by itself if it fails")
    elif last.state == ROLLED_BACK:
        said = f"release {short(last.candidate)} was rolled back: {last.reason or 'no reason is kept'}"
        yield Finding("probation", "warning", said, "deploy a release that is mended")
    else:
        yield Finding("probation", "ok", f"release {short(last.candidate)} has passed it")
