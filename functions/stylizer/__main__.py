"""Entry point of the stylizer container: SageMaker runs `docker run IMAGE serve`, AWS Batch `… bulk KEY`."""

from server.app import main

if __name__ == "__main__":
    main()
