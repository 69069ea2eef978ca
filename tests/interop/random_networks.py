"""Writes random networks with their gradients: `random_networks.py FOLDER FIRST COUNT`.

For each number from FIRST on: `NUMBER.json` (the options of the network) and `NUMBER.safetensors`: `input`, `target`, the
state_dict before the step (`init.*`) and the gradients of one training step by PyTorch: in float64 (`exact.*`), in float32
(`float32.*`), and in float32 with PyTorch's other kernels (`other.*`).

A gradient jumps where a ReLU or a max-pool decides differently. So several inputs are tried, and the one is kept whose
closest decision in float64 is the most times as far away as PyTorch's float32 is off there.
"""
import copy
import json
import sys

import numpy
import torch
from exchange import loss_of, write_safetensors
from torch import nn
from torch.nn import functional
from unet import UNet

INPUTS = 10
# An input whose decisions are this clear is taken at once.
CLEAR = 8


def draw_network(rng):
    """Options, batch size, height and width. Batch norm needs two values per channel at the lowest level."""
    options = {"base": int(rng.integers(1, 9)), "bilinear": bool(rng.integers(2))}
    while True:
        n, odd = int(rng.integers(1, 5)), rng.integers(2)
        height, width = (int(rng.integers(16, 65) if odd else 16 * rng.integers(1, 5)) for _ in "hw")
        if n * (height // 16) * (width // 16) > 1:
            return options, n, height, width


def draw_batch(rng, n, height, width):
    """Speckle with a darker ellipse in each image, whose mask has soft edges."""
    y, x = numpy.mgrid[0:height, 0:width]
    images, masks = [], []
    for _ in range(n):
        (cy, cx), (ry, rx) = rng.uniform(.3, .7, 2), rng.uniform(.12, .3, 2)
        distance = numpy.hypot((y / height - cy) / ry, (x / width - cx) / rx)
        mask = numpy.clip((1.1 - distance) / .2, 0, 1)
        image = numpy.clip(110 + 60 * numpy.sin(y / height * 5) - 70 * mask + 25 * rng.standard_normal(mask.shape), 0, 255)
        images.append((image.round() / 255 - .485) / .229)
        masks.append((mask * 255).round() / 255)
    return [torch.from_numpy(numpy.stack(values)[:, None]).float() for values in (images, masks)]


def run(model, image, mask):
    """One step: the gradients, and what each ReLU and each max-pool decides on."""
    model, decided = copy.deepcopy(model), []
    for module in model.modules():
        if isinstance(module, (nn.ReLU, nn.MaxPool2d)):
            module.register_forward_hook(lambda module, given, _: decided.append((module, given[0].detach().double())))
    model.train()
    loss_of(model(image), mask).backward()
    return {name: p.grad for name, p in model.named_parameters()}, decided


def distances(module, given):
    """How far each decision is from the other one."""
    if isinstance(module, nn.ReLU):
        return given.abs()
    n, c, h, w = given.shape
    windows = functional.unfold(given.reshape(n * c, 1, h, w), 2, stride=2)
    first, second = windows.topk(2, dim=1).values.unbind(1)
    # A pixel that ReLU has made zero passes no gradient on, whichever is chosen.
    return (first - second)[first > 0] / 2


def margin(exact, rounded):
    return min(distances(*one).min().item() / ((one[1] - other[1]).abs().max().item() + 1e-300)
               for one, other in zip(exact, rounded) if distances(*one).numel())


def main(folder, first, count):
    torch.set_num_threads(1)
    for number in range(first, first + count):
        torch.manual_seed(number)
        rng = numpy.random.default_rng(number)
        options, n, height, width = draw_network(rng)
        model = UNet(**options)
        best = None
        for _ in range(INPUTS):
            image, mask = draw_batch(rng, n, height, width)
            exact, decided = run(copy.deepcopy(model).double(), image.double(), mask.double())
            float32, by_float32 = run(model, image, mask)
            with torch.backends.mkldnn.flags(enabled=False):
                other, by_other = run(model, image, mask)
            clear = min(margin(decided, by_float32), margin(decided, by_other))
            if best is None or clear > best[0]:
                best = clear, {"input": image, "target": mask}, {"exact": exact, "float32": float32, "other": other}
            if clear > CLEAR:
                break
        _, tensors, kinds = best
        for kind, of_kind in {"init": model.state_dict(), **kinds}.items():
            tensors.update({f"{kind}.{name}": tensor for name, tensor in of_kind.items()})
        write_safetensors(f"{folder}/{number}.safetensors", tensors)
        with open(f"{folder}/{number}.json", "w") as file:
            json.dump(options, file)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
