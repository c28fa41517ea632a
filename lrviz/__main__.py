"""``python -m lrviz``: the command line."""

from lrviz.cli import main

if __name__ == "__main__":
    main()
