"""Writes small image files of each format, and formats.json with what Pillow reads from them.

    python3 tests/golden/formats/make.py && deno fmt tests/golden/formats      (Debian: python3-pil)

The pictures are slopes of grey and colour. Orientation tags are applied.
"""
import hashlib
import json
import pathlib

import numpy as np
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 23, 17

y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
rgb = np.dstack([x * 11, y * 15, (x * 7 + y * 5) % 256]).astype(np.uint8)
grey = ((x * 6 + y * 8) % 256).astype(np.uint8)
alpha = (x * 11).astype(np.uint8)
G, RGB = Image.fromarray(grey), Image.fromarray(rgb)
GA, RGBA = Image.merge("LA", (G, Image.fromarray(alpha))), Image.fromarray(np.dstack([rgb, alpha]))
PALETTE, BITS = RGB.quantize(16), G.convert("1")
DEEP = Image.fromarray(grey.astype(np.uint16) * 257 + x.astype(np.uint16))
DIFFERENCES = {317: 2}


def runs():
    """Rows of black and white runs of every length up to 63 px, and of many up to 2700 px."""
    lengths = np.concatenate([np.arange(64), np.arange(64, 2700, 64)])
    order = np.random.default_rng(1).permutation(np.repeat(lengths, 2))
    line = np.repeat(np.arange(order.size) % 2, order)
    return Image.fromarray(np.resize(line, (line.size // 2700, 2700)).astype(np.uint8) * 255).convert("1")


RUNS = runs()


def exif(orientation):
    tags = Image.Exif()
    tags[274] = orientation
    return tags.tobytes()


STRONG = Image.fromarray((rgb > 127).astype(np.uint8) * 255)
NARROW = STRONG.crop((2, 0, 5, HEIGHT))

FILES = [
    ("grey.jpg", G, {"quality": 85}),
    ("rgb_444.jpg", RGB, {"quality": 90, "subsampling": 0}),
    ("rgb_422.jpg", STRONG, {"quality": 80, "subsampling": 1}),
    ("rgb_420.jpg", STRONG, {"quality": 60, "subsampling": 2}),
    ("rgb_420_progressive.jpg", RGB, {"quality": 75, "subsampling": 2, "progressive": True}),
    ("narrow_422.jpg", NARROW, {"quality": 95, "subsampling": 1}),
    ("narrow_420.jpg", NARROW, {"quality": 95, "subsampling": 2}),
    ("orientation_8.jpg", RGB, {"quality": 75, "exif": exif(8)}),
    ("grey_lossy.webp", G, {"quality": 60}),
    ("rgb_lossy.webp", RGB, {"quality": 60}),
    ("rgba_lossy.webp", RGBA, {"quality": 60}),
    ("rgb_lossless.webp", RGB, {"lossless": True}),
    ("rgba_lossless.webp", RGBA, {"lossless": True}),
    ("animation_lossless.webp", RGB, {"lossless": True, "save_all": True, "append_images": [RGB.rotate(180)]}),
    ("animation_lossy.webp", RGBA, {"save_all": True, "append_images": [RGBA.rotate(180)]}),
    ("orientation_6.webp", RGB, {"lossless": True, "exif": exif(6)}),
    ("orientation_5.png", RGB, {"exif": exif(5)}),
    ("orientation_7.tif", G, {"compression": "tiff_lzw", "tiffinfo": {274: 7}}),
    ("grey.tif", G, {}),
    ("bits.tif", BITS, {}),
    ("grey_lzw.tif", G, {"compression": "tiff_lzw"}),
    ("grey_alpha_packbits.tif", GA, {"compression": "packbits"}),
    ("rgb_deflate_differences.tif", RGB, {"compression": "tiff_adobe_deflate", "tiffinfo": DIFFERENCES}),
    ("rgba_lzw_differences.tif", RGBA, {"compression": "tiff_lzw", "tiffinfo": DIFFERENCES}),
    ("palette_packbits.tif", PALETTE, {"compression": "packbits"}),
    ("deep_lzw_differences.tif", DEEP, {"compression": "tiff_lzw", "tiffinfo": DIFFERENCES}),
    ("runs_fax_rows.tif", RUNS, {"compression": "tiff_ccitt"}),
    ("runs_fax_group3.tif", RUNS, {"compression": "group3"}),
    ("runs_fax_group3_2d_bytes.tif", RUNS, {"compression": "group3", "tiffinfo": {292: 5}}),
    ("runs_fax_group4.tif", RUNS, {"compression": "group4"}),
    ("bits_fax_group4_mirrored.tif", BITS, {"compression": "group4", "tiffinfo": {266: 2, 278: 5}}),
    ("bits_fax_group3_2d.tif", BITS, {"compression": "group3", "tiffinfo": {292: 1}}),
    ("int_lzw_differences.tif", DEEP.convert("I"), {"compression": "tiff_lzw", "tiffinfo": DIFFERENCES}),
    ("float.tif", DEEP.convert("I").convert("F"), {}),
    ("float_predictor_3.tif", DEEP.convert("I").convert("F"), {"compression": "tiff_lzw", "tiffinfo": {317: 3}}),
    ("pages.tif", G, {"save_all": True, "append_images": [G.rotate(180)], "compression": "tiff_lzw"}),
    ("grey.gif", G, {}),
    ("palette_interlaced.gif", PALETTE, {"interlace": 1}),
    ("palette_transparent.gif", PALETTE, {"interlace": 0, "transparency": 3}),
    ("animation.gif", PALETTE, {"save_all": True, "append_images": [PALETTE.rotate(180)]}),
    ("bits.bmp", BITS, {}),
    ("grey.bmp", G, {}),
    ("palette.bmp", PALETTE, {}),
    ("rgb.bmp", RGB, {}),
    ("rgba.bmp", RGBA, {}),
]
CHANNELS = {"1": 1, "L": 1, "I;16": 1, "I": 1, "F": 1, "LA": 2, "P": 3, "RGB": 3, "RGBX": 3, "RGBA": 4}


def expected(name):
    with Image.open(HERE / name) as image:
        more = getattr(image, "is_animated", False)
        image.load()
        channels = CHANNELS[image.mode]
        # Pillow applies the tag of TIFF files by itself.
        if image.format != "TIFF":
            image = ImageOps.exif_transpose(image)
        if image.mode in ("I;16", "I", "F"):
            wide = np.asarray(image).astype(np.uint16)
            pixels = wide >> 8
        else:
            wide = None
            pixels = np.asarray(image.convert("RGB" if image.mode == "P" else image.mode).convert("L"))
    numbers = {"width": image.width, "height": image.height, "channels": channels, "more_pages": bool(more)}
    numbers["grey_sha256"] = hashlib.sha256(pixels.astype(np.uint8).tobytes()).hexdigest()
    if wide is not None:
        numbers["wide_sha256"] = hashlib.sha256(wide.astype("<u2").tobytes()).hexdigest()
    return numbers


for name, image, options in FILES:
    ending = name.split(".")[-1]
    image.save(HERE / name, {"tif": "TIFF", "jpg": "JPEG"}.get(ending, ending.upper()), **options)
(HERE / "formats.json").write_text(json.dumps({name: expected(name) for name, _, _ in FILES}, indent=1))
