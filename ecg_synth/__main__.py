"""`python -m ecg_synth` is `ecg-synth`."""

import sys

from ecg_synth.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
