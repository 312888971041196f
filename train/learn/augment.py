"""Training images as a camera and a face detector might have given them. numpy and OpenCV, so any backend trains."""

import cv2
import numpy as np

from train.learn.settings import Augmentation


def augment(images: np.ndarray, settings: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """uint8 [N, H, W] to uint8 [N, H, W]; the same generator state gives the same images."""
    return np.stack([_augment_one(image, settings, rng) for image in images])


def _augment_one(image: np.ndarray, s: Augmentation, rng: np.random.Generator) -> np.ndarray:
    height, width = image.shape
    # Every draw is made, whether it is used or not: changing one setting leaves the others' draws as they were.
    u = rng.random(14)
    matrix = cv2.getRotationMatrix2D(
        ((width - 1) / 2, (height - 1) / 2), s.degrees * (2 * u[0] - 1), 1 + s.scale * (2 * u[1] - 1)
    )
    matrix[0, 2] += s.shift * width * (2 * u[2] - 1)
    matrix[1, 2] += s.shift * height * (2 * u[3] - 1)
    if s.flip and u[4] < 0.5:
        matrix = matrix @ np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]])
    out = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if u[5] < s.blur:
        out = cv2.GaussianBlur(out, (0, 0), 0.4 + 0.8 * u[6])
    gain = 1 + s.contrast * (2 * u[7] - 1)
    offset = float(out.mean()) * (1 - gain) + s.brightness * (2 * u[8] - 1)
    out = cv2.addWeighted(out, gain, out, 0, offset)
    if u[9] < s.noise:
        noisy = out + rng.normal(0, 2 + 8 * u[6], out.shape)
        out = np.clip(noisy, 0, 255).astype(np.uint8)
    if u[10] < s.erase:
        h, w = int(height * (0.12 + 0.25 * u[11])), int(width * (0.12 + 0.25 * u[12]))
        top, left = int(rng.integers(0, height - h + 1)), int(rng.integers(0, width - w + 1))
        out[top : top + h, left : left + w] = int(255 * u[13])
    return out
