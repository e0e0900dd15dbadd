"""Numbers and truth values of JSON bodies.

Pydantic's own types also take text, and numbers and truth values for each other, which the description of the
API refuses: neither `true` nor `"3"` is a number, and 1 is not `true`.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator, StrictBool


def _number(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise ValueError("must be a number")
    return value


JsonInteger = Annotated[int, BeforeValidator(_number)]
JsonNumber = Annotated[float, BeforeValidator(_number)]
JsonBoolean = StrictBool
