"""``python -m lrviz`` and ``lrviz``: the command line, quiet about a Ctrl-C even while it is being imported."""

import sys

try:
    from lrviz.cli import main
except KeyboardInterrupt:
    print("stopped: no file was left half-written", file=sys.stderr)
    sys.exit(130)

if __name__ == "__main__":
    main()
