"""`python -m merkato` is the `merkato` command."""

from merkato.cli import main

if __name__ == "__main__":
    main()
