"""Writes metrics.json: what SciPy finds on 200 pairs of masks, for tests/evaluate/oracle_test.ts.

    python3 tests/golden/metrics.py && deno fmt tests/golden/metrics.json        (Debian: python3-scipy)

The measures are computed from their definitions in docs/metrics.md by other means than the program's: outlines by
binary erosion, distances by SciPy's distance transform (checked here against all pairs), parts by ndimage.label.
Masks are stored as run lengths, row by row, beginning with a run of zeros.
"""
import json
import pathlib

import numpy as np
import scipy
from scipy import ndimage
from scipy.spatial.distance import cdist

CROSS = ndimage.generate_binary_structure(2, 1)
SQUARE = ndimage.generate_binary_structure(2, 2)
# Sizes of a pixel along a row and along a column, mm; the cases take turns.
SPACINGS = [(0.1, 0.2), (0.3, 0.07), (1.0, 2.5), (0.11, 0.11)]


def outline(mask):
    return mask & ~ndimage.binary_erosion(mask, CROSS, border_value=0)


def directed(a, b, x, y):
    """From each outline pixel of a to the nearest of b; a pixel is x wide and y high."""
    distances = ndimage.distance_transform_edt(~b, sampling=(y, x))[a]
    nearest = cdist(np.argwhere(a) * (y, x), np.argwhere(b) * (y, x)).min(axis=1)
    assert np.abs(np.sort(distances) - np.sort(nearest)).max() < 1e-9
    return distances


def surface(truth, predicted, x=1.0, y=1.0):
    if not truth.any() or not predicted.any():
        return None, None
    a, b = outline(truth), outline(predicted)
    there, back = directed(a, b, x, y), directed(b, a, x, y)
    hd95 = max(np.percentile(there, 95), np.percentile(back, 95))
    return float(hd95), float(np.concatenate([there, back]).mean())


def lesions(truth, predicted):
    t, t_count = ndimage.label(truth, SQUARE)
    p, p_count = ndimage.label(predicted, SQUARE)
    found = sum(bool(predicted[t == k].any()) for k in range(1, t_count + 1))
    false = sum(not truth[p == k].any() for k in range(1, p_count + 1))
    best_of_truth, best_of_predicted = np.zeros(t_count), np.zeros(p_count)
    for i in range(t_count):
        for k in range(p_count):
            a, b = t == i + 1, p == k + 1
            iou = (a & b).sum() / (a | b).sum()
            best_of_truth[i] = max(best_of_truth[i], iou)
            best_of_predicted[k] = max(best_of_predicted[k], iou)
    strict = int((best_of_truth >= 0.5).sum())
    return {
        "truth": t_count,
        "predicted": p_count,
        "found": found,
        "missed": t_count - found,
        "false": false,
        "strict_found": strict,
        "strict_missed": t_count - strict,
        "strict_false": int((best_of_predicted < 0.5).sum()),
    }


def ratio(part, whole):
    return None if whole == 0 else float(part / whole)


def measure(name, truth, predicted, spacing):
    t, p, common = int(truth.sum()), int(predicted.sum()), int((truth & predicted).sum())
    hd95, assd = surface(truth, predicted)
    hd95_mm, assd_mm = surface(truth, predicted, *spacing)
    return {
        "name": name,
        "height": truth.shape[0],
        "width": truth.shape[1],
        "truth": runs(truth),
        "predicted": runs(predicted),
        "truth_px": t,
        "predicted_px": p,
        "intersection_px": common,
        "dice": 1.0 if t + p == 0 else 2 * common / (t + p),
        "iou": 1.0 if t + p == 0 else common / (t + p - common),
        "precision": ratio(common, p),
        "recall": ratio(common, t),
        "area_error": ratio(p - t, t),
        "hd95": hd95,
        "assd": assd,
        "mm_per_px": spacing,
        "hd95_mm": hd95_mm,
        "assd_mm": assd_mm,
        "lesions": lesions(truth, predicted),
    }


def runs(mask):
    flat = mask.ravel().astype(np.int8)
    changes = np.flatnonzero(np.diff(np.concatenate([[0], flat])))
    return " ".join(map(str, np.diff(np.concatenate([[0], changes, [flat.size]]))))


def disc(shape, y, x, radius, aspect=1.0):
    rows, columns = np.indices(shape)
    return (rows - y) ** 2 + ((columns - x) / aspect) ** 2 <= radius**2


def box(shape, top, left, bottom, right):
    mask = np.zeros(shape, bool)
    mask[top:bottom, left:right] = True
    return mask


def hand_made():
    shape = (24, 31)
    none, full = np.zeros(shape, bool), np.ones(shape, bool)
    one, other = none.copy(), none.copy()
    one[5, 7], other[20, 29] = True, True
    ring = disc(shape, 12, 15, 10) & ~disc(shape, 12, 15, 6)
    yield "both empty", none, none
    yield "nothing predicted", disc(shape, 10, 10, 5), none
    yield "no lesion, something predicted", none, disc(shape, 10, 10, 5)
    yield "equal", ring, ring
    yield "both full", full, full
    yield "full, one pixel", full, one
    yield "one pixel each, apart", one, other
    yield "one pixel each, the same", one, one
    yield "touching the left border", box(shape, 4, 0, 15, 9), box(shape, 5, 1, 15, 9)
    yield "touching all borders", box(shape, 0, 0, 24, 31), box(shape, 1, 1, 23, 30)
    yield "in opposite corners", box(shape, 0, 0, 3, 3), box(shape, 21, 28, 24, 31)
    yield "a ring and its disc", ring, disc(shape, 12, 15, 10)
    yield "a ring and its hole", ring, disc(shape, 12, 15, 6)
    yield "a ring in a ring", ring, disc(shape, 12, 15, 5) & ~disc(shape, 12, 15, 3)
    yield "half of a box: IoU 0.5 exactly", box(shape, 4, 4, 12, 12), box(shape, 4, 4, 12, 8)
    yield "just below half", box(shape, 4, 4, 13, 13), box(shape, 4, 4, 12, 9)
    yield "two lesions, one found", box(shape, 2, 2, 8, 8) | box(shape, 14, 20, 20, 27), box(shape, 3, 3, 8, 9)
    yield "one lesion, two parts", box(shape, 4, 4, 12, 24), box(shape, 4, 4, 12, 12) | box(shape, 4, 14, 12, 24)
    yield "two lesions, one prediction", box(shape, 4, 4, 12, 12) | box(shape, 4, 14, 12, 24), box(shape, 4, 4, 12, 24)
    diagonal = np.zeros(shape, bool)
    diagonal[np.arange(20), np.arange(20)] = True
    yield "parts that touch at corners", diagonal, np.roll(diagonal, 2, axis=1)
    rows, columns = np.indices(shape)
    yield "a chessboard and its negative", (rows + columns) % 2 == 0, (rows + columns) % 2 == 1
    yield "many single pixels", (rows % 2 == 0) & (columns % 2 == 0), (rows % 4 == 1) & (columns % 3 == 0)
    yield "stripes", columns % 4 < 2, rows % 4 < 2
    for name, thin in (("one row", (1, 40)), ("one column", (40, 1)), ("one pixel in all", (1, 1))):
        yield name, np.arange(thin[0] * thin[1]).reshape(thin) % 5 < 2, np.arange(thin[0] * thin[1]).reshape(thin) % 7 < 3


def random_pairs(random, count):
    for index in range(count):
        kind = ("noise", "blobs", "shifted", "parts", "rings", "border")[index % 6]
        shape = (int(random.integers(8, 40)), int(random.integers(8, 40)))
        if index % 12 == 1:
            shape = (int(random.integers(90, 150)), int(random.integers(90, 180)))
        if kind == "noise":
            shape = (int(random.integers(5, 17)), int(random.integers(5, 17)))
            truth, predicted = (random.random(shape) < random.choice([0.05, 0.3, 0.6]) for _ in range(2))
        elif kind == "blobs":
            field = [ndimage.gaussian_filter(random.normal(size=shape), random.uniform(2, 5)) for _ in range(2)]
            truth = field[0] > np.quantile(field[0], random.uniform(0.6, 0.95))
            mixed = field[0] + random.uniform(0, 1) * field[1]
            predicted = mixed > np.quantile(mixed, random.uniform(0.6, 0.95))
        elif kind == "shifted":
            y, x = random.uniform(0, shape[0]), random.uniform(0, shape[1])
            truth = disc(shape, y, x, random.uniform(1, 9), random.uniform(0.5, 2))
            dy, dx = random.normal(scale=4, size=2)
            predicted = disc(shape, y + dy, x + dx, random.uniform(1, 9), random.uniform(0.5, 2))
        elif kind in ("parts", "rings"):
            truth, predicted = np.zeros(shape, bool), np.zeros(shape, bool)
            for _ in range(int(random.integers(1, 7))):
                y, x, r = random.uniform(0, shape[0]), random.uniform(0, shape[1]), random.uniform(1, 5)
                if random.random() < 0.8:
                    truth |= disc(shape, y, x, r)
                if random.random() < 0.8:
                    predicted |= disc(shape, y + random.normal(), x + random.normal(), r + random.normal())
            if kind == "rings":
                truth &= ~ndimage.binary_erosion(truth, CROSS, iterations=2)
                predicted &= ~ndimage.binary_erosion(predicted, CROSS)
        else:
            radius = random.uniform(3, 12)
            truth = disc(shape, random.choice([0, shape[0]]), random.uniform(0, shape[1]), radius)
            predicted = disc(shape, random.uniform(0, shape[0]), random.choice([0, shape[1]]), radius)
        yield f"{kind} {index}", truth, predicted


def calibration(random, name, pixels, sharpness):
    """Logits in steps of 1/64 and truths; bins and thresholds counted by NumPy."""
    logits = np.round(random.normal(scale=sharpness, size=pixels) * 64) / 64
    truth = random.random(pixels) < 1 / (1 + np.exp(-logits * random.uniform(0.3, 1.5)))
    p = 1 / (1 + np.exp(-logits))
    which = np.clip(np.digitize(p, np.arange(16) / 15) - 1, 0, 14)
    bins, ece = [], 0.0
    for k in range(15):
        inside = which == k
        n = int(inside.sum())
        bins.append([n, float(p[inside].mean()) if n else None, float(truth[inside].mean()) if n else None])
        ece += n / pixels * abs(p[inside].mean() - truth[inside].mean()) if n else 0
    rows = []
    for threshold in (0.1, 0.35, 0.5, 0.8):
        above = p > threshold
        rows.append([threshold, int(above.sum()), int((above & truth).sum())])
    return {
        "name": name,
        "logits_64": " ".join(map(str, (logits * 64).astype(int))),
        "truth": runs(truth),
        "ece": float(ece),
        "brier": float(((p - truth) ** 2).mean()),
        "bins": bins,
        "thresholds": rows,
    }


def main():
    random = np.random.default_rng(20261124)
    pairs = list(hand_made())
    pairs += random_pairs(random, 200 - len(pairs))
    cases = [measure(*pair, SPACINGS[k % len(SPACINGS)]) for k, pair in enumerate(pairs)]
    calibrations = [calibration(random, f"sharpness {s}", 400, s) for s in (0.5, 2, 6)]
    versions = {"scipy": scipy.__version__, "numpy": np.__version__}
    text = json.dumps({**versions, "cases": cases, "calibrations": calibrations}, indent=2)
    pathlib.Path(__file__).with_suffix(".json").write_text(text + "\n")


main()
