"""Exit statuses of the command."""

from typing import Final

PARTIAL: Final = 1  # some images failed
REFUSED: Final = 1  # a gate is not passed
DIFFERS: Final = 1  # a revision rebuilds to other bytes
FAILED: Final = 2  # nothing could be done
INTERRUPTED: Final = 130  # as in a shell: 128 plus the number of SIGINT
UNREAD: Final = 141  # of SIGPIPE: nothing reads the output any more
