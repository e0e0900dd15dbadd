"""What a sweep asks and is asked."""
