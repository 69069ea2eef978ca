"""Writes losses.json, optimizers.json and averages.json: PyTorch's numbers for every term of a loss, every
optimiser, and moving averages of weights.

    python3 tests/golden/recipe/make.py && deno fmt tests/golden/recipe      (Debian: python3-torch)

Losses: three images of 7 x 5 px with soft masks, float64, values and gradients by autograd.
Optimisers: 100 steps in float64 on a weight and a bias, with gradients from a fixed rule.
Averages: 100 steps of torch.optim.swa_utils.AveragedModel on a weight and a running statistic.
"""
import json
import math
import pathlib

import torch

HERE = pathlib.Path(__file__).parent
torch.set_default_dtype(torch.float64)


def tensor(shape, rule):
    count = math.prod(shape)
    values = torch.tensor([rule(i) for i in range(count)])
    return values.to(torch.float32).to(torch.float64).reshape(shape)


SHAPE = (3, 1, 7, 5)
LOGITS = tensor(SHAPE, lambda i: 4 * math.sin(1.7 * i) - 0.5)
MASK = tensor(SHAPE, lambda i: (i * 7919 % 13 / 12) ** 2)


def cross_entropy(p, m):
    return -(m * p.log() + (1 - m) * (1 - p).log())


def focal(p, m, alpha=0.25, gamma=2.0):
    q = p * m + (1 - p) * (1 - m)
    return (alpha * m + (1 - alpha) * (1 - m)) * (1 - q) ** gamma * cross_entropy(p, m)


def dice(p, m):
    return 1 - (2 * (p * m).sum() + 1) / (p.sum() + m.sum() + 1)


def tversky(p, m, alpha=0.3, beta=0.7):
    both = (p * m).sum()
    return 1 - (both + 1) / (both + alpha * (p.sum() - both) + beta * (m.sum() - both) + 1)


PIXELS = {"bce": cross_entropy, "focal": focal}
REGIONS = {
    "dice": dice,
    "jaccard": lambda p, m: tversky(p, m, 1, 1),
    "tversky": tversky,
    "focal_tversky": lambda p, m: tversky(p, m) ** 0.75,
}


def loss(name, p):
    kind, _, per = name.partition(":")
    if kind in PIXELS:
        return PIXELS[kind](p, MASK).mean()
    if per == "image":
        return torch.stack([REGIONS[kind](p[i], MASK[i]) for i in range(len(p))]).mean()
    return REGIONS[kind](p, MASK)


def loss_case(name):
    logits = LOGITS.clone().requires_grad_()
    value = loss(name, torch.sigmoid(logits))
    value.backward()
    return {"value": value.item(), "gradient": logits.grad.flatten().tolist()}


names = [*PIXELS, *REGIONS, *(f"{kind}:image" for kind in REGIONS)]
losses = {
    "shape": SHAPE,
    "logits": LOGITS.flatten().tolist(),
    "mask": MASK.flatten().tolist(),
    "cases": {name: loss_case(name) for name in names},
}
(HERE / "losses.json").write_text(json.dumps(losses))

STEPS = 100
KEPT = [1, 2, 10, 100]


def gradient(shape, t):
    return tensor(shape, lambda i: math.sin(1.3 * i + 0.37 * t) * (1 + t % 7) / (1 + i % 5))


def optimizer_case(make, clip=None):
    weight = tensor((3, 2, 3, 3), lambda i: math.cos(2.1 * i)).requires_grad_()
    bias = tensor((3,), lambda i: math.cos(0.9 * i)).requires_grad_()
    optimizer = make(weight, bias)
    kept = {}
    for t in range(1, STEPS + 1):
        weight.grad, bias.grad = gradient(weight.shape, t), gradient(bias.shape, t + 50)
        if clip is not None:
            torch.nn.utils.clip_grad_norm_([weight, bias], clip)
        optimizer.step()
        if t in KEPT:
            kept[t] = {"weight": weight.flatten().tolist(), "bias": bias.flatten().tolist()}
    return kept


def groups(weight, bias, decay):
    return [{"params": [weight], "weight_decay": decay}, {"params": [bias], "weight_decay": 0}]


optimizers = {
    "adam": {
        "rate": 0.01, "hyper": {}, "clip": None,
        "steps": optimizer_case(lambda w, b: torch.optim.Adam([w, b], lr=0.01)),
    },
    "adamw": {
        "rate": 0.01, "hyper": {"weightDecay": 0.05}, "clip": None,
        "steps": optimizer_case(lambda w, b: torch.optim.AdamW(groups(w, b, 0.05), lr=0.01)),
    },
    "sgd": {
        "rate": 0.01, "hyper": {"momentum": 0.9, "weightDecay": 0.05}, "clip": 1.5,
        "steps": optimizer_case(
            lambda w, b: torch.optim.SGD(groups(w, b, 0.05), lr=0.01, momentum=0.9, nesterov=True), 1.5),
    },
}
(HERE / "optimizers.json").write_text(json.dumps(optimizers))


class Averaged(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.empty((3, 2, 3, 3)))
        self.register_buffer("statistic", torch.empty((3,)))
        self.go_to(0)

    def go_to(self, t):
        weight = tensor((3, 2, 3, 3), lambda i: math.cos(2.1 * i + 0.37 * t) / (1 + i % 5))
        self.weight.data.copy_(weight)
        self.statistic.copy_(tensor((3,), lambda i: 1 + math.sin(0.9 * i + 0.05 * t)))


def average_case(decay):
    model = Averaged()

    def average(e, w, t):
        d = min(decay, (1 + int(t)) / (10 + int(t)))
        return d * e + (1 - d) * w

    averaged = torch.optim.swa_utils.AveragedModel(model, avg_fn=average, use_buffers=True)
    averaged.update_parameters(model)  # The first call copies.
    kept = {}
    for t in range(1, STEPS + 1):
        model.go_to(t)
        averaged.update_parameters(model)
        if t in KEPT:
            module = averaged.module
            kept[t] = {"weight": module.weight.flatten().tolist(), "statistic": module.statistic.tolist()}
    return kept


averages = {str(decay): average_case(decay) for decay in [0.8, 0.999]}
(HERE / "averages.json").write_text(json.dumps(averages))
