#!/usr/bin/env python3
"""Runs system tests: run.py MODULE [CLASS[.METHOD]] …; exit 77 when every one was skipped.

RUSHLINE_BINARY names the program under test, RUSHLINE_TEST_SEED repeats a random test.
"""
import pathlib
import sys
import unittest

SKIPPED = 77


def main():
    here = pathlib.Path(__file__).parent
    sys.path[:0] = [str(here), str(here.parent)]  # support, fault
    module, names = sys.argv[1], sys.argv[2:]
    wanted = [f"{module}.{name}" for name in names] or [module]
    suite = unittest.defaultTestLoader.loadTestsFromNames(wanted)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    if not result.wasSuccessful():
        return 1
    if result.testsRun == len(result.skipped) or (result.skipped and not result.testsRun):
        return SKIPPED if result.skipped else 1  # no test at all is a failure
    return 0


if __name__ == "__main__":
    sys.exit(main())
