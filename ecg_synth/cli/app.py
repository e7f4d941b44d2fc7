"""`ecg-synth app`."""

from __future__ import annotations

from dataclasses import dataclass, field

import tyro

from ecg_synth.config import AppConfig


@dataclass(frozen=True)
class App:
    """Open a web page: synthetic ECGs on paper beside real ones, a quiz 'real or synthetic?', downloads.

    Needs the extra 'app'. It is on this machine alone, and needs no network. See docs/app.md.

    Attributes:
        model: Run folder of 'ecg-synth train', SavedModel of 'ecg-synth export' or pretrained:NAME; again for another.
        real: Folder of WFDB records, or a prepared dataset's folder (dataset_info.json): real ECGs to show beside, and
            for the quiz.
        best: Of run folders: take the weights that were best by --evaluate-every, and not the newest.
        app: Where the page is, and how much it shows.
    """

    model: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    real: str | None = None
    best: bool = False
    app: AppConfig = field(default_factory=AppConfig)

    def run(self) -> None:
        """Serves the page."""
        from ecg_synth.app.places import check_places
        from ecg_synth.app.run import check_config, check_installed, serve_page
        from ecg_synth.data.quiet import import_tensorflow, quiet_tfds

        check_installed()
        check_places(self.model)
        check_config(self.app)
        import_tensorflow()
        quiet_tfds()
        from ecg_synth.app.models import load_models
        from ecg_synth.app.real import open_real
        from ecg_synth.app.view import House

        real = None if self.real is None else open_real(self.real, self.app.split)
        models = load_models(self.model, self.best)
        for line in (*(model.describe() for model in models.values()), *([real.describe()] if real else [])):
            print(line)
        serve_page(House(models, real, self.app))
