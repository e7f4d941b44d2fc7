"""`ecg-synth download`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ecg_synth.sources.download import PTB_URL, PTB_ZIP_URL


@dataclass(frozen=True)
class Download:
    """Fetch the PTB Diagnostic ECG Database 1.0.0 from PhysioNet and check every file's sha256.

    Attributes:
        out: Folder of the database; files that are there and right are not fetched again.
        method: Fetch file by file, or one archive.
        url: Folder on the server that holds SHA256SUMS.txt and the files.
        zip_url: The archive.
    """

    out: str
    method: Literal["files", "zip"] = "files"
    url: str = PTB_URL
    zip_url: str = PTB_ZIP_URL

    def run(self) -> None:
        """Fetches what is missing and says where it is."""
        from ecg_synth.sources.download import download_database

        path = download_database(self.out, self.url, self.method, self.zip_url, progress=True)
        print(f"Every file is there and its sha256 agrees: {path}")
        print(f"Next: ecg-synth prepare --source-dir {path} --data-dir data")
