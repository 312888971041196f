"""Crop to calibrated answers: level, quantize, invoke, dequantize, and what the card says of the logits."""

import hashlib
from typing import NamedTuple

import numpy as np

from device.errors import ModelError
from device.net import answers, interpreter
from device.net.crop import level
from device.net.model_file import ModelFile


class Said(NamedTuple):
    """What the net says of one crop."""

    scores: np.ndarray  # calibrated probabilities float64 [labels], summing to 1
    face: float | None  # probability that it is a face at all; None of a net that does not say

    def is_face(self, least: float) -> bool:
        """Whether it may be read, where a face has a probability of `least` or more."""
        return self.face is None or self.face >= least


class Classifier:
    """The int8 net behind its card. Built once; every number it needs comes from the file.

    Raises:
        ModelError: the net is not full-integer int8, or not of the card's sizes.
        UsageError: no interpreter works here.
    """

    def __init__(self, model: ModelFile, runtime: str = "auto", threads: int = 1):
        self.card = model.card
        self.labels = model.card.labels
        self.digest = hashlib.sha256(model.content).hexdigest()  # by which a release is known
        self.runtime, self._net = interpreter.create(model.content, runtime, threads)
        self._input, self._output = self._net.get_input_details()[0], self._net.get_output_details()[0]
        wanted = (1, self.card.height, self.card.width, 1)
        if tuple(self._input["shape"]) != wanted or tuple(self._output["shape"]) != (1, self.card.outputs):
            raise ModelError(
                f"{model.path}: takes {list(self._input['shape'])} and gives {list(self._output['shape'])}, "
                f"its card says {list(wanted)} and {[1, self.card.outputs]}"
            )
        if self._input["dtype"] is not np.int8 or self._output["dtype"] is not np.int8:
            raise ModelError(f"{model.path}: is not full-integer int8: convert it with `python -m convert quantize`")
        scale, zero_point = self._input["quantization"]
        pixels = np.arange(256) * self.card.pixel_scale
        # One look-up per pixel instead of arithmetic.
        self._quantized = np.clip(np.round(pixels / scale) + zero_point, -128, 127).astype(np.int8)

    def logits(self, crop: np.ndarray) -> np.ndarray:
        """float32 [outputs] for a crop uint8 [height, width] (see crop.prepare)."""
        if self.card.light == "level":
            crop = level(crop)
        self._net.set_tensor(self._input["index"], self._quantized[crop][None, ..., None])
        self._net.invoke()
        scale, zero_point = self._output["quantization"]
        raw: np.ndarray = self._net.get_tensor(self._output["index"])[0]
        return (raw.astype(np.float32) - zero_point) * np.float32(scale)

    def read(self, crop: np.ndarray, votes_share: float | None = None) -> Said:
        """All that one pass says of a crop uint8 [height, width].

        Args:
            votes_share: of the votes' answer in the scores, 0 to 1; None takes the card's.
        """
        logits = self.logits(crop)
        share = self.card.votes_share if votes_share is None else votes_share
        sure = answers.face(logits, self.card.answers)
        scores = answers.scores(logits, self.card.answers, share, self.card.mixture)
        return Said(scores, None if sure is None else float(sure))

    def scores(self, crop: np.ndarray, votes_share: float | None = None) -> np.ndarray:
        """The scores alone, as `read` has them."""
        return self.read(crop, votes_share).scores
