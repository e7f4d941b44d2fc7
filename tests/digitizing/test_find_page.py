import numpy as np
import pytest
from pages import beats, matplotlib_page, small_page
from PIL import Image

from ecg_synth.config import PaperConfig
from ecg_synth.digitizing.find_page import find_mesh, find_page
from ecg_synth.digitizing.flat import PX_PER_MM
from ecg_synth.errors import InputError
from ecg_synth.paper.geometry import MM_PER_INCH
from ecg_synth.paper.page import make_page


def drawn_grid(px_per_mm, degrees=0.0, size=(640, 520), colors=((255, 250, 250), (246, 200, 200), (225, 130, 130))):
    """Lines of a millimetre and of five, with exact edges, by their distance from each pixel."""
    turn = np.deg2rad(degrees)
    x, y = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    along, down = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    picture = np.tile(np.array(colors[0], dtype=float), (size[1], size[0], 1))
    for pitch, width, color in ((1, 0.1, colors[1]), (5, 0.25, colors[2])):
        for at in (along, down):
            apart = np.abs((at / px_per_mm + pitch / 2) % pitch - pitch / 2) * px_per_mm
            cover = np.clip(width * px_per_mm / 2 + 0.5 - apart, 0, min(1, width * px_per_mm))[..., None]
            picture += (np.array(color) - picture) * cover
    return picture.round().astype(np.uint8)


def errors_mm(page, mesh):
    """Where the found geometry has the samples of a page, against where they were drawn."""
    points = np.concatenate([trace.points_px[::10] for trace in page.sheet.traces])
    seen = page.to_image(points)
    inside = ((seen > 0) & (seen < page.image.shape[1::-1])).all(axis=1)
    off = mesh.to_image(seen[inside]) / PX_PER_MM - page.sheet.scale.to_mm(points[inside])
    off -= 5 * np.round(np.median(off, axis=0) / 5)
    return np.hypot(*off.T)


@pytest.mark.parametrize("dpi", [100, 150, 300])
def test_the_pitch_is_found(dpi):
    found = find_mesh(drawn_grid(dpi / MM_PER_INCH))
    assert found.px_per_mm == pytest.approx(dpi / MM_PER_INCH, rel=2e-3)
    assert abs(found.degrees) < 0.05


@pytest.mark.parametrize("degrees", [-12.0, 3.0, 30.0])
def test_the_angle_is_found(degrees):
    found = find_mesh(drawn_grid(6.0, degrees))
    assert found.px_per_mm == pytest.approx(6.0, rel=3e-3)
    assert found.degrees == pytest.approx(degrees, abs=0.1)


def test_lines_of_a_millimetre_alone_are_enough():
    # Were they 5 mm apart, the picture would be larger than any page.
    size = (900, 700)
    y, x = np.mgrid[: size[1], : size[0]]
    line = np.maximum(*(np.clip(1.2 - np.abs((axis + 2.5) % 5 - 2.5), 0, 1) for axis in (x + 0.5, y + 0.5)))
    picture = (255 - 60 * line[..., None] * np.array([0, 1, 1])).astype(np.uint8)
    assert find_mesh(picture).px_per_mm == pytest.approx(5.0, rel=5e-3)


@pytest.mark.parametrize(("preset", "limit_mm"), [("clean", 0.012), ("scan", 0.008), ("phone", 0.2)])
def test_true_places_are_found_again(preset, limit_mm):
    leads = ("i", "ii", "iii", "v1", "v2", "v3")
    shown = PaperConfig(preset=preset, dpi=100, layout="3x2", leads=leads, seconds=6.0, page="strip", seed=2)
    page = make_page(beats(), shown)
    found = find_mesh(page.image)
    apart = errors_mm(page, found.mesh)
    assert np.median(apart) < limit_mm / 2
    assert np.quantile(apart, 0.95) < limit_mm


def test_the_page_of_another_program_is_laid_flat():
    picture = matplotlib_page()
    flat, found = find_page(picture)
    assert found.px_per_mm == pytest.approx(100 / MM_PER_INCH, rel=3e-3)
    dark = 1 - flat.image[..., 0]
    profile = np.median(dark, axis=0)
    middle = profile[len(profile) // 4 :][: len(profile) // 2]
    peaks = np.flatnonzero(middle > 0.8 * middle.max()) + len(profile) // 4
    assert all(min(peak % 40, 40 - peak % 40) <= 2 for peak in peaks)


@pytest.mark.parametrize("kind", ["noise", "blank", "stripes", "tiny"])
def test_without_a_grid_it_says_so(kind):
    random = np.random.default_rng(0)
    picture = {
        "noise": random.integers(0, 255, (400, 500, 3), dtype=np.uint8),
        "blank": np.full((400, 500, 3), 240, dtype=np.uint8),
        "stripes": np.repeat(np.tile(np.uint8([[0] * 5 + [255] * 15]), (400, 25))[..., None], 3, axis=2),
        "tiny": np.zeros((3, 2, 3), dtype=np.uint8),
    }[kind]
    with pytest.raises(InputError, match="no grid of parallel lines in two directions was found") as caught:
        find_mesh(picture)
    assert f"Received: a picture of {picture.shape[1]} x {picture.shape[0]} pixels" in str(caught.value)


def test_a_photograph_of_something_else_has_no_grid():
    x, y = np.meshgrid(np.linspace(0, 6, 500), np.linspace(0, 4, 400))
    hills = 120 + 60 * np.sin(x**2) + 60 * np.cos(y * x)
    picture = np.asarray(Image.fromarray(hills.clip(0, 255).astype(np.uint8)).convert("RGB"))
    with pytest.raises(InputError, match="no grid"):
        find_mesh(picture)


def test_the_same_picture_gives_the_same_mesh():
    page = small_page("phone")
    assert (find_mesh(page.image).mesh.nodes == find_mesh(page.image).mesh.nodes).all()
