"""python -m limner_client is the command `limner`."""

from limner_client.command import main

main()
