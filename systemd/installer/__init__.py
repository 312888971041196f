"""The installer's parts: Python's standard library alone, for a fresh Pi has nothing else."""
