"""Training images as a camera and a face detector might have given them. numpy and OpenCV, so any backend trains."""

import cv2
import numpy as np

from train.learn.settings import Augmentation


def augment(images: np.ndarray, settings: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """uint8 [N, H, W] to uint8 [N, H, W]; the same generator state gives the same images.

    Args:
        settings: how far they are changed.
        rng: advances by what is drawn.
    """
    return np.stack([_augment_one(image, settings, rng) for image in images])


def _augment_one(image: np.ndarray, s: Augmentation, rng: np.random.Generator) -> np.ndarray:
    height, width = image.shape
    # Every draw is made, whether it is used or not: changing one setting leaves the others' draws as they were.
    turn, size, right, down, mirror, blur, strength, contrast, bright, noise, erase, tall, wide, grey = rng.random(14)
    matrix = cv2.getRotationMatrix2D(
        ((width - 1) / 2, (height - 1) / 2), s.degrees * (2 * turn - 1), 1 + s.scale * (2 * size - 1)
    )
    matrix[0, 2] += s.shift * width * (2 * right - 1)
    matrix[1, 2] += s.shift * height * (2 * down - 1)
    if s.flip and mirror < 0.5:
        matrix = matrix @ np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]])
    out = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if blur < s.blur:
        out = cv2.GaussianBlur(out, (0, 0), 0.4 + 0.8 * strength)
    gain = 1 + s.contrast * (2 * contrast - 1)
    offset = float(out.mean()) * (1 - gain) + s.brightness * (2 * bright - 1)
    out = cv2.addWeighted(out, gain, out, 0, offset)
    if noise < s.noise:
        noisy = out + rng.normal(0, 2 + 8 * strength, out.shape)
        out = np.clip(noisy, 0, 255).astype(np.uint8)
    if erase < s.erase:
        h, w = int(height * (0.12 + 0.25 * tall)), int(width * (0.12 + 0.25 * wide))
        top, left = int(rng.integers(0, height - h + 1)), int(rng.integers(0, width - w + 1))
        out[top : top + h, left : left + w] = int(255 * grey)
    return out
