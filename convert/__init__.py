"""A trained Keras model to an int8 release, gated by its accuracy. Runs on a workstation with TensorFlow."""
