"""Runs the tests of this folder and ends with a plain total.

`cargo xtask test` starts the servers and this program. Arguments pick tests by a part of their name.
"""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).parent


def main(names):
    loader = unittest.TestLoader()
    if names:
        loader.testNamePatterns = [name if "*" in name else f"*{name}*" for name in names]
    tests = loader.discover(str(HERE), top_level_dir=str(HERE))
    # buffer: the clients print as they please; only what a failing test printed matters.
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, buffer=True).run(tests)
    # A test whose parts fail is one failed test.
    failed = len({getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors})
    skipped = len(result.skipped)
    for test, why in result.skipped:
        print(f"skipped: {test.id()}: {why}")
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped", flush=True)
    return 0 if failed == 0 and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
