"""The test vector of a model card in NumPy, written after FORMAT.md alone."""
import numpy


def fnv1a(text):
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def random_words(seed, purpose, count):
    """The first words of a stream: Philox4x32-10 of the counters (block, 0, 0, FNV-1a of the purpose)."""
    blocks = numpy.arange((count + 3) // 4, dtype=numpy.uint64)
    zeros = numpy.zeros_like(blocks)
    c0, c1, c2, c3 = blocks, zeros, zeros, zeros + fnv1a(purpose)
    low = numpy.uint64(0xFFFFFFFF)
    half = numpy.uint64(32)
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        a, b = c0 * numpy.uint64(0xD2511F53), c2 * numpy.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = (b >> half) ^ c1 ^ numpy.uint64(k0), b & low, (a >> half) ^ c3 ^ numpy.uint64(k1), a & low
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return numpy.stack([c0, c1, c2, c3], axis=1).reshape(-1)[:count].astype(numpy.int64)


def test_image(width, height, seed):
    """Grey bytes [height, width]."""
    words = random_words(seed, "test image", width * height).reshape(height, width)
    speckle = (words & 255) + (words >> 8 & 255)
    y, x = numpy.mgrid[0:height, 0:width]
    down = 3 * (2 * y + 1 - height) / (2 * height)
    across = (2 * x + 1 - width) / width
    shade = numpy.where(4 * across * across + 4 * down * down < 1, 30, 120 - 60 * y // height)
    return (speckle * shade // 255).astype(numpy.uint8)


def test_points(width, height):
    """64 places, as indices into the flattened image."""
    index = numpy.arange(64)
    return height * (2 * index + 1) // 128 * width + numpy.floor(width * (index * 0.6180339887498949 % 1)).astype(int)


def error_of(vector, logits):
    """The largest error of logits [height, width], relative to the largest expected one (at least 1)."""
    height, width = logits.shape
    expected = numpy.array(vector["logits"])
    found = logits.reshape(-1)[test_points(width, height)]
    return numpy.abs(found - expected).max() / max(1, numpy.abs(expected).max())
