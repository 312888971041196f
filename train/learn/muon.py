"""The optimizer: each 3x3 convolution's step is made orthogonal; the rest takes plain steps with momentum."""

from typing import Any

import keras
from keras import ops

# Newton-Schulz iteration towards the nearest orthogonal matrix, with the quintic's coefficients of Jordan et al. 2024.
_A, _B, _C = 3.4445, -4.7750, 2.0315
_ITERATIONS = 4


class Muon(keras.optimizers.Optimizer):
    """Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/) for nets that normalize after each layer.

    A kernel [height, width, in, out] is taken as a matrix [height * width * in, out], whose momentum is
    orthogonalized: it turns all of the kernel's directions by alike much. Since a batch normalization follows, a
    kernel's length has no meaning: it is kept at sqrt(out), so that the rate is the relative step. keras.optimizers
    .Muon does none of this for kernels of four dimensions.

    Args:
        learning_rate: of kernels; float or schedule.
        momentum: Nesterov's, of all variables.
        rest: the other variables' rate (logits, normalization), times the kernels'.
    """

    def __init__(self, learning_rate: Any, momentum: float = 0.9, rest: float = 1.7, **base: Any):
        super().__init__(learning_rate=learning_rate, **base)
        self.momentum, self.rest = momentum, rest

    def build(self, variables: list[Any]) -> None:
        if not self.built:
            super().build(variables)
            self._momenta = [self.add_variable_from_reference(v, name="momentum") for v in variables]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One variable's step."""
        momenta = self._momenta[self._get_variable_index(variable)]
        rate = ops.cast(learning_rate, variable.dtype)
        self.assign(momenta, self.momentum * momenta + ops.cast(gradient, variable.dtype))
        step = gradient + self.momentum * momenta
        if len(variable.shape) != 4:
            self.assign_sub(variable, self.rest * rate * step)
            return
        columns = variable.shape[-1]
        kernel, step = (ops.reshape(x, (-1, columns)) for x in (variable, step))
        kernel = kernel * (columns**0.5 / ops.norm(kernel)) - rate * _orthogonal(step)
        self.assign(variable, ops.reshape(kernel, variable.shape))

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"momentum": self.momentum, "rest": self.rest}


def _orthogonal(matrix: Any) -> Any:
    """The orthogonal matrix nearest to [rows, columns], roughly: singular values of 0.7 to 1.2."""
    wide = matrix.shape[0] < matrix.shape[1]
    x = matrix if wide else ops.transpose(matrix)
    x = x / (ops.norm(x) + 1e-7)
    for _ in range(_ITERATIONS):
        square = ops.matmul(x, ops.transpose(x))
        x = _A * x + ops.matmul(_B * square + _C * ops.matmul(square, square), x)
    return x if wide else ops.transpose(x)
