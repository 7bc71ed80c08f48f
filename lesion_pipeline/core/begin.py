"""What a stage does before its imports, which take seconds."""

import signal
import sys
import time
from typing import Final

from lesion_pipeline.core.kernels import choose_for_project

STARTED: Final = time.monotonic()  # in seconds; `lesion check` tells how long a stage took


def begin() -> None:
    """Choose the kernels, which libraries read at import; let Ctrl-C end imports without a word.

    `run_stage` takes Ctrl-C over. Where it is ignored, as in a background job, it stays ignored.
    """
    if sys.argv[0] == "-m" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    choose_for_project()
