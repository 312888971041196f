"""Where a net comes from, in few words: the commands that made it, and how much data there was."""

from typing import Any


def in_short(training: dict[str, Any]) -> dict[str, Any]:
    """What a run's JSON says of its training, with each net before it reduced to its command."""
    short: dict[str, Any] = {
        key: training[key] for key in ("command", "made", "settings", "validation", "start", "heads") if key in training
    }
    data = training.get("data")
    if isinstance(data, dict):
        counts = data.get("report", {})
        short["data"] = {key: data[key] for key in ("source", "ferplus") if key in data}
        short["data"] |= {key: counts[key] for key in ("train", "validation", "test") if key in counts}
    taught = training.get("taught_by")
    if isinstance(taught, list):
        short["taught_by"] = [one["command"] for one in taught if isinstance(one, dict) and "command" in one]
    started = training.get("started_from")
    if isinstance(started, dict) and "command" in started:
        short["started_from"] = started["command"]
    return short
