"""Runs PyTorch on the CPU, with the protocol of serve.mjs: python3 pytorch.py FOLDER THREADS."""

import json
import sys
import time

folder, threads = sys.argv[1], int(sys.argv[2])


def say(**message):
    print(json.dumps(message), flush=True)


try:
    import numpy as np
    import torch
    import torch.nn.functional as F
except ImportError as error:
    say(missing=f"not installed: {error}")
    sys.exit(0)

torch.set_num_threads(threads)
with open(f"{folder}/workload.json") as file:
    workload = json.load(file)
training = workload["kind"] != "forward"
shape = (workload["n"], 1, workload["size"], workload["size"])


def floats(name):
    return torch.from_numpy(np.fromfile(f"{folder}/{name}", np.float32).reshape(shape))


def read_weights():
    with open(f"{folder}/weights.safetensors", "rb") as file:
        data = file.read()
    length = int.from_bytes(data[:8], "little")
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(data[begin:end], np.float32).reshape(entry["shape"]).copy()
        yield name, torch.from_numpy(values)


parameters = dict(read_weights())
trained = [value for name, value in parameters.items() if "running" not in name]


def double(x, name):
    for at in (0, 3):
        x = F.conv2d(x, parameters[f"{name}.double_conv.{at}.weight"], padding=1)
        norm = f"{name}.double_conv.{at + 1}"
        x = F.batch_norm(
            x,
            parameters[f"{norm}.running_mean"],
            parameters[f"{norm}.running_var"],
            parameters[f"{norm}.weight"],
            parameters[f"{norm}.bias"],
            training,
        )
        x = F.relu(x, inplace=True)
    return x


def forward(x):
    skips = [double(x, "inc")]
    for level in range(1, 5):
        skips.append(double(F.max_pool2d(skips[-1], 2), f"down{level}.maxpool_conv.1"))
    x = skips.pop()
    for level in range(1, 5):
        name = f"up{level}"
        x = F.conv_transpose2d(
            x, parameters[f"{name}.up.weight"], parameters[f"{name}.up.bias"], stride=2
        )
        x = double(torch.cat([skips.pop(), x], 1), f"{name}.conv")
    return F.conv2d(x, parameters["outc.conv.weight"], parameters["outc.conv.bias"])


def loss_of(logits):
    p = torch.sigmoid(logits)
    dice = (2 * (p * mask).sum() + 1) / (p.sum() + mask.sum() + 1)
    return F.binary_cross_entropy(p, mask) + 1 - dice


image = floats("image.f32")
if training:
    mask = floats("mask.f32")
    for value in trained:
        value.requires_grad_()
    optimiser = torch.optim.Adam(trained, lr=1e-3)

say(ready=f"PyTorch {torch.__version__}, {threads} threads")
for _ in sys.stdin:
    start = time.perf_counter()
    if training:
        optimiser.zero_grad(set_to_none=True)
        loss = loss_of(forward(image))
        loss.backward()
        optimiser.step()
        answer = {"loss": loss.item()}
    else:
        with torch.inference_mode():
            logits = forward(image)
        answer = {"output": "logits.f32"}
    ms = (time.perf_counter() - start) * 1000
    if not training:
        logits.numpy().tofile(f"{folder}/logits.f32")
    say(ms=ms, **answer)
