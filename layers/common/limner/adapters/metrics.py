"""Metrics besides message outcomes, in CloudWatch's embedded metric format."""

from aws_lambda_powertools import Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

from limner.use_cases.outcomes import GATE_REFUSALS, METRICS_NAMESPACE


def count_refusal(gate: str) -> None:
    """Count in total for the alarm, and by gate for the dashboard."""
    metrics = Metrics(namespace=METRICS_NAMESPACE)
    metrics.add_metric(name=GATE_REFUSALS, unit=MetricUnit.Count, value=1)
    with single_metric(
        name=GATE_REFUSALS, unit=MetricUnit.Count, value=1, namespace=METRICS_NAMESPACE
    ) as by_gate:
        by_gate.add_dimension(name="service", value=metrics.service)
        by_gate.add_dimension(name="gate", value=gate)
