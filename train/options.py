"""Flags that the command lines of training and of conversion share."""

import argparse

from train.data.cut import CROPS


def crop_option(parser: argparse.ArgumentParser) -> None:
    """The flag that says what of each picture is taken."""
    parser.add_argument(
        "--crop", default="auto", choices=CROPS,
        help="face: cut the face out of each picture, as the kiosk does; whole: take pictures as they are; "
        "auto: whole where a picture is small and square, as data sets of faces are (default: %(default)s)",
    )  # fmt: skip
