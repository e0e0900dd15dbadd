"""The command that administers a deployed stack: `python -m limner_admin`."""
