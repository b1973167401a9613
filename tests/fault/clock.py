"""A process's wall clock that can be set while it runs; its monotonic clock stays true."""
import os
import pathlib

from support import server as child


def why_none():
    return child.why_no_clock()


class Clock:
    """Give `environment` to the process. It looks at the file at most a second late."""

    def __init__(self, folder, name):
        self.file = pathlib.Path(folder) / f"clock-{name}"
        self.heal()
        self.file.chmod(0o644)

    @property
    def environment(self):
        library = next(path for path in child.CLOCK_LIBRARIES if os.path.exists(path))
        return {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(self.file),
                "FAKETIME_CACHE_DURATION": "1", "NO_FAKE_STAT": "1",
                "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def shift(self, seconds):
        # In one step: a reader never sees half of it.
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{seconds:+.3f}s\n", encoding="ascii")
        fresh.chmod(0o644)
        fresh.replace(self.file)

    def heal(self):
        self.shift(0)


def forget_the_dead():
    """Takes away what libfaketime shares between processes, where there is none any more."""
    for shared in pathlib.Path("/dev/shm").glob("*faketime_*"):
        pid = shared.name.rpartition("_")[2]
        if pid.isdigit() and not pathlib.Path(f"/proc/{pid}").exists():
            shared.unlink(missing_ok=True)
