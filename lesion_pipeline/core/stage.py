"""How a stage ends: quietly, or with one clear error and a non-zero exit status."""

import sys
from collections.abc import Callable

from lesion_pipeline.core.errors import PipelineError


def run_stage(main: Callable[[], None]) -> None:
    """Run a stage; what the user can put right is told in plain words, without a traceback."""
    try:
        main()
    except (PipelineError, OSError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
