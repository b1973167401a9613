"""The named points at which a test may kill the server, read from the source that defines them."""
import pathlib
import re

from support import server as child

_SOURCE = pathlib.Path(__file__).parents[3] / "src/core/fail_point.cpp"


def _names():
    text = _SOURCE.read_text(encoding="utf-8")
    table = re.search(r"names = \{(.*?)\};", text, re.S).group(1)
    return re.findall(r'"([a-z_]+\.[a-z_]+)"', table)


NAMES = _names()


def start_until_killed(case, description):
    """A server that will kill itself there, in the middle of what it is asked then."""
    case.server = child.Server(case.folder, flags=case.server_flags, environment={
        **case.server_environment, "RUSHLINE_FAIL_POINT": description})
    if case.shared is not None:
        case.server.share(case.shared)
    return case.server.start()
