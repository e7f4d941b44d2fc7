import numpy as np
import pytest
from PIL import Image

from ecg_synth.codec import PictureCodec
from ecg_synth.errors import InputError
from ecg_synth.sources.images import find_pictures, read_crops, read_picture

GREY = np.random.default_rng(0).integers(0, 256, (6, 5), dtype=np.uint8)
COLOR = np.random.default_rng(1).integers(0, 256, (6, 5, 3), dtype=np.uint8)
EXACT = PictureCodec((6, 5))


@pytest.fixture
def save(tmp_path):
    def save(name, array, **options):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        image = array if isinstance(array, Image.Image) else Image.fromarray(array)
        image.save(tmp_path / name, **options)
        return tmp_path / name

    return save


class TestRead:
    @pytest.mark.parametrize("name", ["a.png", "a.PGM"])
    def test_grey_of_the_right_size_keeps_every_level(self, save, name):
        np.testing.assert_array_equal(read_picture(save(name, GREY), EXACT)[..., 0], GREY)

    @pytest.mark.parametrize("name", ["a.png", "a.ppm"])
    def test_color(self, save, name):
        np.testing.assert_array_equal(read_picture(save(name, COLOR), PictureCodec((6, 5), 3)), COLOR)

    def test_jpeg(self, save):
        smooth = np.full((6, 5), 90, np.uint8)
        assert np.abs(read_picture(save("a.jpg", smooth, quality=95), EXACT).astype(int) - 90).max() <= 2

    def test_color_to_grey_is_luma_and_grey_to_color_repeats(self, save):
        luma = COLOR @ [0.299, 0.587, 0.114]
        assert np.abs(read_picture(save("a.png", COLOR), EXACT)[..., 0] - luma).max() <= 1
        grey_in_color = read_picture(save("b.png", GREY), PictureCodec((6, 5), 3))
        np.testing.assert_array_equal(grey_in_color, np.repeat(GREY[..., None], 3, axis=2))

    @pytest.mark.parametrize("name", ["a.png", "a.pgm"])
    def test_16_bit_grey_is_scaled_not_cut(self, save, name):
        np.testing.assert_array_equal(read_picture(save(name, GREY.astype(np.uint16) * 257), EXACT)[..., 0], GREY)

    def test_transparent_is_laid_on_white(self, save):
        clear = np.dstack([COLOR, np.zeros((6, 5), np.uint8)])
        assert (read_picture(save("a.png", clear), EXACT) == 255).all()

    def test_exif_turns(self, save):
        exif = Image.Exif()
        exif[0x0112] = 6
        turned = read_picture(save("a.png", GREY, exif=exif), PictureCodec((5, 6)))
        np.testing.assert_array_equal(turned[..., 0], np.rot90(GREY, -1))

    def test_another_size_is_lanczos(self, save):
        big = np.random.default_rng(2).integers(0, 256, (60, 40), dtype=np.uint8)
        expected = np.asarray(Image.fromarray(big).resize((5, 6), Image.Resampling.LANCZOS))
        np.testing.assert_array_equal(read_picture(save("a.png", big), EXACT)[..., 0], expected)

    @pytest.mark.parametrize("keep", [0, 20, 60])
    def test_a_damaged_file_is_named(self, save, keep):
        path = save("finger.png", GREY)
        path.write_bytes(path.read_bytes()[:keep])
        with pytest.raises(
            InputError, match=r"finger.png cannot be read as a picture \(\w+: .*\). Replace the file, or"
        ):
            read_picture(path, EXACT)

    def test_missing(self, tmp_path):
        with pytest.raises(InputError, match="There is no picture. Received: '.*none.png'."):
            read_picture(tmp_path / "none.png", EXACT)

    def test_levels_of_another_kind(self, tmp_path):
        Image.fromarray(GREY.astype(np.float32)).save(tmp_path / "a.png", format="TIFF")
        with pytest.raises(
            InputError, match="levels must be of 8 or 16 bit. Received: mode='F'. Save it as 8-bit PNG."
        ):
            read_picture(tmp_path / "a.png", EXACT)
        Image.fromarray(GREY.astype(np.int32) * 1000).save(tmp_path / "b.png", format="TIFF")
        with pytest.raises(InputError, match=r"b.png: grey levels must be of 8 or 16 bit. Received: \d+ to \d+."):
            read_picture(tmp_path / "b.png", EXACT)

    def test_real_fingerprints(self, fingerprints):
        folder = find_pictures(fingerprints)
        assert folder.files == tuple(f"SFinGe_Test0{number}.pgm" for number in range(1, 6))
        assert folder.class_names == ("all",)
        assert folder.skipped == ("LICENSE.md", "NOTES.md")
        small = [read_picture(fingerprints / name, PictureCodec((70, 52))) for name in folder.files]
        whole = [read_picture(fingerprints / name, PictureCodec((560, 416))) for name in folder.files]
        assert [picture.shape for picture in small] == [(70, 52, 1)] * 5
        np.testing.assert_allclose([one.mean() for one in small], [one.mean() for one in whole], atol=1.5)


class TestFind:
    def test_folders_are_classes(self, save, tmp_path):
        for name in ("whorl/a.png", "arch/b.jpg", "arch/deep/c.pgm", ".hidden/d.png"):
            save(name, GREY)
        (tmp_path / "arch" / "notes.txt").touch()
        found = find_pictures(tmp_path)
        assert found.files == ("arch/b.jpg", "arch/deep/c.pgm", "whorl/a.png")
        assert found.class_names == ("arch", "whorl")
        assert found.labels.tolist() == [0, 0, 1]
        assert found.skipped == ("arch/notes.txt",)

    def test_fingerprint_is_over_names_and_contents(self, save, tmp_path):
        path = save("a.png", GREY)
        before = find_pictures(tmp_path).fingerprint
        assert find_pictures(tmp_path).fingerprint == before
        path.rename(tmp_path / "b.png")
        renamed = find_pictures(tmp_path).fingerprint
        save("b.png", GREY // 2)
        assert len({before, renamed, find_pictures(tmp_path).fingerprint}) == 3

    def test_nothing_or_a_mixture(self, save, tmp_path):
        with pytest.raises(InputError, match="There is no folder of pictures. Received: source_dir='.*none'."):
            find_pictures(tmp_path / "none")
        with pytest.raises(InputError, match="holds no picture: .*suffixes .jpeg, .jpg, .pgm, .png, .ppm. Received"):
            find_pictures(tmp_path)
        save("a.png", GREY), save("arch/b.png", GREY)
        with pytest.raises(InputError, match="with 'a.png' beside the folder 'arch'. Move the 1 of the folder itself"):
            find_pictures(tmp_path)


def test_crops_are_parts_of_the_picture_and_follow_from_the_seed(tmp_path):
    levels = np.random.default_rng(0).permutation(12 * 9).astype(np.uint8).reshape(12, 9)
    Image.fromarray(levels).save(tmp_path / "a.png")
    codec = PictureCodec(4)
    crops = read_crops(tmp_path / "a.png", codec, 40, 4, seed=1)
    windows = np.lib.stride_tricks.sliding_window_view(levels, (4, 4)).reshape(-1, 4, 4)
    assert all((windows == crop[..., 0]).all(axis=(1, 2)).any() for crop in crops)
    np.testing.assert_array_equal(crops, read_crops(tmp_path / "a.png", codec, 40, 4, seed=1))
    assert not np.array_equal(crops, read_crops(tmp_path / "a.png", codec, 40, 4, seed=2))
    np.testing.assert_array_equal(read_crops(tmp_path / "a.png", codec, 2, 9, seed=1).shape, (2, 4, 4, 1))


@pytest.mark.parametrize("size", [0, 10])
def test_a_crop_must_fit(tmp_path, size):
    Image.fromarray(np.zeros((12, 9), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match=f"Received: crop_size={size}, and .*a.png is 12 x 9 pixels.*from 1 to 9"):
        read_crops(tmp_path / "a.png", PictureCodec(4), 1, size, seed=0)
