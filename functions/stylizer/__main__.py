"""`docker run IMAGE serve`: the stylizer container, as SageMaker starts it."""

from server.app import main

if __name__ == "__main__":
    main()
