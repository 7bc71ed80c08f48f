"""The contract of the heavy maps: the file of a shard is made whole or not at all, and once."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from lesion_pipeline.core.errors import DataError, first_line
from lesion_pipeline.core.files import read_json, write_text

Facts = dict[str, Any]  # what is to be known of a finished shard, as JSON has it
WORK: Final = "unfinished"  # folder within the output, for what no reader of the output may see
PAUSES: Final = (1.0, 5.0)  # seconds before another try: a network drive may be away for a moment
TRIES: Final = 1 + len(PAUSES)


@dataclass(frozen=True)
class ShardTask:
    """A shard of work: a value that can be handed to a thread, a process or another machine.

    Attributes:
        file: what is made. Every worker must reach it by this path, so it is absolute. Its folder
            has a folder WORK (see `shard_folder`).
        write: writes the content to a path that it is given, and returns the facts. To be pickled,
            it is a function of a module, or a functools.partial of one. Called again, it gives the
            same bytes and facts.
    """

    file: Path
    write: Callable[[Path], Facts]

    def found(self) -> Facts | None:
        """Return the facts if the shard is finished, else None."""
        try:
            note = read_json(self._note)
            if self.file.stat().st_size == note["bytes"]:
                return dict(note["facts"])
        except (DataError, FileNotFoundError):
            pass
        return None

    def make(self) -> Facts:
        """Make the shard, unless it is finished; try again after a failure.

        Raises:
            DataError: it failed TRIES times for a reason that the user can put right; names it.
            Exception: any other that `write` raises, at once; a note in it names the shard.
        """
        for pause in (*PAUSES, None):
            try:
                found = self.found()
                return self._make() if found is None else found
            except (DataError, OSError) as error:
                if pause is None:
                    raise self.given_up(error) from error
                time.sleep(pause)
            except Exception as error:
                error.add_note(f"in shard {self.file.name}")
                raise
        raise AssertionError("the last try returns or raises")

    def given_up(self, error: BaseException) -> DataError:
        """Return the error that names the shard and the reason of its last failure."""
        return DataError(
            f"{self.file.name} can't be made, tried {TRIES} times: {first_line(error)}"
        )

    @property
    def _note(self) -> Path:
        """Return the file that is there when the shard is finished."""
        return self.file.parent / WORK / f"{self.file.name}.json"

    def _make(self) -> Facts:
        # A name of its own: the same shard may be with two workers, one of which seemed dead.
        partial = self.file.parent / WORK / uuid4().hex
        try:
            facts = self.write(partial)
            note = {"bytes": partial.stat().st_size, "facts": facts}
            partial.replace(self.file)
        finally:
            partial.unlink(missing_ok=True)
        write_text(self._note, json.dumps(note, ensure_ascii=False))
        return facts
