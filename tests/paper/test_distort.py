import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waves import waves

from ecg_synth.config import PaperConfig
from ecg_synth.errors import InputError
from ecg_synth.paper import ink
from ecg_synth.paper.distort import (
    DISTORTIONS,
    STAGES,
    apply_in_camera,
    apply_light,
    apply_on_paper,
    compose,
    draw_all,
    look,
    parse_strengths,
)
from ecg_synth.paper.geometry import Scale
from ecg_synth.paper.grid import PAPERS
from ecg_synth.paper.mesh import Mesh, Picture
from ecg_synth.paper.page import make_page
from ecg_synth.paper.presets import PRESETS
from ecg_synth.paper.sheet import LABELS, Sheet

SIZE_MM = (120.0, 90.0)
GRAY = (128, 128, 128)
OF_STAGE = {stage: sorted(name for name in DISTORTIONS if DISTORTIONS[name].stage == stage) for stage in STAGES}


def blank(dpi=150):
    return Sheet(SIZE_MM, Scale(dpi=dpi), PAPERS["plain"])


def dotted(dpi=150, radius_px=7.0):
    """A white sheet with black dots, and where they are."""
    sheet = blank(dpi)
    x, y = np.meshgrid(np.linspace(0.25, 0.75, 4), np.linspace(0.25, 0.75, 3))
    dots = np.stack([x.ravel(), y.ravel()], axis=1) * sheet.size + np.random.default_rng(1).uniform(-1, 1, (12, 2))
    angle = np.linspace(0, 2 * np.pi, 60)
    for dot in dots:
        circle = dot + radius_px * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        sheet.lay(ink.polygon(circle, sheet.size), (0, 0, 0), LABELS["text"])
    return sheet, dots


def found(image, near, reach=14):
    """Centroids of the dark spots near these places, the paper around them taken for white."""
    centers = []
    for x, y in near:
        left, top = int(x) - reach, int(y) - reach
        part = image[top : top + 2 * reach, left : left + 2 * reach].mean(axis=2)
        rim = np.median(
            np.concatenate([part[:2].ravel(), part[-2:].ravel(), part[:, :2].ravel(), part[:, -2:].ravel()])
        )
        dark = np.clip(rim - part, 0, None)
        dark[dark < 0.3 * dark.max()] = 0
        rows, columns = np.mgrid[: len(part), : len(part)] + 0.5
        centers.append(((dark * columns).sum() / dark.sum() + left, (dark * rows).sum() / dark.sum() + top))
    return np.array(centers)


class TestMesh:
    def test_the_identity_changes_no_bit(self):
        image = np.random.default_rng(0).integers(0, 255, (101, 130, 3), dtype=np.uint8)
        mesh = Mesh.of(lambda points: points, (130, 101))
        drawn = mesh.draw(Picture(image, GRAY, True), Picture(image[..., 0], 0, False))
        np.testing.assert_array_equal(drawn[0], image)
        np.testing.assert_array_equal(drawn[1], image[..., 0])

    @settings(max_examples=25, deadline=None)
    @given(st.sampled_from(OF_STAGE["geometry"]), st.integers(0, 99), st.floats(0.05, 1))
    def test_there_and_back(self, name, seed, strength):
        sheet = blank(100)
        mesh = compose(draw_all({name: strength}, seed, 0, SIZE_MM), sheet)
        points = np.random.default_rng(seed).uniform(0, 1, (200, 2)) * sheet.size
        np.testing.assert_allclose(mesh.to_sheet(mesh.to_image(points)), points, atol=1e-4)

    def test_no_value_stays_no_value(self):
        mesh = compose(draw_all({"rotate": 0.5}, 0, 0, SIZE_MM), blank(100))
        assert np.isnan(mesh.to_image(np.array([(np.nan, 3.0)]))).all()

    def test_outside_is_the_background(self):
        sheet = blank(100)
        image, labels = look(sheet, compose(draw_all({"pad": 1.0}, 0, 0, SIZE_MM), sheet), GRAY)
        assert tuple(image[0, 0]) == GRAY
        assert labels[0, 0] == LABELS["off_page"]
        assert ((labels == LABELS["off_page"]) == (image == GRAY).all(axis=2)).mean() > 0.99


class TestTruthFollows:
    @pytest.mark.parametrize("names", [*([name] for name in OF_STAGE["geometry"]), OF_STAGE["geometry"]])
    @pytest.mark.parametrize("seed", [0, 1])
    def test_geometry(self, names, seed):
        sheet, dots = dotted()
        mesh = compose(draw_all(dict.fromkeys(names, 0.7), seed, 0, SIZE_MM), sheet)
        image, _ = look(sheet, mesh, (255, 255, 255))
        seen = mesh.to_image(dots)
        assert np.abs(seen - dots).max() > 1
        assert np.abs(found(image, seen) - seen).max() < 0.15

    @pytest.mark.parametrize("name", OF_STAGE["light"] + OF_STAGE["camera"])
    def test_nothing_else_moves(self, name):
        sheet, dots = dotted()
        drawn = draw_all({name: 0.5}, 3, 0, SIZE_MM)
        image = apply_in_camera(apply_light(sheet.image.copy(), drawn), drawn, sheet.scale.px_per_mm)
        assert image.shape == sheet.image.shape
        assert (image != sheet.image).any()
        assert np.abs(found(image, dots) - dots).max() < 0.3

    @pytest.mark.parametrize("name", OF_STAGE["paper"])
    def test_what_hides_is_labelled(self, name):
        sheet = blank()
        apply_on_paper(sheet, draw_all({name: 0.8}, 2, 0, SIZE_MM))
        assert set(np.unique(sheet.labels)) <= {LABELS[label] for label in ("paper", "overlay", "off_page")}
        assert (sheet.shaded() != 255).any()
        if name not in ("aging", "crease", "stain"):
            dark = (sheet.image.astype(int).min(axis=2) < 100) & (sheet.labels == LABELS["paper"])
            assert dark.mean() < 0.001


class TestDrawing:
    @pytest.mark.parametrize("name", sorted(DISTORTIONS))
    def test_parameters_are_json_and_determine_all(self, name):
        drawn = draw_all({name: 0.6}, 5, 7, SIZE_MM)
        again = draw_all({name: 0.6, "rotate": 0.1}, 5, 7, SIZE_MM)
        assert next(one for one in again if one.name == name).given == drawn[0].given or name == "rotate"
        stored = [dataclasses.replace(one, given=json.loads(json.dumps(one.given))) for one in drawn]
        images = []
        for ones in (drawn, stored):
            sheet = blank(72)
            apply_on_paper(sheet, ones)
            image, _ = look(sheet, compose(ones, sheet), GRAY)
            images.append(apply_in_camera(apply_light(image, ones), ones, sheet.scale.px_per_mm))
        np.testing.assert_array_equal(*images)
        assert draw_all({name: 0.6}, 6, 7, SIZE_MM)[0].given != drawn[0].given or name == "fax"

    def test_stages_come_in_order(self):
        drawn = draw_all({"jpeg": 0.1, "light": 0.1, "rotate": 0.1, "fold": 0.1, "blur": 0.0}, 0, 0, SIZE_MM)
        assert [one.name for one in drawn] == ["fold", "rotate", "light", "jpeg"]

    def test_every_preset_names_what_exists(self):
        for strengths in PRESETS.values():
            assert set(strengths) <= set(DISTORTIONS)

    def test_strengths_are_read(self):
        assert parse_strengths(("rotate=0.25", "shadow")) == {"rotate": 0.25, "shadow": 0.5}

    @pytest.mark.parametrize(
        ("items", "message"),
        [
            (("rotat=1",), "Unknown distortion. Received: distortion='rotat'. Did you mean 'rotate'?"),
            (("rotate=much",), "A distortion is written NAME=STRENGTH. Received: 'rotate=much'."),
            (("rotate=2",), "A distortion's strength must be from 0 to 1. Received: rotate=2.0."),
        ],
    )
    def test_refuses(self, items, message):
        with pytest.raises(InputError) as error:
            make_page(waves(), PaperConfig(dpi=72, distortions=items))
        assert str(error.value).startswith(message)
