"""Matrices of 3 × 3 as tuples of rows."""

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]

_MIN_DETERMINANT = 1e-6


def times(matrix: Matrix, vector: Vector) -> Vector:
    red, green, blue = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return red, green, blue


def product(left: Matrix, right: Matrix) -> Matrix:
    return transposed(tuple(times(left, column) for column in transposed(right)))


def transposed(matrix: tuple[Vector, ...]) -> Matrix:
    first, second, third = zip(*matrix, strict=True)
    return first, second, third


def inverse(matrix: Matrix) -> Matrix:
    """Raises ValueError for a singular matrix."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if abs(determinant) < _MIN_DETERMINANT:
        raise ValueError("a singular matrix, as of primaries that span no triangle")
    cofactors = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    first, second, third = (tuple(value / determinant for value in row) for row in cofactors)
    return first, second, third  # type: ignore[return-value] # tuples of three
