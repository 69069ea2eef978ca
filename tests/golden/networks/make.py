"""Writes networks.json: PyTorch's numbers for the variants of the network, in float64.

    python3 tests/golden/networks/make.py && deno fmt tests/golden/networks      (Debian: python3-torch)

Weights, images and masks come from the recipe of tests/support/recipe.ts. Of a tensor the file holds its norm, its largest
value and values at even distances.
"""
import json
import pathlib
import sys

import numpy
import torch

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "interop"))
from exchange import loss_of  # noqa: E402
from unet import UNet  # noqa: E402

torch.set_default_dtype(torch.float64)
STEPS = 4
RATE = 1e-3
SAMPLES = 5

CASES = {
    "3 levels": {"base": 3, "levels": 3, "height": 27, "width": 22},
    "5 levels, capped": {"base": 2, "levels": 5, "width_cap": 6, "height": 67, "width": 40},
    "5 levels, capped, bilinear": {"base": 2, "levels": 5, "width_cap": 7, "bilinear": True, "height": 67, "width": 64},
    "residual blocks": {"base": 3, "levels": 3, "blocks": "residual", "height": 27, "width": 22},
    "residual blocks, bilinear, 5 levels, capped":
        {"base": 2, "levels": 5, "width_cap": 5, "bilinear": True, "blocks": "residual", "height": 67, "width": 64},
    "attention gates": {"base": 3, "levels": 3, "attention": True, "height": 27, "width": 22},
    "deep supervision": {"base": 2, "deep_supervision": True, "height": 39, "width": 36},
    "everything together": {"base": 2, "levels": 3, "width_cap": 5, "blocks": "residual", "attention": True,
                            "deep_supervision": True, "height": 27, "width": 22},
    "residual blocks, attention gates, group norms":
        {"base": 4, "levels": 3, "blocks": "residual", "attention": True, "norm": "group", "groups": 4, "height": 27, "width": 22},
}
N = 2


def mix(h):
    h = (h ^ (h >> 16)) * 0x85EBCA6B & 0xFFFFFFFF
    h = (h ^ (h >> 13)) * 0xC2B2AE35 & 0xFFFFFFFF
    return h ^ (h >> 16)


def recipe(name, shape, bound):
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF
    seed ^= 0x5EED0001
    key = mix(seed ^ 0x9E3779B9)
    count = int(numpy.prod(shape))
    values = [((mix(mix((i + seed) & 0xFFFFFFFF) ^ key) >> 8) - 8388608) / 8388608 for i in range(count)]
    return numpy.array(values).astype(numpy.float32) * numpy.float32(bound)


def weight(name, shape):
    if len(shape) == 4:
        return recipe(name, shape, (6 / numpy.prod(shape[1:])) ** 0.5)
    if name.endswith(".bias"):
        return recipe(name, shape, 0.1)
    if name.endswith(".weight"):
        return 1 + recipe(name, shape, 0.5)
    return numpy.full(shape, float(name.endswith(".running_var")), numpy.float32)


def tensor(values, shape):
    return torch.from_numpy(values.reshape(shape).astype(numpy.float64))


def digest(values):
    flat = values.detach().numpy().reshape(-1)
    places = [i * (len(flat) - 1) // (SAMPLES - 1) for i in range(SAMPLES)] if len(flat) > SAMPLES else range(len(flat))
    return {"norm": short(numpy.linalg.norm(flat)), "largest": short(abs(flat).max()), "samples": [short(flat[i]) for i in places]}


def short(value):
    return float(f"{value:.10g}")


def case(options):
    shape = (N, 1, options.pop("height"), options.pop("width"))
    model = UNet(**options)
    state = model.state_dict()
    for name, entry in state.items():
        if not name.endswith("num_batches_tracked"):
            state[name] = tensor(weight(name, tuple(entry.shape)), entry.shape)
    model.load_state_dict(state, strict=True)
    image = tensor(recipe("input", shape, 2), shape)
    mask = tensor(recipe("mask", shape, 1).__abs__(), shape)
    model.eval()
    result = {"options": options, "shape": shape, "logits": digest(model(image))}
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    losses = []
    for step in range(STEPS):
        loss = loss_of(model(image), mask)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            result["gradients"] = {name: digest(p.grad) for name, p in model.named_parameters()}
        optimizer.step()
        if step == 0:
            after = model.state_dict()
            result["statistics"] = {name: digest(after[name]) for name in after if "running" in name}
    return {**result, "losses": losses}


if __name__ == "__main__":
    cases = {name: case(dict(options)) for name, options in CASES.items()}
    (HERE / "networks.json").write_text(json.dumps({"rate": RATE, "cases": cases}))
