"""Writes accumulate.json: PyTorch's numbers for steps of several batches, in float64.

    python3 tests/golden/accumulate/make.py && deno fmt tests/golden/accumulate      (Debian: python3-torch)

The usual loop: the loss of each batch is divided by ACCUMULATE, and the optimiser makes a step after so many batches and
after the last batch of an epoch. Batch norms see each batch for itself. Weights, images and masks come from the recipe of
tests/support/recipe.ts, digests from tests/golden/networks/make.py.
"""
import json
import pathlib
import sys

import torch

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "networks"), str(HERE.parent.parent / "interop")]
from exchange import loss_of  # noqa: E402
from make import digest, recipe, short, tensor, weight  # noqa: E402
from unet import UNet  # noqa: E402

OPTIONS = {"base": 2, "levels": 3}
SIDE = 16
ACCUMULATE = 3
EPOCHS = 2
RATE = 0.01


def rate_of(step):
    return RATE / (1 + step)


def batch(number, n):
    shape = (n, 1, SIDE, SIDE)
    mask = abs(recipe(f"mask {number}", shape, 1))
    return tensor(recipe(f"input {number}", shape, 2), shape), tensor(mask, shape)


def fresh():
    model = UNet(**OPTIONS)
    state = model.state_dict()
    for name, entry in state.items():
        if not name.endswith("num_batches_tracked"):
            state[name] = tensor(weight(name, tuple(entry.shape)), entry.shape)
    model.load_state_dict(state, strict=True)
    return model.train()


def floats(state):
    return {name: digest(entry) for name, entry in state.items() if entry.is_floating_point()}


def case(batches, make_optimizer, clip=None, ema=None):
    model = fresh()
    optimizer = make_optimizer(model.parameters())

    def average(e, w, t):
        d = min(ema, (1 + int(t)) / (10 + int(t)))
        return d * e + (1 - d) * w

    averaged = ema and torch.optim.swa_utils.AveragedModel(model, avg_fn=average, use_buffers=True)
    if averaged:
        # AveragedModel takes the first weights that it sees as they are. Ours begins with the initial ones.
        averaged.update_parameters(model)
    losses, result, step = [], {"batches": batches}, 0
    for epoch in range(EPOCHS):
        for index, n in enumerate(batches):
            loss = loss_of(model(batch(len(losses), n)[0]), batch(len(losses), n)[1])
            losses.append(loss.item())
            (loss / ACCUMULATE).backward()
            if averaged is None and len(losses) == 2:
                result["gradients after two batches"] = {name: digest(p.grad) for name, p in model.named_parameters()}
            if (index + 1) % ACCUMULATE == 0 or index + 1 == len(batches):
                if clip is not None:
                    torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
                optimizer.param_groups[0]["lr"] = rate_of(step)
                optimizer.step()
                optimizer.zero_grad()
                step += 1
                if averaged:
                    averaged.update_parameters(model)
    result["losses"] = [short(loss) for loss in losses]
    result["steps"] = step
    result["weights"] = floats(model.state_dict())
    if averaged:
        result["average"] = floats(averaged.module.state_dict())
    return result


if __name__ == "__main__":
    # The images of each batch of an epoch: steps of three batches and of two.
    cases = {
        "sgd": case([2, 2, 2, 2, 1], lambda p: torch.optim.SGD(p, lr=RATE, momentum=0.9, nesterov=True)),
        "adam": {"clip": 0.5, "ema": 0.9, **case([2] * 5, lambda p: torch.optim.Adam(p, lr=RATE), 0.5, 0.9)},
    }
    book = {
        "options": OPTIONS, "side": SIDE, "accumulate": ACCUMULATE, "epochs": EPOCHS, "rate": RATE,
        "cases": cases,
    }
    (HERE / "accumulate.json").write_text(json.dumps(book))
