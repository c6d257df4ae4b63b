"""`python -m telegram_sandbox`."""

from .cli import main

main()
