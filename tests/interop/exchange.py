"""Takes over from Sonoseg in PyTorch: `exchange.py FOLDER`.

Reads there `network.json`, `model.pth` and `model.safetensors` (one state_dict in both) and `batch.safetensors` (`input`,
`target`). Writes `results.safetensors`: logits before, loss, gradients (`grad.*`) and state_dict (`after.*`) of one
training step; and the state_dict after it in the ways in which people save models, as `torch_*.pth`.
"""
import inspect
import json
import struct
import sys

import numpy
import torch
from torch import nn
from torch.nn import functional
from unet import UNet

TYPES = {"F32": numpy.float32, "F64": numpy.float64, "I64": numpy.int64}


def read_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        array = numpy.frombuffer(data[begin:end], TYPES[entry["dtype"]])
        tensors[name] = torch.from_numpy(array.copy().reshape(entry["shape"]))
    return tensors


def write_safetensors(path, tensors):
    header, pieces, at = {}, [], 0
    codes = {numpy.dtype(kind): code for code, kind in TYPES.items()}
    for name, tensor in sorted(tensors.items(), key=lambda item: -item[1].element_size()):
        array = numpy.ascontiguousarray(tensor.detach().numpy())
        piece = array.tobytes()
        header[name] = {"dtype": codes[array.dtype], "shape": list(tensor.shape), "data_offsets": [at, at + len(piece)]}
        pieces.append(piece)
        at += len(piece)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(pieces))


def load(path):
    has_weights_only = "weights_only" in inspect.signature(torch.load).parameters
    return torch.load(path, map_location="cpu", **({"weights_only": True} if has_weights_only else {}))


def loss_of(outputs, target):
    """The loss of the logits; with deep supervision, weighted with those of the levels below."""
    if torch.is_tensor(outputs):
        return loss_of_one(outputs, target)
    total, weight = 0, 1
    for logits in outputs:
        total = total + weight * loss_of_one(logits, target)
        target, weight = functional.avg_pool2d(target, 2), weight / 2
    return total / sum(2.0 ** -k for k in range(len(outputs)))


def loss_of_one(logits, target):
    probability = torch.sigmoid(logits)
    overlap = 2 * (probability * target).sum() + 1
    dice = overlap / (probability.sum() + target.sum() + 1)
    return nn.BCELoss()(probability, target) + 1 - dice


def main(folder):
    torch.set_num_threads(1)
    with open(f"{folder}/network.json") as file:
        facts = json.load(file)
    state = load(f"{folder}/model.pth")
    assert state.note == "kept"
    same = read_safetensors(f"{folder}/model.safetensors")
    assert set(state) == set(same)
    for name, tensor in state.items():
        assert tensor.dtype == same[name].dtype and torch.equal(tensor, same[name]), name
    rate = facts.pop("learningRate")
    model = UNet(**facts)
    assert list(state) == list(model.state_dict()), "another order"
    model.load_state_dict(state, strict=True)
    batch = read_safetensors(f"{folder}/batch.safetensors")
    results = {}
    model.eval()
    with torch.no_grad():
        results["logits"] = model(batch["input"])
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    loss = loss_of(model(batch["input"]), batch["target"])
    loss.backward()
    optimizer.step()
    results["loss"] = loss.reshape(1)
    for name, parameter in model.named_parameters():
        results[f"grad.{name}"] = parameter.grad
    after = model.state_dict()
    for name, tensor in after.items():
        results[f"after.{name}"] = tensor
    write_safetensors(f"{folder}/results.safetensors", results)

    def save(name, content, **options):
        torch.save(content, f"{folder}/torch_{name}.pth", **options)
    save("state_dict", after)
    save("legacy", after, _use_new_zipfile_serialization=False)
    save("protocol4", after, pickle_protocol=4)
    save("module", nn.DataParallel(model).state_dict())
    save("parameters", dict(list(model.named_parameters()) + list(model.named_buffers())))
    save("checkpoint", {"epoch": 3, "model_state_dict": after, "optimizer_state_dict": optimizer.state_dict(),
                        "loss": loss.item(), "random": torch.get_rng_state()})
    save("channels_last", {name: tensor.contiguous(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor
                           for name, tensor in after.items()})
    save("double", {name: tensor.double() if tensor.is_floating_point() else tensor for name, tensor in after.items()})
    save("whole_model", model)


if __name__ == "__main__":
    main(sys.argv[1])
