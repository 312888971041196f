"""Names of emotions. Labels of data, votes and models meet by these names, never by number."""

from collections.abc import Iterable

# The order of FER-2013's label column, 0 to 6.
FER2013 = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

# FER+'s ten vote columns in their order (Barsoum et al. 2016, fer2013new.csv).
FERPLUS_COLUMNS = (
    "neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF",
)  # fmt: skip

# Names of expressions of a face, as FER-2013 and FER+ have them.
EMOTIONS = frozenset({*FER2013, "contempt"})

_SYNONYMS = {
    "anger": "angry",
    "disgusted": "disgust",
    "fearful": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprised": "surprise",
}


def canonical(name: str) -> str:
    """One spelling per emotion: `Anger` and `anger` become `angry`; other names keep their letters, in lower case."""
    lowered = name.strip().lower()
    return _SYNONYMS.get(lowered, lowered)


def ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Distinct names in a fixed order: FER-2013's where all are its emotions, else alphabetical."""
    distinct = set(names)
    if distinct <= set(FER2013):
        return tuple(name for name in FER2013 if name in distinct)
    return tuple(sorted(distinct))
