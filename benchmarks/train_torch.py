"""P1's networks and their training step written plainly in PyTorch, as a rival of `benchmarks/train.py`.

The same layers, first weights, losses and optimizers as the package's presets. Where a side is odd the convolutions pad
two pixels on both sides and not one and two: the same sizes, numbers and FLOPs, without a layer that copies the image.
Idle gradients are off: the generator's step asks for none of the discriminator's weights.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

FILTERS = (64, 128, 256)
KERNEL = 4
LATENT = 100
STDDEV = 0.02


class Generator(nn.Module):
    """Noise, with classes joined by their embedding, to an image."""

    def __init__(self, side: int, channels: int, n_classes: int, layout: torch.memory_format):
        super().__init__()
        self.layout, self.side, self.grid = layout, side, -(-side // 8)
        self.embedding = nn.Linear(n_classes, LATENT, bias=False) if n_classes else None
        self.dense = nn.Linear(2 * LATENT if n_classes else LATENT, self.grid**2 * FILTERS[-1], bias=False)
        layers: list[nn.Module] = [norm(FILTERS[-1]), nn.ReLU()]
        for before, maps in ((256, 128), (128, 64)):
            layers += [nn.ConvTranspose2d(before, maps, KERNEL, 2, 1, bias=False), norm(maps), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.ConvTranspose2d(64, channels, KERNEL, 2, 1))

    def forward(self, latents: torch.Tensor, classes: torch.Tensor | None) -> torch.Tensor:
        if self.embedding is not None:
            latents = torch.cat([latents, self.embedding(classes)], 1)
        grid = self.dense(latents).view(-1, FILTERS[-1], self.grid, self.grid).contiguous(memory_format=self.layout)
        images = torch.tanh(self.layers(grid).float())
        start = (8 * self.grid - self.side) // 2
        return images[:, :, start : start + self.side, start : start + self.side]


class Discriminator(nn.Module):
    """An image to the logit of its source, and where there are classes to theirs."""

    def __init__(self, side: int, channels: int, n_classes: int, layer_norm: bool):
        super().__init__()
        layers: list[nn.Module] = []
        for number, maps in enumerate(FILTERS):
            before = FILTERS[number - 1] if number else channels
            layers.append(nn.Conv2d(before, maps, KERNEL, 2, 1 + side % 2, bias=False))
            if number:
                layers.append(nn.GroupNorm(1, maps, eps=1e-5) if layer_norm else norm(maps))
            layers.append(nn.LeakyReLU(0.2))
            side = -(-side // 2)
        self.layers = nn.Sequential(*layers, nn.Flatten())
        self.source = nn.Linear(side**2 * FILTERS[-1], 1)
        self.classes = nn.Linear(side**2 * FILTERS[-1], n_classes) if n_classes else None

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        features = self.layers(images)
        told = None if self.classes is None else self.classes(features).float()
        return self.source(features).float(), told


def norm(maps: int) -> nn.Module:
    return nn.BatchNorm2d(maps, eps=1e-5, momentum=0.1)


def first_weights(network: nn.Module) -> None:
    for name, weight in network.named_parameters():
        if weight.dim() > 1:
            nn.init.normal_(weight, std=1.0 if name.startswith("embedding") else STDDEV)


def make_step(
    model: str, batches: Callable[[], tuple[np.ndarray, np.ndarray]], job: dict[str, Any]
) -> Callable[[], None]:
    """Returns a function that trains one step.

    Args:
        model: dcgan, acgan or wgan-gp.
        batches: Gives the next uint8 images `(batch, h, w, channels)` and labels.
        job: `side`, `channels`, `threads`, `dtype` (float32 or mixed_bfloat16), `layout` (nchw or channels_last).
    """
    torch.set_num_threads(job["threads"])
    torch.manual_seed(0)
    layout = torch.channels_last if job["layout"] == "channels_last" else torch.contiguous_format
    wasserstein, n_classes = model == "wgan-gp", 3 if model == "acgan" else 0
    critic_steps = 5 if wasserstein else 1
    smooth = 0.9 if model == "acgan" else 1.0
    g = Generator(job["side"], job["channels"], n_classes, layout)
    d = Discriminator(job["side"], job["channels"], n_classes, wasserstein)
    for network in (g, d):
        first_weights(network)
        network.to(memory_format=layout)  # type: ignore[call-overload]
    rate, betas = (1e-4, (0.0, 0.9)) if wasserstein else (2e-4, (0.5, 0.999))
    d_adam, g_adam = (torch.optim.Adam(network.parameters(), rate, betas) for network in (d, g))

    def precision() -> Any:
        half = job["dtype"] == "mixed_bfloat16"
        return torch.autocast("cpu", torch.bfloat16) if half else contextlib.nullcontext()

    def slope_penalty(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
        u = torch.rand(len(real), 1, 1, 1)
        between = (u * real + (1 - u) * fake).requires_grad_(True)
        (slope,) = torch.autograd.grad(d(between)[0].sum(), between, create_graph=True)
        return 10.0 * (slope.flatten(1).norm(dim=1) - 1).square().mean()

    def source_loss(logits: torch.Tensor, target: float) -> torch.Tensor:
        return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))

    def train_critic(real: torch.Tensor, fake: torch.Tensor, labels: torch.Tensor) -> None:
        d_adam.zero_grad(set_to_none=True)
        with precision():
            on_real, real_class = d(real)
            on_fake, fake_class = d(fake)
            if wasserstein:
                loss = on_fake.mean() - on_real.mean() + slope_penalty(real, fake)
            else:
                loss = source_loss(on_real, smooth) + source_loss(on_fake, 0.0)
            if n_classes:
                loss = loss + F.cross_entropy(real_class, labels) + F.cross_entropy(fake_class, labels)
        loss.backward()
        d_adam.step()

    def step() -> None:
        images, all_labels = batches()
        x = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(memory_format=layout).float() / 127.5 - 1.0
        parts = zip(x.chunk(critic_steps), torch.from_numpy(all_labels).chunk(critic_steps), strict=True)
        for number, (real, labels) in enumerate(parts, start=1):
            classes = F.one_hot(labels, n_classes).float() if n_classes else None
            with precision(), torch.set_grad_enabled(number == critic_steps):
                fake = g(torch.randn(len(real), LATENT), classes)
            train_critic(real, fake.detach(), labels)
        g_adam.zero_grad(set_to_none=True)
        d.requires_grad_(False)
        with precision():
            on_fake, fake_class = d(fake)
            loss = -on_fake.mean() if wasserstein else source_loss(on_fake, 1.0)
            if n_classes:
                loss = loss + F.cross_entropy(fake_class, labels)
        loss.backward()
        g_adam.step()
        d.requires_grad_(True)

    return step
