"""End the own styles that have not been learned in time: their pictures or the result never came, or the
notification of the result was lost."""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from limner.errors import LimnerError, MalformedMessage, ObjectMissing
from limner.own_styles import OwnStyle, OwnStyleRepository
from limner.use_cases.outcomes import Outcome
from limner.use_cases.record_style import RecordStyle

logger = logging.getLogger(__name__)
STYLES_AT_ONCE = 100
"""In one run; the next one goes on."""


@dataclass(frozen=True, kw_only=True)
class SweepStyles:
    styles: OwnStyleRepository
    record_style: RecordStyle
    now: Callable[[], datetime]

    def __call__(self) -> Iterator[Outcome]:
        """One outcome per overdue style. An error on one does not stop the others."""
        for style in self.styles.due(self.now(), STYLES_AT_ONCE):
            try:
                yield self._end(style)
            except LimnerError:
                logger.exception("style %s could not be swept", style.style_id)
                yield Outcome.SWEEP_ERROR

    def _end(self, style: OwnStyle) -> Outcome:
        """By the job's report, if there is one, else as one that was not learned in time. What comes later is
        without effect."""
        if style.job_id:
            with suppress(ObjectMissing, MalformedMessage):
                return self.record_style.record_report(style.job_id)
        failure = style.failure_at(self.now())
        is_recorded = failure and self.styles.record_end(style.tenant, style.style_id, failure)
        return Outcome.STYLE_REFUSED if is_recorded else Outcome.SUPERSEDED
