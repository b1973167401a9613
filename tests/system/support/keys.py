"""API keys, made as an operator makes them."""
import json

from support import server as child


def make_key(folder, name, scopes):
    """A new key: (what the caller sends, the line for the file)."""
    made = child.run("key", "create", name, "--scopes", scopes, "-o", "json",
                     folder=str(folder))
    assert made.returncode == 0, made.stderr
    answer = json.loads(made.stdout)
    return answer["key"], answer["line"]
