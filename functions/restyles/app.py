"""Step Functions asks for a chunk of a restyle: order its photos, say how many tickets there are to do."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from limner.bootstrap import restyles
from limner.restyles.restyle import chunk_key

logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """`{"chunk": key of its photos}` → `{"photos": number, "tickets": key}`."""
    chunk = chunk_key(str(event.get("chunk")))
    photos = restyles.order_chunk()(chunk)
    logger.info("chunk ordered", extra={"chunk": chunk.photos, "tickets": photos})
    return {"photos": photos, "tickets": chunk.tickets}
