"""What limner.api.description makes of any routes: names, open answers, closed requests, examples."""

from enum import StrEnum

import pytest
from pydantic import BaseModel, ConfigDict, Field

from limner.api.description import DescribedApi, name_of_route
from limner.api.problems import problem_responses


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Frame(BaseModel):
    """Used by requests and responses alike."""

    model_config = ConfigDict(extra="forbid")

    size: Size = Size.SMALL


class Order(BaseModel):
    """A request."""

    model_config = ConfigDict(extra="forbid")

    frame: Frame
    note: str | None = None


class Made(BaseModel):
    """A response."""

    model_config = ConfigDict(extra="forbid")

    photo_id: str
    frame: Frame
    width: int
    depth: int = Field(7, description="Depth in pixels; 1 or more.", examples=[9])


@pytest.fixture(scope="module")
def document():
    app = DescribedApi(generate_unique_id_function=name_of_route, responses=problem_responses(422, 503))

    @app.post("/v1/frames", status_code=201)
    def order_frame(order: Order) -> Made:
        """Order a frame."""
        raise AssertionError(order)

    assert app.openapi() == app.openapi(), "completed once"
    return app.openapi()


def test_operations_are_named_by_verb_and_object(document):
    operation = document["paths"]["/v1/frames"]["post"]
    assert operation["operationId"] == "order_frame"
    assert operation["summary"] == "Order frame"
    assert operation["tags"] == ["frames"]
    assert "order_frame_v1" not in str(document)


def test_a_schema_of_requests_and_responses_becomes_two(document):
    schemas = document["components"]["schemas"]
    assert schemas["Frame"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["FrameView"]
    assert schemas["Size"]["enum"] == ["small", "large"]
    assert schemas["SizeView"]["x-extensible-enum"] == ["small", "large"]
    assert schemas["Order"]["properties"]["frame"]["$ref"].endswith("/Frame")
    assert schemas["Made"]["properties"]["frame"]["$ref"].endswith("/FrameView")


def test_unused_schemas_of_fastapi_are_left_out(document):
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])


def test_texts_come_from_the_model_or_from_the_list_of_words(document):
    made = document["components"]["schemas"]["Made"]["properties"]
    assert made["width"]["description"] == "Width in pixels; 1 or more."
    assert made["depth"]["description"] == "Depth in pixels; 1 or more."


def test_examples_are_composed(document):
    operation = document["paths"]["/v1/frames"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["example"]
    assert body == {"frame": {}}, "required properties alone"
    answer = operation["responses"]["201"]["content"]["application/json"]["example"]
    assert answer["width"] == 1600
    assert answer["frame"] == {"size": "small"}
    assert answer["depth"] == 9


def test_errors_refer_to_one_answer_with_its_headers(document):
    answers = document["paths"]["/v1/frames"]["post"]["responses"]
    assert answers["503"] == {"$ref": "#/components/responses/ServiceUnavailable"}
    unavailable = document["components"]["responses"]["ServiceUnavailable"]
    assert set(unavailable["headers"]) == {"X-Request-Id", "Retry-After"}
    assert unavailable["content"]["application/problem+json"]["example"]["code"] == "unavailable"


def test_answers_with_a_photo_link_to_what_can_be_done_with_it(document):
    links = document["paths"]["/v1/frames"]["post"]["responses"]["201"]["links"]
    assert {link["operationId"] for link in links.values()} >= {"get_photo", "order_looks", "delete_photo"}
    assert all(link["parameters"] == {"photo_id": "$response.body#/photo_id"} for link in links.values())
