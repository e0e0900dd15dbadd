"""Metrics besides message outcomes, in CloudWatch's embedded metric format."""

import logging

from aws_lambda_powertools import Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

from limner.use_cases.outcomes import (
    CHANGES_UNREADABLE,
    CREDENTIALS_REFUSED,
    GATE_REFUSALS,
    METRICS_NAMESPACE,
    UNSIGNED,
)

logger = logging.getLogger(__name__)


def count_refusal(gate: str) -> None:
    """Count in total for the alarm, and by gate for the dashboard."""
    metrics = Metrics(namespace=METRICS_NAMESPACE)
    metrics.add_metric(name=GATE_REFUSALS, unit=MetricUnit.Count, value=1)
    with single_metric(
        name=GATE_REFUSALS, unit=MetricUnit.Count, value=1, namespace=METRICS_NAMESPACE
    ) as by_gate:
        by_gate.add_dimension(name="service", value=metrics.service)
        by_gate.add_dimension(name="gate", value=gate)


def count_refused_credentials() -> None:
    with single_metric(
        name=CREDENTIALS_REFUSED, unit=MetricUnit.Count, value=1, namespace=METRICS_NAMESPACE
    ) as refused:
        refused.add_dimension(name="service", value=Metrics(namespace=METRICS_NAMESPACE).service)


def count_unreadable_change() -> None:
    Metrics(namespace=METRICS_NAMESPACE).add_metric(name=CHANGES_UNREADABLE, unit=MetricUnit.Count, value=1)


def count_unsigned(pictures: int) -> None:
    """Count pictures that are published unsigned, and say why in the log."""
    logger.warning(
        "%d pictures are published unsigned: there are no certificates (docs/how-to/sign-pictures.md)",
        pictures,
    )
    Metrics(namespace=METRICS_NAMESPACE).add_metric(name=UNSIGNED, unit=MetricUnit.Count, value=pictures)
