"""Every fault that is played in process."""

from tests.faults import catalogue, order_faults

FAULTS = [*catalogue.FAULTS, *order_faults.FAULTS]
