"""The plan of a soak, and how the deployed stack is configured for it: by means the product offers."""

import json
from dataclasses import dataclass

from local.aws.running import Running

UNSTYLED_LOOK = {"strength": 0.0, "protection": "off", "enhance": False}
NO_CAPS = json.dumps(
    {
        "orders_per_day": 10**6,
        "orders_per_key_per_day": 10**6,
        "looks_per_day": 10**6,
        "bytes_per_day": 10**13,
        "megapixels_per_day": 10**7,
        "concurrent_jobs": 1_000,
        "monthly_budget_usd": 10**6,
    }
)
"""So that one tenant may send thousands of photos, as fast as they are worked off."""
PARAMETERS = {
    "DeadlineSeconds": "60",
    "DefaultQuotas": NO_CAPS,
    "DefaultStyles": "oil",
    "DefaultStrength": "0",
    "DefaultProtection": "off",
    "DefaultEnhance": "false",
}
"""Of the template."""
LINK_SECONDS = "60"
VISIBILITY_SECONDS = 20
HURRIED_VISIBILITY_SECONDS = 6
QUEUES = ("RouterQueue", "ThumbQueue", "DoneQueue")


@dataclass(frozen=True)
class SoakPlan:
    """`window`: photos that may be in flight. `kill_every`: seconds between kills, 0 for none.

    A hurried soak does not wait for deadlines: it expires them. An upload whose event was dropped has
    neither row nor deadline; therefore a hurried soak drops no events of uploads.
    """

    uploads: int
    window: int = 40
    kill_every: float = 10.0
    seed: int = 1
    hurried: bool = False


def configure_stack(system: Running, visibility_seconds: int) -> None:
    """Set the queues' visibility time-out and the lifetime of the storefront's links."""
    sqs, functions = system.emulator.client("sqs"), system.emulator.client("lambda")
    for queue in QUEUES:
        attributes = {"VisibilityTimeout": str(visibility_seconds)}
        sqs.set_queue_attributes(QueueUrl=system.stack.resources[queue], Attributes=attributes)
    storefront = system.stack.resources["StorefrontFunction"]
    variables = functions.get_function_configuration(FunctionName=storefront)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=storefront, Environment={"Variables": {**variables, "LINK_SECONDS": LINK_SECONDS}}
    )
