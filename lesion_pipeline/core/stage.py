"""How a stage runs: after a check of params.yaml, with one clear error if something is wrong."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Final

from lesion_pipeline.core.begin import STARTED
from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.core.files import write_text
from lesion_pipeline.core.inputs import check_inputs

# Loaded by name: what only refuses wrong values changes no output, so it is no dependency.
SCHEMA = "lesion_pipeline.schema"
_INTERRUPTED, _TERMINATED = 130, 143  # as a shell tells it: 128 plus the number of the signal
SECONDS: Final = Path("logs/seconds")  # how long each stage took here last; no output reads it
_STAGE: Final = "DVC_STAGE"  # where DVC names the stage that it runs
_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG of prctl(2)


def run_stage(main: Callable[[], None]) -> None:
    """Run a stage; what the user can put right is told in plain words, without a traceback.

    All of params.yaml is checked first, so that a wrong value of a late stage doesn't cost the
    time of the early ones. Ctrl-C and SIGTERM end the stage with status 130 and 143.
    """
    signal.signal(signal.SIGTERM, _terminated)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # set by core/begin.py
        signal.signal(signal.SIGINT, signal.default_int_handler)
    _end_with_dvc()
    try:
        import_module(SCHEMA).check_params()
        stage = os.environ.get(_STAGE, "").split(":")[-1]
        if stage:
            check_inputs(stage)
        main()
        if stage:
            write_text(SECONDS / stage, f"{time.monotonic() - STARTED:.1f}\n")
    except (PipelineError, OSError) as error:
        sys.exit(f"error: {error}")
    except MemoryError as error:
        sys.exit(f"error: not enough memory: {error}")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def _terminated(number: int, frame: FrameType | None) -> None:
    """End as after Ctrl-C, so that what is half done is put away; once is enough."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(_TERMINATED)


def _end_with_dvc() -> None:
    """End if DVC is killed alone: the next `dvc repro` may start the same stage again."""
    if sys.platform == "linux" and _STAGE in os.environ:
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGTERM)
