"""One module per thing the system does; each takes its ports as arguments."""
