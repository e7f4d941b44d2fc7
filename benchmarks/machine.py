"""What every benchmark prints above its table: the machine, the versions, the seed."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

PACKAGES = ("ecg_synth", "tensorflow", "keras", "tensorflow-datasets", "wfdb", "numpy", "scipy")


JUDGE_PACKAGES = (*PACKAGES, "aeon", "numba", "prdc", "scikit-learn")


def describe(seed: int, packages: tuple[str, ...] = PACKAGES) -> str:
    """Returns one line a fact."""
    cpu = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as stream:
            cpu = next((line.split(":")[1].strip() for line in stream if line.startswith("model name")), cpu)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"machine: {cpu}, {os.cpu_count()} logical cores, load before start {load:.1f}\n"
        f"versions: Python {platform.python_version()}, {versions}\nseed: {seed}"
    )
