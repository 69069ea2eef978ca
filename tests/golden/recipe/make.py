"""Writes losses.json, boundary.json, optimizers.json and averages.json: PyTorch's numbers for every term of a
loss, every optimiser, and moving averages of weights.

    python3 tests/golden/recipe/make.py && deno fmt tests/golden/recipe      (Debian: python3-torch)

Losses: three images of 7 x 5 px with soft masks, float64, values and gradients by autograd; and the
logits after 100 steps down the gradient of two sums of terms. The term `boundary` also at odd shapes.
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


def boundary(p, m, lambda_=5, side=31):
    """The weighted BCE of F3Net's structure loss (Wei 2020), with means of what lies in the image."""
    mean = torch.nn.functional.avg_pool2d(m, side, 1, side // 2, count_include_pad=False)
    w = 1 + lambda_ * (mean - m).abs()
    return (w * cross_entropy(p, m)).sum() / w.sum()


PIXELS = {"bce": cross_entropy, "focal": focal}
REGIONS = {
    "boundary": boundary,
    "dice": dice,
    "jaccard": lambda p, m: tversky(p, m, 1, 1),
    "tversky": tversky,
    "focal_tversky": lambda p, m: tversky(p, m) ** 0.75,
}


def loss(name, p, m=MASK, **parameters):
    kind, _, per = name.partition(":")
    if kind in PIXELS:
        return PIXELS[kind](p, m).mean()
    if per == "image":
        parts = [REGIONS[kind](p[i : i + 1], m[i : i + 1], **parameters) for i in range(len(p))]
        return torch.stack(parts).mean()
    return REGIONS[kind](p, m, **parameters)


def loss_case(name, given=LOGITS, m=MASK, **parameters):
    logits = given.clone().requires_grad_()
    value = loss(name, torch.sigmoid(logits), m, **parameters)
    value.backward()
    return {"value": value.item(), "gradient": logits.grad.flatten().tolist()}


def descent(names, rate):
    logits = LOGITS.clone().requires_grad_()
    for _ in range(100):
        logits.grad = None
        sum(loss(name, torch.sigmoid(logits)) for name in names).backward()
        with torch.no_grad():
            logits -= rate * logits.grad
    return {"rate": rate, "logits": logits.flatten().tolist()}


SUMS = [["bce", "boundary", "dice:image", "focal_tversky"], ["focal", "jaccard:image", "tversky", "boundary:image"]]
names = [*PIXELS, *REGIONS, *(f"{kind}:image" for kind in REGIONS)]
losses = {
    "shape": SHAPE,
    "logits": LOGITS.flatten().tolist(),
    "mask": MASK.flatten().tolist(),
    "cases": {name: loss_case(name) for name in names},
    "descents": {"+".join(names): descent(names, 1.0) for names in SUMS},
}
(HERE / "losses.json").write_text(json.dumps(losses))

MASKS = {
    "soft": lambda i: (i * 7919 % 13 / 12) ** 2,
    "edge": lambda i: float(i % 11 > 5),
    "empty": lambda i: 0.0,
    "full": lambda i: 1.0,
}


def boundary_case(shape, mask, side, lambda_, name):
    logits, m = tensor(shape, lambda i: 4 * math.sin(1.7 * i) - 0.5), tensor(shape, MASKS[mask])
    mean = torch.nn.functional.avg_pool2d(m, side, 1, side // 2, count_include_pad=False)
    return {
        "name": name, "shape": shape, "mask": m.flatten().tolist(), "logits": logits.flatten().tolist(),
        "side": side, "lambda": lambda_, "distances": (mean - m).abs().flatten().tolist(),
        **loss_case(name, logits, m, lambda_=lambda_, side=side),
    }


boundaries = [
    boundary_case((1, 1, 1, 1), "soft", 31, 5, "boundary"),
    boundary_case((2, 1, 1, 1), "full", 1, 5, "boundary:image"),
    boundary_case((2, 1, 7, 5), "edge", 3, 5, "boundary"),
    boundary_case((2, 1, 7, 5), "edge", 15, 2.5, "boundary:image"),
    boundary_case((1, 2, 3, 9), "soft", 5, 5, "boundary"),
    boundary_case((2, 1, 7, 5), "empty", 5, 5, "boundary"),
    boundary_case((2, 1, 7, 5), "full", 5, 5, "boundary:image"),
    boundary_case((1, 1, 40, 3), "edge", 7, 1, "boundary"),
]
(HERE / "boundary.json").write_text(json.dumps(boundaries))

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
