"""Where the commands write: results on standard output, all else beside it."""

from rich.console import Console

stdout = Console()
stderr = Console(stderr=True)
