"""`python -m telegram_gateway`."""

from telegram_gateway.cli import main

main()
