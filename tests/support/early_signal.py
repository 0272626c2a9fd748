"""A signal that arrives a moment before the main thread begins to wait.

Another thread of the process gets it: Python notes it, but the system call of the main thread is not interrupted.
"""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def send(number: int, ready: Callable[..., object], *args: object) -> None:
    """Sends it when `ready` has returned and the calling thread, the main one, waits."""
    main = Path(f"/proc/self/task/{threading.get_native_id()}/stat")

    def work() -> None:
        ready(*args)
        while main.read_text().rpartition(")")[2].split()[0] != "S":
            time.sleep(0.01)
        signal.pthread_kill(threading.get_ident(), number)

    threading.Thread(target=work, daemon=True).start()
