"""One module per use case; each use case takes its ports as arguments."""
