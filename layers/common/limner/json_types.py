"""Numbers and truth values of JSON bodies, days and times of queries.

Pydantic's own types also take text, and numbers and truth values for each other, which the description of the
API refuses: neither `true` nor `"3"` is a number, and 1 is not `true`. As days and times they also take
numbers, the seconds since 1970.
"""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, StrictBool


def _number(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise ValueError("must be a number")
    return value


def _begins_with_a_day(value: Any) -> Any:
    if isinstance(value, str) and not re.match(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("must be as in RFC 3339")
    return value


def _true_or_false(value: Any) -> Any:
    if isinstance(value, str) and value not in {"true", "false"}:
        raise ValueError("must be true or false")
    return value


JsonInteger = Annotated[int, BeforeValidator(_number)]
JsonNumber = Annotated[float, BeforeValidator(_number)]
JsonBoolean = StrictBool
QueryBoolean = Annotated[bool, BeforeValidator(_true_or_false)]
Day = Annotated[date, BeforeValidator(_begins_with_a_day)]
Time = Annotated[AwareDatetime, BeforeValidator(_begins_with_a_day)]
