"""A small disk of its own for a process's data, which can be filled to the last byte."""
import errno
import os
import pathlib
import subprocess
import tempfile

_CHUNK = bytes(256 * 1024)


def why_none():
    """Why there can be no small disk here; nothing when there can."""
    if os.geteuid() != 0:
        return "only root may mount a disk"
    try:
        Disk(1).end()
    except subprocess.CalledProcessError as error:
        return f"a disk cannot be mounted: {error.stderr.decode().strip()}"
    return None


class Disk:
    """Mounted when made; end() takes it away with everything on it."""

    def __init__(self, mebibytes):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rushline-disk-"))
        self.ballast = self.folder / "ballast"
        self.is_mounted = False
        try:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=755", "tmpfs",
                            self.folder], check=True, capture_output=True)
            self.is_mounted = True
        finally:
            if not self.is_mounted:
                self.folder.rmdir()

    def fill(self):
        """Not one byte more can be written."""
        with open(self.ballast, "ab", buffering=0) as ballast:
            for size in (len(_CHUNK), 4096, 1):
                while self._grow(ballast, size):
                    pass

    @staticmethod
    def _grow(ballast, size):
        try:
            return ballast.write(_CHUNK[:size]) == size
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return False

    def free_bytes(self):
        state = os.statvfs(self.folder)
        return state.f_bavail * state.f_frsize

    def heal(self):
        self.ballast.unlink(missing_ok=True)

    def end(self):
        """The processes that use it have ended."""
        subprocess.run(["umount", "-l", self.folder], check=True, capture_output=True)
        self.folder.rmdir()
