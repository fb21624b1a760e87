"""`python -m mayorista.interfaces.cli`: the same as the command `mayorista`."""

import sys

from mayorista.interfaces.cli import main

sys.exit(main())
