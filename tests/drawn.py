"""Draws faces with an expression, in the project's own hand: pictures of nobody, for tests and the demo.

An expression is a handful of movements after the Facial Action Coding System (Ekman & Friesen 1978): brows raised or
lowered, lids open or narrowed, mouth corners up or down, jaw dropped, teeth shown.
"""

from dataclasses import dataclass, fields

import cv2
import numpy as np


@dataclass(frozen=True)
class Expression:
    """Movements of a face; 0 is at rest, 1 as far as it goes."""

    brow_raise: float = 0.0  # whole brow up; negative down
    brow_inner: float = 0.0  # inner ends up (grief); negative down and together (anger)
    eyes: float = 0.0  # wide open; negative narrowed
    corners: float = 0.0  # mouth corners up; negative down
    wide: float = 0.0  # mouth stretched; negative pursed
    jaw: float = 0.0  # mouth open
    teeth: float = 0.0  # how much of the open mouth is teeth
    cheeks: float = 0.0  # raised, with the fold beside the nose
    nose: float = 0.0  # wrinkled

    def towards(self, other: "Expression", share: float) -> "Expression":
        """The face on its way from this expression to another; `share` 0 to 1."""
        mixed = {
            f.name: (1 - share) * getattr(self, f.name) + share * getattr(other, f.name) for f in fields(Expression)
        }
        return Expression(**mixed)


EXPRESSIONS = {
    "neutral": Expression(eyes=-0.45, corners=0.08),  # lids that hang a little, as nobody stares at rest
    "happy": Expression(eyes=-0.35, corners=0.9, wide=0.7, jaw=0.25, teeth=1.0, cheeks=1.0),
    "surprise": Expression(brow_raise=1.0, eyes=1.0, wide=-0.5, jaw=1.0),
    "angry": Expression(brow_raise=-0.8, brow_inner=-1.0, eyes=-0.1, corners=-0.3, wide=-0.1, nose=0.6),
    "sad": Expression(brow_inner=1.0, eyes=-0.6, corners=-0.6, wide=-0.1),
    "fear": Expression(brow_raise=0.6, brow_inner=0.7, eyes=0.9, corners=-0.3, wide=0.4, jaw=0.45, teeth=0.5),
    "disgust": Expression(brow_raise=-0.5, brow_inner=-0.4, eyes=-0.6, corners=-0.4, jaw=0.1, cheeks=0.7, nose=1.0),
}


@dataclass(frozen=True)
class Person:
    """What stays when the expression changes. Colours are blue, green, red."""

    skin: tuple[int, int, int] = (150, 178, 222)
    hair: tuple[int, int, int] = (38, 46, 60)
    lips: tuple[int, int, int] = (98, 100, 178)
    jaw_width: float = 0.74  # half width of the face, of its half height
    brow_thickness: float = 1.0
    eye_spacing: float = 0.345


PEOPLE = (
    Person(),
    Person(skin=(96, 128, 176), hair=(20, 22, 28), lips=(72, 74, 138), jaw_width=0.78, brow_thickness=1.25),
    Person(skin=(168, 192, 232), hair=(70, 110, 150), lips=(110, 108, 190), jaw_width=0.7, brow_thickness=0.8),
)

_SIZE = 480  # of the canvas a face is drawn on before it is scaled, pixels
_HALF = 190  # half height of the face on it, pixels


def draw_face(expression: Expression, person: Person = PEOPLE[0]) -> tuple[np.ndarray, np.ndarray]:
    """A frontal face on a square canvas.

    Returns:
        (image float32 [480, 480, 3] 0..255, coverage float32 [480, 480, 1] 0..1).
    """
    canvas = _Canvas(person)
    canvas.hair_behind()
    canvas.neck_and_head()
    canvas.eyes(expression)
    canvas.brows(expression)
    canvas.nose(expression)
    canvas.mouth(expression)
    canvas.folds(expression)
    canvas.hair_in_front()
    return canvas.finished()


class _Canvas:
    """A face in coordinates where (0, 0) is its centre and (.., 1) its chin."""

    def __init__(self, person: Person):
        self.person = person
        self.image = np.zeros((_SIZE, _SIZE, 3), np.float32)
        self.cover = np.zeros((_SIZE, _SIZE), np.float32)
        self.skin = np.array(person.skin, np.float32)

    def paint(
        self, points: list[tuple[float, float]], colour: object, strength: float = 1.0, blur: float = 0.0
    ) -> None:
        """Fill a smooth closed curve through points; blur in the face's units softens its edge."""
        mask = np.zeros((_SIZE, _SIZE), np.uint8)
        cv2.fillPoly(mask, [_pixels(_smooth(points))], 255, cv2.LINE_AA, shift=4)
        self._blend(mask, colour, strength, blur)

    def ellipse(
        self, x: float, y: float, a: float, b: float, colour: object, strength: float = 1, blur: float = 0
    ) -> None:
        turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        self.paint([(x + a * np.cos(t), y + b * np.sin(t)) for t in turn], colour, strength, blur)

    def line(
        self, points: list[tuple[float, float]], width: float, colour: object, strength: float, blur: float
    ) -> None:
        mask = np.zeros((_SIZE, _SIZE), np.uint8)
        thick = max(1, round(width * _HALF))
        cv2.polylines(mask, [_pixels(_smooth(points, closed=False))], False, 255, thick, cv2.LINE_AA, shift=4)
        self._blend(mask, colour, strength, blur)

    def _blend(self, mask: np.ndarray, colour: object, strength: float, blur: float) -> None:
        share = mask.astype(np.float32) / 255
        if blur > 0:
            share = cv2.GaussianBlur(share, (0, 0), blur * _HALF)
        self._last = share = (share * strength)[..., None]
        # A stroke touches a small part of the canvas, and what it does not touch stays as it is.
        left, top, width, height = cv2.boundingRect((share != 0).astype(np.uint8))
        touched = np.s_[top : top + height, left : left + width]
        self.image[touched] = self.image[touched] * (1 - share[touched]) + share[touched] * np.array(colour, np.float32)

    def _cover(self) -> None:
        self.cover = np.maximum(self.cover, self._last[..., 0])

    def hair_behind(self) -> None:
        w = self.person.jaw_width
        self.ellipse(0, -0.2, w * 1.13, 0.95, self.person.hair)
        self._cover()

    def neck_and_head(self) -> None:
        w = self.person.jaw_width
        self.paint([(-0.36, 0.5), (0.36, 0.5), (0.4, 1.22), (-0.4, 1.22)], self.skin * 0.72, blur=0.01)
        self._cover()
        for side in (-1, 1):
            self.ellipse(side * w * 1.02, 0.0, 0.09, 0.2, self.skin * 0.86, blur=0.01)
            self._cover()
        head = [(0, -0.98), (0.42 * w / 0.74, -0.86), (w * 0.93, -0.5), (w, -0.05), (w * 0.93, 0.4)]
        head += [(w * 0.68, 0.76), (0.22, 0.98), (0, 1.0)]
        self.paint(head + [(-x, y) for x, y in reversed(head[1:-1])], self.skin)
        self._cover()
        inside = self.cover.copy()
        # Light from above: forehead, nose and cheeks catch it; the sides and the eye sockets do not.
        self.ellipse(0, -0.55, 0.42, 0.25, self.skin * 1.1, 0.7, 0.12)
        for side in (-1, 1):
            self.ellipse(side * w * 0.98, 0.15, 0.14, 0.7, self.skin * 0.7, 0.75, 0.08)
            self.ellipse(side * 0.36, 0.2, 0.17, 0.14, self.skin * 1.1, 0.75, 0.08)
            self.ellipse(side * 0.36, -0.2, 0.24, 0.14, self.skin * 0.66, 0.8, 0.06)
            self.ellipse(side * 0.12, -0.2, 0.06, 0.1, self.skin * 0.72, 0.6, 0.04)
        self.ellipse(0, 0.83, 0.2, 0.1, self.skin * 1.06, 0.7, 0.05)
        self.ellipse(0, 0.68, 0.2, 0.04, self.skin * 0.8, 0.6, 0.03)
        self.image *= np.where(inside[..., None] > 0, 1, 0)

    def eyes(self, e: Expression) -> None:
        for side in (-1, 1):
            x, y, a = side * self.person.eye_spacing, -0.19, 0.155
            up, down = 0.062 * (1 + 0.75 * e.eyes), 0.042 * (1 + 0.45 * e.eyes + 0.3 * e.cheeks * (e.eyes < 0))
            up, down = max(up, 0.012), max(down, 0.01)
            tilt = 0.012 * side
            outline = [(x - a, y + 0.01 + tilt), (x - a * 0.5, y - up * 0.8), (x, y - up), (x + a * 0.5, y - up * 0.8)]
            outline += [
                (x + a, y + 0.01 - tilt),
                (x + a * 0.5, y + down * 0.8),
                (x, y + down),
                (x - a * 0.5, y + down * 0.8),
            ]
            before = self.image.copy()
            self.paint(outline, (222, 226, 228))
            white = self._last
            self.ellipse(x, y - 0.006, 0.068, 0.068, (52, 60, 78))
            self.ellipse(x, y - 0.006, 0.034, 0.034, (12, 12, 14))
            self.ellipse(x - 0.024, y - 0.03, 0.013, 0.013, (250, 250, 250))
            self.image = before * (1 - white) + white * self.image  # nothing of the eye outside its lids
            self.line(outline[:5], 0.022, (28, 30, 40), 0.95, 0.004)
            self.line([outline[4], *outline[5:], outline[0]], 0.01, self.skin * 0.45, 0.7, 0.006)
            lid = y - up - 0.045 - 0.02 * max(e.eyes, 0)
            self.line([(x - a, y - 0.03), (x, lid), (x + a, y - 0.03)], 0.014, self.skin * 0.55, 0.6, 0.008)
            if e.cheeks > 0:
                self.line(
                    [(x - a * 0.9, y + down + 0.05), (x, y + down + 0.075), (x + a * 0.9, y + down + 0.05)],
                    0.016, self.skin * 0.65, 0.6 * e.cheeks, 0.01,
                )  # fmt: skip

    def brows(self, e: Expression) -> None:
        thick = self.person.brow_thickness
        lift = -0.13 * e.brow_raise if e.brow_raise > 0 else -0.07 * e.brow_raise
        inner = -0.09 * e.brow_inner if e.brow_inner > 0 else -0.1 * e.brow_inner
        near = 0.13 + 0.03 * max(-e.brow_inner, 0) * -1
        for side in (-1, 1):
            y = -0.385 + lift
            middle, outer = y - 0.045 + 0.35 * inner, y + 0.015 + (0.03 * e.brow_inner if e.brow_inner > 0 else 0)
            top = [(side * near, y + inner), (side * 0.34, middle), (side * 0.56, outer)]
            bottom = [
                (side * 0.56, outer + 0.012),
                (side * 0.34, middle + 0.06 * thick),
                (side * near, y + inner + 0.075 * thick),
            ]
            self.paint(top + bottom, np.array(self.person.hair) * 1.05, 0.92, 0.01)
        if e.brow_inner < 0:  # the frown's two furrows
            for side in (-1, 1):
                self.line(
                    [(side * 0.045, -0.46), (side * 0.05, -0.33)], 0.022, self.skin * 0.5, -0.9 * e.brow_inner, 0.008
                )
        wrinkles = max(e.brow_raise, 0.6 * e.brow_inner, 0)
        for row in range(3):
            y = -0.62 - 0.07 * row + lift * 0.4
            self.line([(-0.34, y + 0.02), (0, y), (0.34, y + 0.02)], 0.014, self.skin * 0.7, 0.7 * wrinkles, 0.01)

    def nose(self, e: Expression) -> None:
        self.paint([(-0.05, -0.25), (0.05, -0.25), (0.07, 0.18), (-0.07, 0.18)], self.skin * 1.14, 0.6, 0.035)
        for side in (-1, 1):
            self.line(
                [(side * 0.085, -0.12), (side * 0.1, 0.08), (side * 0.15, 0.2)], 0.03, self.skin * 0.76, 0.55, 0.03
            )
            self.ellipse(side * 0.135, 0.215 - 0.03 * e.nose, 0.05, 0.045, self.skin * 0.84, 0.8, 0.015)
            self.ellipse(side * 0.07, 0.262 - 0.03 * e.nose, 0.045, 0.022, self.skin * 0.28, 0.9, 0.01)
            for row in range(2):
                y = -0.13 + 0.07 * row
                self.line(
                    [(side * 0.03, y - 0.03), (side * 0.12, y + 0.03)],
                    0.016,
                    self.skin * 0.55,
                    0.8 * max(e.nose, 0),
                    0.008,
                )
        self.ellipse(0, 0.19, 0.075, 0.055, self.skin * 1.18, 0.7, 0.03)
        self.ellipse(0, 0.3, 0.13, 0.03, self.skin * 0.7, 0.6, 0.025)

    def mouth(self, e: Expression) -> None:
        half = 0.27 * (1 + 0.38 * e.wide)
        y = 0.53 + 0.03 * max(e.jaw, 0)
        corner = y - 0.12 * e.corners
        open_up, open_down = 0.03 * e.jaw + 0.02 * max(e.teeth, 0), 0.30 * e.jaw + 0.04 * max(e.teeth, 0)
        dip = 0.05 * e.corners  # the middle sinks as the corners rise
        middle = y + dip
        upper, lower = 0.055, 0.075
        outer = [(-half, corner), (-half * 0.45, middle - open_up - upper * 0.8), (0, middle - open_up - upper * 0.6)]
        outer += [(half * 0.45, middle - open_up - upper * 0.8), (half, corner)]
        outer += [
            (half * 0.5, middle + open_down + lower * 0.8),
            (0, middle + open_down + lower),
            (-half * 0.5, middle + open_down + lower * 0.8),
        ]
        self.paint(outer, self.person.lips, 0.95, 0.008)
        inner_half = half * 0.92
        top = [
            (-inner_half, corner),
            (-inner_half * 0.5, middle - open_up),
            (0, middle - open_up * 0.8),
            (inner_half * 0.5, middle - open_up),
            (inner_half, corner),
        ]
        if open_up + open_down > 0.015:
            bottom = [
                (inner_half * 0.5, middle + open_down * 0.85),
                (0, middle + open_down),
                (-inner_half * 0.5, middle + open_down * 0.85),
            ]
            before = self.image.copy()
            self.paint(top + bottom, (26, 22, 44))
            hole = self._last
            if e.teeth > 0:
                depth = (open_up + open_down) * (0.45 + 0.4 * e.teeth)
                teeth = [(x * 0.95, t) for x, t in top] + [
                    (inner_half * 0.5, middle - open_up + depth),
                    (0, middle - open_up + depth),
                    (-inner_half * 0.5, middle - open_up + depth),
                ]
                self.paint(teeth, (226, 232, 236), min(1.0, 0.4 + e.teeth), 0.004)
            elif e.jaw > 0.5:
                self.ellipse(0, middle + open_down, half * 0.5, open_down * 0.3, (70, 66, 130), 0.8, 0.02)
            self.image = before * (1 - hole) + hole * self.image
        else:
            self.line(top, 0.02, self.skin * 0.3, 0.95, 0.006)
        for side in (-1, 1):
            self.ellipse(side * half, corner, 0.03, 0.025, self.skin * 0.5, 0.7, 0.015)
        self.ellipse(0, middle + open_down + lower + 0.05, 0.14, 0.02, self.skin * 0.72, 0.5, 0.02)

    def folds(self, e: Expression) -> None:
        depth = 0.18 + 0.75 * max(e.cheeks, 0) + 0.25 * max(-e.corners, 0)
        half = 0.27 * (1 + 0.38 * e.wide)
        for side in (-1, 1):
            bottom = 0.5 - 0.1 * e.corners
            fold = [(side * 0.19, 0.19), (side * (half + 0.05), 0.34), (side * (half + 0.09), bottom)]
            self.line(fold, 0.026, self.skin * 0.62, min(1.0, depth), 0.014)
            if e.cheeks > 0:
                self.ellipse(side * 0.4, 0.16, 0.15, 0.1, self.skin * 1.15, 0.7 * e.cheeks, 0.05)
            if e.corners < 0:
                self.line(
                    [(side * half, 0.57 - 0.1 * e.corners), (side * (half + 0.03), 0.68 - 0.1 * e.corners)],
                    0.02, self.skin * 0.65, min(1.0, -0.8 * e.corners), 0.012,
                )  # fmt: skip

    def hair_in_front(self) -> None:
        w = self.person.jaw_width
        hair = [(-w * 1.08, -0.1), (-w * 1.1, -0.6), (-0.5, -1.05), (0, -1.16), (0.5, -1.05), (w * 1.1, -0.6)]
        hair += [(w * 1.08, -0.1), (w * 0.95, -0.4), (0.5, -0.74), (0.1, -0.8), (-0.45, -0.74), (-w * 0.95, -0.42)]
        self.paint(hair, self.person.hair, 1.0, 0.012)
        self._cover()

    def finished(self) -> tuple[np.ndarray, np.ndarray]:
        image = cv2.GaussianBlur(self.image, (0, 0), 1.6)  # no camera sees edges this sharp
        return np.clip(image, 0, 255), cv2.GaussianBlur(self.cover, (0, 0), 1.2)[..., None]


def _smooth(points: list[tuple[float, float]], closed: bool = True, steps: int = 8) -> np.ndarray:
    """A Catmull-Rom spline through the points, float64 [N, 2]."""
    p = np.array(points, np.float64)
    p = np.concatenate([p[-1:], p, p[:2]]) if closed else np.concatenate([p[:1], p, p[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.concatenate([*parts, p[-2:-1]])


def _pixels(curve: np.ndarray) -> np.ndarray:
    """Face coordinates to fixed-point pixels with four fractional bits, as OpenCV's drawing wants them."""
    return np.round((curve * _HALF + _SIZE / 2) * 16).astype(np.int32)


def place(
    picture: np.ndarray, expression: Expression, person: Person, x: float, y: float, height: float, degrees: float = 0
) -> None:
    """Draw a face into `picture` (uint8 [H, W, 3]) in place: centre (x, y) and height in pixels, rolled by degrees."""
    image, cover = draw_face(expression, person)
    matrix = cv2.getRotationMatrix2D((_SIZE / 2, _SIZE / 2), degrees, height / (2 * _HALF))
    matrix[:, 2] += (x - _SIZE / 2, y - _SIZE / 2)
    size = (picture.shape[1], picture.shape[0])
    scaled_image = cv2.warpAffine(image * cover, matrix, size, flags=cv2.INTER_AREA)
    scaled_cover = cv2.warpAffine(cover, matrix, size, flags=cv2.INTER_AREA)[..., None]
    picture[:] = np.clip(picture * (1 - scaled_cover) + scaled_image, 0, 255).astype(np.uint8)


def portrait(expression: Expression, person: Person = PEOPLE[0], size: int = 240) -> np.ndarray:
    """uint8 [size, size, 3]: one face before a plain wall, as a camera would see it."""
    picture = np.full((size, size, 3), (152, 150, 144), np.uint8)
    place(picture, expression, person, size / 2, size / 2, size * 0.72)
    return picture
