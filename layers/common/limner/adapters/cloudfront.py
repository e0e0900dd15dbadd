"""What CloudFront keeps of public pictures."""

from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from limner.adapters.sdk import error_code, sdk_errors

_TOO_MANY = "TooManyInvalidationsInProgress"


class CloudFrontEdge:
    """`client` is a boto3 CloudFront client; `distribution` its id, empty where there is no distribution, and
    so nothing that keeps pictures."""

    def __init__(self, client: Any, distribution: str) -> None:
        self._client = client
        self._distribution = distribution

    def invalidate(self, prefix: str) -> bool:
        if not self._distribution:
            return True
        paths = {"Quantity": 1, "Items": [f"/{prefix}*"]}
        batch = {"Paths": paths, "CallerReference": uuid4().hex}
        with sdk_errors("invalidating pictures at the edge"):
            try:
                self._client.create_invalidation(DistributionId=self._distribution, InvalidationBatch=batch)
            except ClientError as error:
                if error_code(error) == _TOO_MANY:
                    return False
                raise
        return True
