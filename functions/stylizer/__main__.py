"""Entry point of the stylizer container.

docker run IMAGE serve        as SageMaker runs it: an HTTP server
docker run IMAGE function     as Lambda runs it: jobs from Lambda's runtime API
docker run IMAGE bulk KEY     as AWS Batch runs it: the tickets of a restyle's chunk
"""

import sys

USAGE = "usage: docker run IMAGE serve | function | bulk KEY"


def main() -> None:
    """What the other commands need is not loaded."""
    match sys.argv[1:]:
        case ["serve"]:
            from server import app  # noqa: PLC0415

            app.main()
        case ["function"]:
            from server import function  # noqa: PLC0415

            function.main()
        case ["bulk", tickets_key]:
            from server import bulk  # noqa: PLC0415

            bulk.main(tickets_key)
        case _:
            sys.exit(USAGE)


if __name__ == "__main__":
    main()
