"""The defaults of what becomes of records: codec, splits, sources, files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CodecConfig:
    """How slices become images.

    Attributes:
        leads: Leads of a slice.
        standardization: How mV become grey levels: adapted, minmax, quantile or equalized.
        arrangement: Where samples go on the image: z, transposed, reversed, boustrophedon, hilbert, spiral, beats (each
            on a new row) or random (random:7 has seed 7).
        length: Samples a slice; where they do not fill the image, it is padded.
        fs: Sampling rate of a slice in Hz; records at another rate are resampled.
        image_shape: Height and width of one lead's image in pixels; by default the smallest square that holds a slice,
            for beats so wide and 1.5 rows a second higher.
        layout: How leads share an image: stacked (a channel each), stripes or tiles (one channel).
        independent: Of the limb leads store i and ii alone, and compute iii, avr, avl and avf on decoding.
        stride: Samples from the start of a slice to that of the next; 0 is the slice's length, less lets them overlap.
        color: What three stacked leads are stored as: rgb, hsv, cmyk or lab.
        domain: What pixels hold: time (samples) or dct (frequencies; with minmax or equalized).
        bits: Bits a grey level: 8, or 16 for an error of half of 2.5 mV/65535.
        align: Where slices begin: none (every stride samples) or r_peak (r_peak_at before an R peak, at least a stride
            apart).
        r_peak_at: Seconds from the start of an aligned slice, or of a row of the arrangement beats, to the R peak; the
            default leaves room for the P wave.
    """

    leads: tuple[str, ...] = ("i",)
    standardization: str = "adapted"
    arrangement: str = "z"
    length: int = 2025
    fs: float = 1000.0
    image_shape: tuple[int, ...] = ()
    layout: str = "stacked"
    independent: bool = False
    stride: int = 0
    color: str = "rgb"
    domain: str = "time"
    bits: int = 8
    align: str = "none"
    r_peak_at: float = 0.25

    @property
    def name(self) -> str:
        """The TFDS config name of this choice, for example `i_adapted_z`."""
        # A colon would end the name in TFDS's `dataset/config:version`.
        parts = ["-".join(self.leads), self.standardization, self.arrangement.replace(":", "-")]
        default = CodecConfig()
        if self.length != default.length:
            parts.append(f"{self.length}samples")
        if self.fs != default.fs:
            parts.append(f"{self.fs:g}hz")
        if self.image_shape:
            parts.append("x".join(map(str, self.image_shape)))
        if self.layout != default.layout:
            parts.append(self.layout)
        if self.independent:
            parts.append("independent")
        if self.stride not in (0, self.length):
            parts.append(f"stride{self.stride}")
        parts += [name for name in (self.color, self.domain) if name not in (default.color, default.domain)]
        if self.bits != default.bits:
            parts.append(f"{self.bits}bit")
        if self.align != default.align:
            parts.append(self.align.replace("_", ""))
        if self.r_peak_at != default.r_peak_at and (self.align != default.align or self.arrangement == "beats"):
            parts.append(f"at{self.r_peak_at:g}s")
        return "_".join(parts)


@dataclass(frozen=True)
class TableImageConfig:
    """How rows of a table become images (P1, 3.3.2).

    Attributes:
        placement: Which column stands on which pixel: blocks, rows or center.
        side: Height and width in pixels; the paper's 7 are for fully connected networks, a DCGAN needs 8.
    """

    placement: str = "blocks"
    side: int = 7

    @property
    def name(self) -> str:
        """The TFDS config name of this choice, for example `blocks` or `blocks_8x8`."""
        return self.placement if self.side == TableImageConfig.side else f"{self.placement}_{self.side}x{self.side}"


@dataclass(frozen=True)
class PictureConfig:
    """How picture files become images of one size.

    Attributes:
        height: In pixels.
        width: In pixels.
        channels: 1 for grey, 3 for color.
        origin: What the files are: measured (photographs, scans), simulated or synthetic (a program drew them).
        crops: Images cut out of each picture at random places, where there are too few pictures to learn from; 0 takes
            each picture whole. Crops of one picture stay in one split.
        crop_size: Side in pixels of what is cut out of a picture, before it is resized to height and width.
    """

    height: int = 64
    width: int = 64
    channels: int = 1
    origin: str = "measured"
    crops: int = 0
    crop_size: int = 128

    @property
    def name(self) -> str:
        """How a TFDS config name ends, for example `64x64_grey` or `32x32_grey_500crops128`."""
        size = f"{self.height}x{self.width}_{'grey' if self.channels == 1 else 'color'}"
        return f"{size}_{self.crops}crops{self.crop_size}" if self.crops else size


@dataclass(frozen=True)
class SplitConfig:
    """Shares of the patients in each split; they sum to 1.

    Attributes:
        train: Share of the patients to train on.
        validation: Share to choose by.
        test: Share that nothing but the last evaluation sees.
        seed: Seed of the draw.
    """

    train: float = 0.8
    validation: float = 0.1
    test: float = 0.1
    seed: int = 0

    @property
    def suffix(self) -> str:
        """What a TFDS config name ends with: nothing for the default split."""
        if self == SplitConfig():
            return ""
        return f"_split-{self.train:g}-{self.validation:g}-{self.test:g}-{self.seed}"


@dataclass(frozen=True)
class FoldConfig:
    """Which of PTB-XL's ten stratified folds make which split (Wagner et al. 2020 advise these).

    Attributes:
        train_folds: For ptbxl: folds to train on.
        validation_folds: For ptbxl: folds to choose by.
        test_folds: For ptbxl: folds that nothing but the last evaluation sees.
    """

    train_folds: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7, 8)
    validation_folds: tuple[int, ...] = (9,)
    test_folds: tuple[int, ...] = (10,)

    @property
    def suffix(self) -> str:
        """What a TFDS config name ends with: nothing for the default folds."""
        if self == FoldConfig():
            return ""
        lists = (self.train_folds, self.validation_folds, self.test_folds)
        return "_folds-" + "-".join(".".join(map(str, folds)) or "none" for folds in lists)


@dataclass(frozen=True)
class SourceConfig:
    """What some sources need to know beside the place of their records.

    Attributes:
        table: For wfdb, edf and csv: a CSV file with the columns record, patient and, if known, diagnosis.
        rate: For ptbxl: which files to read, those at 500 Hz or at 100 Hz.
        csv_fs: For csv: sampling rate in Hz of files without a column time.
        skip_bad: Leave out a record that cannot be read, by name and with its reason, instead of stopping.
    """

    table: str | None = None
    rate: int = 500
    csv_fs: float | None = None
    skip_bad: bool = False


@dataclass(frozen=True)
class WriteConfig:
    """How a dataset is written; the examples are the same in every way of writing.

    Attributes:
        workers: Threads that read and encode records; the bytes do not depend on their number. Much of the work holds
            Python's lock: on two cores one thread is the fastest.
        file_format: tfrecord, array_record (random access) or parquet.
        beam_pipeline_options: Generate through Apache Beam (the extra beam) with these pipeline options, separated by
            commas, for example runner=DirectRunner,direct_num_workers=2,direct_running_mode=multi_processing.
    """

    workers: int = 1
    file_format: str = "tfrecord"
    beam_pipeline_options: str = ""


@dataclass(frozen=True)
class SimulateConfig:
    """The simulated database.

    Attributes:
        patients: Number of patients; the first classes of diagnosis come in PTB's proportions.
        duration: Seconds a record.
        seed: Seed of every random draw.
    """

    patients: int = 20
    duration: float = 38.4
    seed: int = 0
