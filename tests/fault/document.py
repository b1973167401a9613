"""Writes docs/guarantees.md from a kept result."""


def render(result):
    return ""
