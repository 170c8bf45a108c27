"""``python -m symbolnb.notebook.command``."""

import sys

from symbolnb.notebook.command.main import main

sys.exit(main())
