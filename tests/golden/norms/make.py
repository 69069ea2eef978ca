"""Writes layers.json and networks.json: PyTorch's numbers for group norm, instance norm and dropout.

    python3 tests/golden/norms/make.py && deno fmt tests/golden/norms      (Debian: python3-torch)

Layers: float64, forward and backward. Networks: the module of docs/exchange.md in float64, its logits,
loss and gradients, and the losses of some steps of Adam. Tensors come from the rule of
tests/support/recipe.ts, dropout's masks from the rule of lib/engine/dropout.ts, written again here.
"""
import json
import math
import pathlib
import sys

import numpy
import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

sys.path.insert(0, str(HERE.parent.parent / "interop"))
from unet import UNet  # noqa: E402


def fnv1a(text):
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def fmix32(h):
    h = (h ^ h >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return h ^ h >> 16


def recipe(name, shape, bound):
    seed = fnv1a(name) ^ 0x5EED0001
    key = fmix32(seed ^ 0x9E3779B9)
    count = math.prod(shape)
    hashes = fmix32(fmix32((numpy.arange(count, dtype=numpy.uint64) + seed) & 0xFFFFFFFF) ^ key)
    values = (hashes >> 8).astype(numpy.float32) - numpy.float32(8388608)
    values = values / numpy.float32(8388608) * numpy.float32(bound)
    return torch.from_numpy(values.astype(numpy.float64)).reshape(shape)


def philox(counter, key):
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        a, b = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = b >> 32 ^ c1 ^ k0, b & 0xFFFFFFFF, a >> 32 ^ c3 ^ k1, a & 0xFFFFFFFF
        k0, k1 = k0 + 0x9E3779B9 & 0xFFFFFFFF, k1 + 0xBB67AE85 & 0xFFFFFFFF
    return c0, c1, c2, c3


def kept(seed, name, step, images, channels, p):
    key = seed & 0xFFFFFFFF, seed >> 32
    purpose = fnv1a(f"dropout {name}")
    rows = []
    for image in range(images):
        words = [w for block in range(-(-channels // 4)) for w in philox((block, image, step, purpose), key)]
        rows.append([word >= round(p * 2**32) for word in words[:channels]])
    return torch.tensor(rows)


def numbers(tensor):
    return [float(f"{value:.8g}") for value in tensor.detach().flatten().tolist()]


# Groups that begin and end inside blocks of four and of eight channels, one image and three.
LAYERS = {
    "group": ((3, 12, 3, 5), 2),
    "group_of_five": ((1, 20, 3, 5), 4),
    "one_group": ((2, 9, 4, 3), 1),
    "instance": ((3, 7, 4, 6), 7),
    "instance_of_a_row": ((1, 9, 1, 3), 9),
}
FILLS = {"": lambda x: x, "_offset": lambda x: x + 4096, "_constant": lambda x: 0 * x + 2.5}
FILLED = ["group", "instance"]


def layer_case(name, shape, groups, fill, relu):
    channels = shape[1]
    x = fill(recipe(f"{name}.x", shape, 2)).to(torch.float32).to(torch.float64).requires_grad_()
    norm = nn.GroupNorm(groups, channels)
    if groups == channels:
        norm = nn.InstanceNorm2d(channels, affine=True, track_running_stats=False)
    with torch.no_grad():
        norm.weight.copy_(recipe(f"{name}.weight", (channels,), 2))
        norm.bias.copy_(recipe(f"{name}.bias", (channels,), 1))
    y = norm(x)
    if relu:
        y = y.relu()
    y.backward(recipe(f"{name}.dy", shape, 1))
    results = {"y": y, "dx": x.grad, "dgamma": norm.weight.grad, "dbeta": norm.bias.grad}
    return {"name": name, "shape": shape, "groups": groups, "relu": relu,
            **{key: numbers(value) for key, value in results.items()}}


layers = {
    name + ending: layer_case(name, shape, groups, fill, ending == "")
    for name, (shape, groups) in LAYERS.items()
    for ending, fill in FILLS.items()
    if ending == "" or name in FILLED
}
(HERE / "layers.json").write_text(json.dumps(layers))


def kept_elements(seed, name, step, shape, p):
    """Four channels of a pixel share the words of a counter."""
    images, channels, height, width = shape
    key = seed & 0xFFFFFFFF, seed >> 32
    purpose, pixels = fnv1a(f"dropout {name}"), height * width
    mask = torch.zeros(images, -(-channels // 4) * 4, pixels, dtype=torch.bool)
    for image in range(images):
        for block in range(mask.shape[1] // 4):
            for pixel in range(pixels):
                words = philox((block * pixels + pixel, image, step, purpose), key)
                mask[image, 4 * block:4 * block + 4, pixel] = torch.tensor([w >= round(p * 2**32) for w in words])
    return mask[:, :channels].reshape(shape)


class GivenDropout(nn.Module):
    """nn.Dropout2d or nn.Dropout with the masks of a run."""

    def __init__(self, name, layer, seed):
        super().__init__()
        self.name, self.p, self.seed, self.step = name, layer.p, seed, 0
        self.elements = isinstance(layer, nn.Dropout)

    def forward(self, x):
        if not self.training:
            return x
        if self.elements:
            return x * kept_elements(self.seed, self.name, self.step, x.shape, self.p) / (1 - self.p)
        mask = kept(self.seed, self.name, self.step, x.shape[0], x.shape[1], self.p)
        return x * mask[:, :, None, None] / (1 - self.p)


SEED = 2**40 + 7
STEPS = 3
NETWORKS = {
    "group": {"norm": "group", "groups": 4, "dropout": 0.25, "bilinear": False, "n": 2, "h": 35, "w": 50},
    "instance": {"norm": "instance", "bilinear": True, "n": 1, "h": 32, "w": 33},
    "batch": {"norm": "batch", "dropout": 0.5, "bilinear": False, "n": 2, "h": 32, "w": 33},
    "residual": {"norm": "group", "groups": 3, "blocks": "residual", "dropout": 0.25,
                 "bilinear": True, "n": 2, "h": 32, "w": 35},
    "elements": {"norm": "batch", "dropout": 0.25, "dropout_kind": "elements", "bilinear": False,
                 "n": 2, "h": 32, "w": 33},
}
BASE = 6


def loss_of(logits, mask):
    p = torch.sigmoid(logits)
    bce = nn.functional.binary_cross_entropy_with_logits(logits, mask)
    return bce + 1 - (2 * (p * mask).sum() + 1) / (p.sum() + mask.sum() + 1)


def network_case(n, h, w, bilinear, norm, groups=8, dropout=0.0, dropout_kind="channels",
                 blocks="plain"):
    options = {"blocks": blocks, "norm": norm, "groups": groups, "dropout": dropout,
               "dropout_kind": dropout_kind}
    model = UNet(base=BASE, bilinear=bilinear, **options)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if value.dim() == 4:
                value.copy_(recipe(name, value.shape, math.sqrt(6 / math.prod(value.shape[1:]))))
            elif name.endswith(".bias"):
                value.copy_(recipe(name, value.shape, 0.1))
            else:
                value.copy_(1 + recipe(name, value.shape, 0.5))
    droppers = []
    for prefix, block in list(model.named_modules()):
        for name, layer in block.named_children():
            if isinstance(layer, (nn.Dropout2d, nn.Dropout)):
                dropper = GivenDropout(f"{prefix}.{name}", layer, SEED)
                setattr(block, name, dropper)
                droppers.append(dropper)
    image = recipe("input", (n, 1, h, w), 2)
    mask = (recipe("mask", (n, 1, h, w), 1) > 0.4).to(torch.float64)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses, gradients, first = [], {}, None
    for step in range(STEPS):
        for dropper in droppers:
            dropper.step = step
        optimizer.zero_grad()
        logits = model(image)
        loss = loss_of(logits, mask)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            first = logits
            for name, value in model.named_parameters():
                along = recipe(f"along.{name}", value.shape, 1)
                gradients[name] = numbers(torch.stack([value.grad.norm(), (value.grad * along).sum()]))
        optimizer.step()
    model.eval()
    evaluated = model(image).detach()
    along = recipe("along.logits", evaluated.shape, 1)
    return {
        "names": list(model.state_dict()),
        "logits": numbers(first[:, :, ::5, ::7]),
        "gradients": gradients,
        "losses": losses,
        "evaluated": numbers(torch.stack([evaluated.norm(), (evaluated * along).sum()])),
    }


networks = {
    name: {**facts, "base": BASE, "seed": SEED, **network_case(**facts)} for name, facts in NETWORKS.items()
}
(HERE / "networks.json").write_text(json.dumps(networks))
