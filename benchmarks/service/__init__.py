"""What the service takes: time, memory, money, and what it does under load and faults.

The container's code is no package of this environment: its folder is put on the path, as in the container.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "functions/stylizer"))
