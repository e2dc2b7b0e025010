"""``python -m skypact`` is the command ``skypact``."""

from skypact.cli import main

if __name__ == "__main__":
    main()
