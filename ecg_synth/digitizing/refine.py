"""The mesh of a page: from scattered places to nodes, and the grid measured again on the page laid flat."""

from __future__ import annotations

import numpy as np

from ecg_synth.digitizing.flat import CELL_PX, NODE_MM, PX_PER_MM, places_on_raster
from ecg_synth.digitizing.grow import PERIOD_MM, Nodes, phase_mm
from ecg_synth.digitizing.simplest import simplest
from ecg_synth.paper.mesh import Mesh

SAMPLES_MM = 5
"""Samples a millimetre of the density that is measured on the flat page."""
BEYOND_MM = 7.5
_DEGREE, _NEAR_MM = 3, 9.0
_LOST_MM = 0.6


def mesh_of(nodes: Nodes) -> Mesh:
    """Fits a mesh through nodes: a smooth surface, and what is left of it nearby.

    Returns:
        Map from a flat page to the picture. The flat page reaches `BEYOND_MM` beyond the nodes and begins at a heavy
        line.
    """
    low = np.floor((nodes.page_mm.min(axis=0) - BEYOND_MM) / PERIOD_MM) * PERIOD_MM
    high = np.ceil((nodes.page_mm.max(axis=0) + BEYOND_MM) / PERIOD_MM) * PERIOD_MM
    size_mm = high - low
    columns, rows = (round(length / NODE_MM) for length in size_mm)
    target = np.stack(np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0)), axis=-1) * NODE_MM
    fitted = _surface(nodes.page_mm - low, nodes.picture, nodes.seen, target.reshape(-1, 2), size_mm)
    width, height = (round(length * PX_PER_MM) for length in size_mm)
    return Mesh((width, height), fitted.reshape(target.shape), CELL_PX)


def _surface(at: np.ndarray, values: np.ndarray, seen: np.ndarray, target: np.ndarray, size: np.ndarray) -> np.ndarray:
    weight = np.sqrt(np.clip(seen, 0.01, 0.2))
    for _ in range(4):
        base = _powers(at / size, _DEGREE)
        fitted = np.linalg.lstsq(base * weight[:, None], values * weight[:, None], rcond=None)[0]
        rest = values - base @ fitted
    squared = ((target[:, None] - at[None]) ** 2).sum(axis=-1)
    near = np.exp(-squared / (2 * _NEAR_MM**2)) * weight**2
    # Far from all nodes the surface alone holds.
    local = near @ rest / (near.sum(axis=1, keepdims=True) + 1e-3)
    return _powers(target / size, _DEGREE) @ fitted + local


def _powers(at: np.ndarray, degree: int) -> np.ndarray:
    x, y = (2 * at - 1).T
    return np.stack([x**i * y**j for i in range(degree + 1) for j in range(degree + 1 - i)], axis=1)


def refine(
    mesh: Mesh, density: np.ndarray, dark: np.ndarray, factor: int, harmonics: tuple[int, ...], window_mm: float
) -> tuple:
    """Measures the grid on the flat page and moves the nodes to where it says.

    Args:
        mesh: Map from the flat page to the picture.
        density: Of the picture, shrunk by `factor`.
        dark: How dark it is, of the same shape: what is much darker than the heavy lines is ink, and left out.
        factor: Pixels of the picture a sample of the density.
        harmonics: Of 5 mm, those to use.
        window_mm: Standard deviation of the windows.

    Returns:
        The better mesh; how much of the variation the grid explains at its nodes (rows, columns); and the residuals in
        mm that were found (rows, columns, 2), NaN where nothing was seen.
    """
    from scipy import ndimage

    width_mm, height_mm = (length // PX_PER_MM for length in mesh.size)
    (flat, darkness), inside = _on_page(mesh, (density, dark), factor, width_mm, height_mm)
    flat[_ink(darkness)] = 0.0
    at = np.stack(np.meshgrid(*(np.arange(0, mm + 1, NODE_MM) - 0.5 for mm in (height_mm, width_mm)), indexing="ij"))

    def windowed(per_mm: np.ndarray) -> np.ndarray:
        smooth = ndimage.gaussian_filter(per_mm, window_mm, mode="constant", truncate=3)
        return ndimage.map_coordinates(smooth, at, order=1, mode="nearest")

    cells = flat.reshape(height_mm, SAMPLES_MM, width_mm, SAMPLES_MM)
    weight = np.maximum(windowed(inside.astype(np.float32)), 1e-6)
    power = windowed((cells**2).mean(axis=(1, 3))) / weight
    moved: list[np.ndarray] = []
    shares: list[np.ndarray] = []
    for lines, length in ((cells.mean(axis=1), width_mm), (cells.mean(axis=3).transpose(0, 2, 1), height_mm)):
        # `lines` is (height, width, samples) with the samples along the direction that is measured.
        mm = ((np.arange(length * SAMPLES_MM) + 0.5) / SAMPLES_MM).reshape(length, SAMPLES_MM)
        found = []
        for k in harmonics:
            wave = np.exp(-2j * np.pi * k / PERIOD_MM * mm).astype(np.complex64) / SAMPLES_MM
            product = np.einsum("ijs,is->ij" if moved else "ijs,js->ij", lines, wave)
            found.append((windowed(product.real) + 1j * windowed(product.imag)) / weight)
        amplitudes = np.array(found)
        moved.append(phase_mm(amplitudes, harmonics))
        shares.append(2 * (np.abs(amplitudes) ** 2).sum(axis=0) / np.maximum(power, 1e-9))
    residual, share = np.stack(moved, axis=-1), np.stack(shares, axis=-1)
    seen = (share > 0.02) & (weight[..., None] > 0.25)
    smooth = _smoothed(residual, np.where(seen, np.clip(share, 0, 0.2), 0.0))
    return _moved(mesh, smooth), share.min(axis=-1), np.where(seen, residual, np.nan)


def simplified(mesh: Mesh, residual: np.ndarray, share: np.ndarray) -> Mesh | None:
    """Returns the simplest mesh that what was measured on a page asks for; None where that is not simple.

    Args:
        mesh: Under which it was measured.
        residual: (rows, columns, 2) of `refine`.
        share: (rows, columns) of it.
    """
    rows, columns = share.shape
    nodes = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2) * float(CELL_PX)
    seen = np.isfinite(residual).all(axis=-1)
    off = np.where(seen[..., None], residual, 0.0) * PX_PER_MM
    places = mesh.to_sheet(nodes - off.reshape(-1, 2)).reshape(residual.shape)
    found = simplest(places, np.where(seen & np.isfinite(places).all(axis=-1), np.clip(share, 0, 0.2), 0.0))
    return None if found is None else Mesh(mesh.size, found, mesh.cell_px)


def _on_page(mesh: Mesh, planes: tuple, factor: int, width_mm: int, height_mm: int) -> tuple:
    """Planes at `SAMPLES_MM` a mm of the flat page, 0 outside, and which mm cells are inside."""
    from scipy import ndimage

    xs, ys = ((np.arange(mm * SAMPLES_MM) + 0.5) / SAMPLES_MM * PX_PER_MM for mm in (width_mm, height_mm))
    places = places_on_raster(mesh, xs, ys) / np.float32(factor)
    where = (places - np.float32(0.5)).transpose(2, 0, 1)[::-1]
    flat = [ndimage.map_coordinates(plane, where, order=1, mode="constant", cval=0.0) for plane in planes]
    middle = where[:, SAMPLES_MM // 2 :: SAMPLES_MM, SAMPLES_MM // 2 :: SAMPLES_MM]
    limits = np.array(planes[0].shape)[:, None, None]
    return flat, ((middle >= 0) & (middle < limits)).all(axis=0)


def _ink(darkness: np.ndarray) -> np.ndarray:
    """Where a flat page is so much darker than its heavy lines that it is not grid: traces and text pull at phases."""
    from scipy import ndimage

    heavy = int(PERIOD_MM) * SAMPLES_MM
    crossings = np.concatenate([darkness[heavy::heavy].reshape(-1), darkness[:, heavy::heavy].reshape(-1)])
    low, middle, high = np.quantile(crossings[::7], (0.3, 0.5, 0.7))
    return ndimage.binary_dilation(darkness > middle + 3 * (high - low) + 0.1, iterations=1)


def _smoothed(residual: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Residuals (rows, columns, 2) smoothed, those that their neighbors contradict left out, carried on outside."""
    from scipy import ndimage

    rows, columns = residual.shape[:2]
    at = np.stack(np.meshgrid(np.linspace(-1, 1, columns), np.linspace(-1, 1, rows)), axis=-1).reshape(-1, 2)
    base = _powers((at + 1) / 2, 2)
    smooth = np.empty_like(residual)
    for axis in range(2):
        value, trust = residual[..., axis], weight[..., axis].copy()
        typical = ndimage.median_filter(np.where(trust > 0, value, 0.0), 5, mode="nearest")
        trust[np.abs(value - typical) > _LOST_MM] = 0.0
        root = np.sqrt(trust).reshape(-1)
        surface = np.zeros(len(base))
        if (trust > 0).sum() > 3 * base.shape[1]:
            surface = base @ np.linalg.lstsq(base * root[:, None], value.reshape(-1) * root, rcond=None)[0]
        rest = (value - surface.reshape(value.shape)) * trust
        over, under = (ndimage.gaussian_filter(part, 0.6, mode="constant", truncate=4) for part in (rest, trust))
        smooth[..., axis] = surface.reshape(value.shape) + over / (under + 2e-3)
    return smooth


def _moved(mesh: Mesh, residual: np.ndarray) -> Mesh:
    """The mesh under which what was measured `residual` mm off lies right."""
    rows, columns = residual.shape[:2]
    size = (columns - 1) * CELL_PX, (rows - 1) * CELL_PX
    field = Mesh(size, residual * PX_PER_MM, CELL_PX)
    nodes = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2) * float(CELL_PX)
    places = nodes
    for _ in range(3):
        places = nodes - field.to_sheet(places)
    return Mesh(mesh.size, mesh.to_sheet(places).reshape(residual.shape), mesh.cell_px)
