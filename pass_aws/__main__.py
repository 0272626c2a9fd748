"""The file that Python runs; short, because Python compiles it anew at each start."""

import os
import sys

if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from pass_aws.start import console

if __name__ == "__main__":
    sys.exit(console())
