"""`python -m kreport` is the command line."""

import sys

from kreport.cli import main

sys.exit(main())
