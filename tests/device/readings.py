"""A reading for tests of what takes readings."""

from device.contract import Box, Face, Reading

BOX = Box(1, 2, 30, 40)


def reading(emotion: str | None = "happy", box: Box = BOX) -> Reading:
    unsure = None if emotion else "close scores"
    face = Face(1, box, emotion, 0.87654, {"happy": 0.8, "sad": 0.2}, unsure)
    return Reading(3, 0.123456, (face,), {"detect": 1.23456, "classify": 0.1, "total": 1.5})
