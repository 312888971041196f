"""Readings as a person would like to read them: a line when something changes, and a summary at the end."""

from collections import Counter

from device.contract import Frame, Output, Reading

_REMEMBERED = 64  # faces whose last line is remembered


class Console(Output):
    """Prints a line for each photo, or for each face whose steady label is new, and a summary at the end."""

    def __init__(self) -> None:
        self._shown: dict[int, str | None] = {}
        self._frames = self._with_face = 0
        self._emotions: Counter[str] = Counter()

    def show(self, frame: Frame, reading: Reading) -> None:
        self._frames += 1
        self._with_face += 1 if reading.faces else 0
        self._emotions.update(face.emotion or "unsure" for face in reading.faces)
        if frame.still:
            captions = ", ".join(face.in_words() for face in reading.faces)
            print(f"{frame.name:<28} {captions or 'no face'}", flush=True)
            return
        for face in reading.faces:
            if face.id not in self._shown or self._shown[face.id] != face.emotion:
                minutes, seconds = divmod(reading.time, 60)
                print(f"{minutes:3.0f}:{seconds:04.1f}  face {face.id}  {face.in_words()}", flush=True)
                self._shown.pop(face.id, None)  # so that the newest stands last
                self._shown[face.id] = face.emotion
        while len(self._shown) > _REMEMBERED:
            del self._shown[next(iter(self._shown))]

    def __exit__(self, *error: object) -> None:
        if not self._frames:
            return
        readings = sum(self._emotions.values())
        shares = ", ".join(f"{name} {100 * n / readings:.0f} %" for name, n in self._emotions.most_common())
        share = 100 * self._with_face / self._frames
        print(
            f"{self._frames} frame{'' if self._frames == 1 else 's'}, a face in {self._with_face} ({share:.0f} %)"
            + (f"; read: {shares}" if readings else "")
        )
