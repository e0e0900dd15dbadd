"""Calls of a function in a confined child process, limited in time and memory."""
