"""FER-2013 (or any labelled images) to a trained Keras CNN, with its score. Runs on a workstation."""
