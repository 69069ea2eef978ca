"""Writes augment.json: what NumPy and SciPy make of one small image for every change of augmentation.

    python3 tests/golden/augment/make.py && deno fmt tests/golden/augment

Written from the formulas, not from the kernels: map_coordinates for the warp, BSpline for the
displacement, gaussian_filter for the blur, the normal distribution for speckle and noise. Only the
rounding of positions to 1/256 px and of values to bytes is Sonoseg's own. Images are in hexadecimal
digits, nodes in words. Made with NumPy 2.4 and SciPy 1.17.
"""
import json
import math
import pathlib

import numpy as np
from scipy.interpolate import BSpline
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.stats import norm

HERE = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 29, 19
Y, X = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
IMAGE = np.floor(128 + 90 * np.sin(0.5 * X + 0.3 * Y) + 37 * np.cos(0.9 * Y - 0.2 * X))
MASK = np.clip(np.floor(40 * (7 - np.hypot(X - 13, Y - 8))), 0, 255)


def rounded(values):
    return np.clip(np.floor(values + 0.5), 0, 255)


# The warp

CUBIC = BSpline.basis_element([-2, -1, 0, 1, 2], extrapolate=False)


def displacement(grid, cells):
    """A sum of cubic B-splines; the second node lies on the image's edge."""
    sum_ = np.zeros((HEIGHT, WIDTH))
    for j in range(cells + 3):
        for k in range(cells + 3):
            down = np.nan_to_num(CUBIC((Y + 0.5) / HEIGHT * cells - (j - 1)))
            across = np.nan_to_num(CUBIC((X + 0.5) / WIDTH * cells - (k - 1)))
            sum_ += grid[j][k] * down * across
    return sum_


def warp(pixels, draw):
    x, y = X, Y
    if "affine" in draw:
        a = draw["affine"]
        x, y = a["xx"] * X + a["xy"] * Y + a["x0"], a["yx"] * X + a["yy"] * Y + a["y0"]
    if "elastic" in draw:
        cells = draw["elastic"]["cells"]
        shape = (cells + 3, cells + 3)
        x = x + displacement(np.reshape(draw["elastic"]["dx"], shape), cells)
        y = y + displacement(np.reshape(draw["elastic"]["dy"], shape), cells)
    x, y = np.floor(256 * x + 0.5) / 256, np.floor(256 * y + 0.5) / 256
    return rounded(map_coordinates(pixels, [y, x], order=1, mode="grid-constant", cval=0))


def turned(degrees, zoom, flip, shift):
    """The map from the result to the source that turns about the middle."""
    turn = math.radians(degrees)
    middle_x, middle_y = (WIDTH - 1) / 2, (HEIGHT - 1) / 2
    xx, xy = math.cos(turn) / zoom * flip, -math.sin(turn) / zoom
    yx, yy = math.sin(turn) / zoom * flip, math.cos(turn) / zoom
    return {
        "xx": xx, "xy": xy, "x0": middle_x - xx * middle_x - xy * middle_y + shift,
        "yx": yx, "yy": yy, "y0": middle_y - yx * middle_x - yy * middle_y - shift,
    }


def elastic(cells, strength):
    count = (cells + 3) ** 2
    wave = [math.sin(1.3 * i * i + i) for i in range(2 * count)]
    return {
        "cells": cells,
        "dx": [round(strength * w, 3) for w in wave[:count]],
        "dy": [round(strength * w, 3) for w in wave[count:]],
    }


# Grey values

def philox(key, counter):
    """Philox 4x32-10 (Salmon and others, 2011)."""
    c, k = list(counter), list(key)
    for _ in range(10):
        p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [q >> 32 ^ c[1] ^ k[0], q & 0xFFFFFFFF, p >> 32 ^ c[3] ^ k[1], p & 0xFFFFFFFF]
        k = [k[0] + 0x9E3779B9 & 0xFFFFFFFF, k[1] + 0xBB67AE85 & 0xFFFFFFFF]
    return c


def fnv1a(text):
    hash_ = 0x811C9DC5
    for byte in text.encode():
        hash_ = (hash_ ^ byte) * 0x01000193 & 0xFFFFFFFF
    return hash_


def normals(key):
    """Two normal numbers for each pixel: quantiles chosen by bytes, from a block's last to first."""
    quantiles = norm.ppf((np.arange(256) + 0.5) / 256)
    quantiles /= np.sqrt(np.mean(quantiles**2))
    seed, purpose = key["seed"], fnv1a("augment pixels")
    halves = []
    for block in range(-(-WIDTH * HEIGHT // 8)):
        words = philox(
            [seed & 0xFFFFFFFF, seed >> 32], [block, key["index"], key["epoch"], purpose]
        )
        for word in words[::-1]:
            halves += [word >> 16, word & 0xFFFF]
    halves = np.reshape(halves[: WIDTH * HEIGHT], (HEIGHT, WIDTH))
    return quantiles[halves & 255], quantiles[halves >> 8]


def revalue(pixels, draw, key):
    unit = (pixels / 255) ** draw.get("gamma", 1)
    mean = unit.mean()
    if "blur" in draw:
        sigma = draw["blur"]
        radius = math.ceil(3 * sigma)
        blurred = gaussian_filter(pixels, sigma, mode="nearest", radius=radius)
        unit = (rounded(blurred) / 255) ** draw.get("gamma", 1)
    unit = (unit - mean) * draw.get("contrast", 1) + mean + draw.get("brightness", 0)
    values = 255 * np.clip(unit, 0, 1)
    depth = Y / (HEIGHT - 1)
    if "gain" in draw:
        top, bottom = draw["gain"]
        values = values * np.exp(top * (1 - depth) + bottom * depth)
    if "shadow" in draw:
        s = draw["shadow"]
        u = (X - (s["x"] + s["lean"] * depth) * WIDTH) / (s["width"] * WIDTH / 2)
        shape = np.where(abs(u) < 1, (1 - u**2) ** 2, 0)
        values = values * (1 - s["strength"] * np.clip((depth - s["y"]) / 0.1, 0, 1) * shape)
    if "speckle" in draw or "noise" in draw:
        first, second = normals(key)
        values = values * (1 + draw.get("speckle", 0) * first)
        values = values + 255 * draw.get("noise", 0) * second
    values = rounded(values)
    if "cutout" in draw:
        c = draw["cutout"]
        covered = (X >= c["left"]) & (X < c["left"] + c["side"])
        covered &= (Y >= c["top"]) & (Y < c["top"] + c["side"])
        values = np.where(covered, 0, values)
    return values


SHADOW = {"x": 0.4, "y": 0.2, "lean": 0.15, "width": 0.5, "strength": 0.8}
DRAWS = {
    "flip": {"affine": turned(0, 1, -1, 0)},
    "turn": {"affine": turned(23, 1.2, 1, 1.7)},
    "turn, flip and shrink": {"affine": turned(-160, 0.6, -1, -2.3)},
    "elastic": {"elastic": elastic(4, 1.5)},
    "elastic, many cells": {"elastic": elastic(25, 0.8)},
    "turn and elastic": {"affine": turned(-12, 0.9, 1, 0.4), "elastic": elastic(3, 2.0)},
    "gamma": {"gamma": 1.4},
    "contrast": {"contrast": 1.25},
    "brightness": {"brightness": -0.08},
    "gain": {"gain": [0.3, -0.25]},
    "shadow": {"shadow": SHADOW},
    "blur": {"blur": 0.9},
    "wide blur": {"blur": 4.2},
    "speckle": {"speckle": 0.2},
    "noise": {"noise": 0.05},
    "cutout": {"cutout": {"left": -3, "top": 6, "side": 9}},
    "all values": {
        "gamma": 0.8, "contrast": 0.9, "brightness": 0.05, "gain": [-0.2, 0.3], "shadow": SHADOW,
        "blur": 0.6, "speckle": 0.1, "noise": 0.02,
        "cutout": {"left": 20, "top": 12, "side": 11},
    },
}
KEY = {"seed": 2**40 + 12345, "epoch": 3, "index": 17}


def in_hex(pixels):
    return pixels.astype(np.uint8).tobytes().hex()


cases = []
for name, draw in DRAWS.items():
    moves = "affine" in draw or "elastic" in draw
    case = {"name": name, "draw": dict(draw)}
    if "elastic" in draw:
        nodes = {axis: " ".join(map(str, draw["elastic"][axis])) for axis in ("dx", "dy")}
        case["draw"]["elastic"] = {"cells": draw["elastic"]["cells"], **nodes}
    case["image"] = in_hex(warp(IMAGE, draw) if moves else revalue(IMAGE, draw, KEY))
    if moves:
        case["mask"] = in_hex(warp(MASK, draw))
    cases.append(case)
golden = {
    "width": WIDTH, "height": HEIGHT, "key": KEY,
    "image": in_hex(IMAGE), "mask": in_hex(MASK), "cases": cases,
}
(HERE / "augment.json").write_text(json.dumps(golden))
