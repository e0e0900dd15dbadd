"""What of a file its decoder gets, and what the file says of its colours."""
