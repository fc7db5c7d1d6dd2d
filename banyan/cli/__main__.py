"""``python -m banyan.cli`` is ``banyan``."""

from banyan.cli.main import main

if __name__ == "__main__":
    main()
