"""The API's log. Every line has the request's id, and the tenant and the key once they are known.

A Lambda function handles one request at a time, so fields that are set for one are those of every line until
the next begins.
"""

from aws_lambda_powertools import Logger

from limner.identity import Identity

logger = Logger()
_CALLER_FIELDS = ("tenant", "key_id")


def begin_request(request_id: str) -> None:
    logger.remove_keys(_CALLER_FIELDS)
    logger.append_keys(request_id=request_id)


def add_caller(caller: Identity) -> None:
    logger.append_keys(tenant=caller.tenant, key_id=caller.key_id)
