"""The cost model: what a job is estimated to cost, by the parameters of one file."""

import pytest

from limner.costs import JobSize, cost_model, prices

MEGAPIXEL = 1_000_000
PHOTO = JobSize(looks=3, nbytes=5_000_000, pixels=12 * MEGAPIXEL)
INSTANCE = "ml.g4dn.xlarge"


def test_an_estimate_is_instance_seconds_storage_and_requests():
    model = cost_model()
    value = {name: getattr(model, name).value for name in type(model).model_fields}
    seconds = (
        value["seconds_per_photo"]
        + 12 * value["seconds_per_megapixel"]
        + 3 * (value["seconds_per_look"] + 12 * value["seconds_per_megapixel_and_look"])
    )
    results = 3 * (value["result_bytes_per_look"] + 12 * value["result_bytes_per_megapixel_and_look"])
    stored_gb = (5_000_000 + value["variant_bytes_per_photo"] + results) / 1e9
    usd = (
        seconds * prices().instance_usd_per_hour[INSTANCE] / 3600
        + stored_gb * value["months_stored"] * prices().storage_usd_per_gb_month["standard"]
        + sum(model.requests_usd(3, prices()).values())
    )
    assert model.estimate(PHOTO, INSTANCE) == pytest.approx(usd * 1e6, abs=1)


def test_a_photo_of_twelve_megapixels_in_three_looks_costs_below_one_cent():
    assert 1_000 < cost_model().estimate(PHOTO, INSTANCE) < 10_000


@pytest.mark.parametrize("more", [{"looks": 4}, {"nbytes": 9_000_000}, {"pixels": 24 * MEGAPIXEL}])
def test_more_of_anything_costs_more(more):
    size = {"looks": PHOTO.looks, "nbytes": PHOTO.nbytes, "pixels": PHOTO.pixels}
    assert cost_model().estimate(JobSize(**(size | more)), INSTANCE) > cost_model().estimate(PHOTO, INSTANCE)


def test_an_unknown_instance_type_costs_as_much_as_the_dearest():
    model = cost_model()
    assert model.estimate(PHOTO, "ml.new.large") == max(
        model.estimate(PHOTO, instance) for instance in prices().instance_usd_per_hour
    )


def test_a_functions_hour_costs_its_memory():
    """1,024 MB are one GB; a type without a number is an error and not the dearest instance."""
    by_gb_second = prices().usd["lambda_gb_second"]
    assert prices().instance("lambda.2048") == pytest.approx(2 * 3_600 * by_gb_second)
    assert prices().instance("lambda.10240") == pytest.approx(10 * 3_600 * by_gb_second)
    with pytest.raises(ValueError, match="large"):
        prices().instance("lambda.large")


def test_no_job_costs_nothing():
    assert cost_model().estimate(JobSize(looks=1, nbytes=1, pixels=1), INSTANCE) > 0


def test_each_kind_of_request_has_a_price_and_a_count():
    usd = cost_model().requests_usd(3, prices())
    assert usd["s3_puts"] == pytest.approx((17 + 3 * 17) * 5.0 / 1e6)
    assert usd["signatures"] == pytest.approx((12 + 3 * 17) * 15.0 / 1e6)
    assert all(value > 0 for value in usd.values())


def test_prices_say_when_and_where_they_are_from():
    assert prices().region
    assert prices().date
    assert prices().source
