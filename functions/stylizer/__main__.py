"""Entry point of the stylizer container.

docker run IMAGE serve       as SageMaker runs it: an HTTP server
docker run IMAGE function    as Lambda runs it: jobs from Lambda's runtime API
"""

import sys

COMMANDS = ("serve", "function")


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:  # noqa: PLR2004
        sys.exit(f"usage: docker run IMAGE {'|'.join(COMMANDS)}")
    if sys.argv[1] == "function":
        from server import function  # noqa: PLC0415 - what the other command needs is not loaded

        function.main()
    else:
        from server import app  # noqa: PLC0415

        app.main()


if __name__ == "__main__":
    main()
