"""Writes DICOM files of every kind that Sonoseg reads: `dicom.py FOLDER`.

pydicom writes those whose pixels are not packed, dcmtk and gdcm pack them. `NAME.raw` holds what `NAME.dcm` shows, as
8-bit grey or RGB, where that is exact; `made.json` tells for each file `exact`, `window` (whether dcmtk shows its first
window) and `within`, the difference from dcmtk that is allowed.
"""
import io
import json
import subprocess
import sys

import numpy
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixel_data_handlers.util import convert_color_space
from pydicom.sequence import Sequence
from pydicom.uid import (DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian,
                         ImplicitVRLittleEndian, JPEG2000)

FOLDER = sys.argv[1]
HEIGHT, WIDTH = 37, 46
made = {}


def picture():
    """A lesion in noise, with a caption in colour."""
    random = numpy.random.default_rng(7)
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    grey = 90 + 60 * numpy.sin(x / 7) + 40 * numpy.cos(y / 5) + random.normal(0, 6, (HEIGHT, WIDTH))
    grey[((x - 20) / 9) ** 2 + ((y - 18) / 6) ** 2 < 1] *= 0.3
    grey = numpy.clip(numpy.rint(grey), 0, 255).astype(numpy.uint8)
    grey[0, :4] = [0, 255, 1, 254]
    colour = numpy.stack([grey, grey, grey], -1).copy()
    colour[2:6, 3:20] = [255, 255, 0]
    colour[20:28, 30:40] = [200, 40, 30]
    return grey, colour


GREY, COLOUR = picture()


def base():
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.6.1"
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = "2.25.1"
    data.StudyInstanceUID, data.SeriesInstanceUID = "2.25.2", "2.25.3"
    data.SpecificCharacterSet = "ISO_IR 192"
    data.PatientName, data.PatientID, data.Modality = "Secret^Name", "SECRET1", "US"
    data.Rows, data.Columns = HEIGHT, WIDTH
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation, data.SamplesPerPixel = 7, 0, 1
    data.PhotometricInterpretation = "MONOCHROME2"
    region = Dataset()
    region.RegionSpatialFormat = region.RegionDataType = 1
    region.RegionFlags = 2
    region.RegionLocationMinX0 = region.RegionLocationMinY0 = 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = WIDTH - 1, HEIGHT - 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX, region.PhysicalDeltaY = 0.0085, 0.0075
    data.SequenceOfUltrasoundRegions = Sequence([region])
    return data


def save(name, data, pixels, shown=None, syntax=ExplicitVRLittleEndian, **facts):
    kind = "OW" if data.BitsAllocated > 8 else "OB"
    stored = pixels if isinstance(pixels, bytes) else pixels.tobytes()
    data.add_new(0x7FE00010, kind, stored + b"\0" * (len(stored) % 2))
    data.file_meta.TransferSyntaxUID = syntax
    data.is_little_endian = syntax != ExplicitVRBigEndian
    data.is_implicit_VR = syntax == ImplicitVRLittleEndian
    data.save_as(f"{FOLDER}/{name}.dcm", write_like_original=False)
    note(name, shown, **facts)


def note(name, shown, within=0, window=False, dcmtk=True):
    made[name] = {"exact": shown is not None, "within": within, "window": window, "dcmtk": dcmtk}
    if shown is not None:
        with open(f"{FOLDER}/{name}.raw", "wb") as file:
            file.write(shown.tobytes())


def with_bits(allocated, stored, signed=0, high=None, data=None):
    data = data or base()
    data.BitsAllocated, data.BitsStored, data.PixelRepresentation = allocated, stored, signed
    data.HighBit = stored - 1 if high is None else high
    return data


def coloured(interpretation, planar=0):
    data = base()
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PlanarConfiguration = 3, interpretation, planar
    return data


def with_palette(bits, scale):
    data = base()
    data.PhotometricInterpretation = "PALETTE COLOR"
    levels = numpy.arange(256)
    for name, table in (("Red", levels), ("Green", 255 - levels), ("Blue", numpy.minimum(255, 2 * levels))):
        setattr(data, f"{name}PaletteColorLookupTableDescriptor", [256, 0, bits])
        values = (table * scale).astype("<u2").tobytes() if scale else table.astype(numpy.uint8).tobytes()
        setattr(data, f"{name}PaletteColorLookupTableData", values)
    return data, numpy.stack([GREY, 255 - GREY, numpy.minimum(255, 2 * GREY.astype(int)).astype(numpy.uint8)], -1)


def ybr_of(rgb):
    r, g, b = (rgb[..., k].astype(float) for k in range(3))
    y = 0.299 * r + 0.587 * g + 0.114 * b
    cb = -0.168736 * r - 0.331264 * g + 0.5 * b + 128
    cr = 0.5 * r - 0.418688 * g - 0.081312 * b + 128
    return numpy.clip(numpy.rint(numpy.stack([y, cb, cr], -1)), 0, 255).astype(numpy.uint8)


def write_plain():
    save("mono2", base(), GREY, GREY)
    save("implicit", base(), GREY, GREY, ImplicitVRLittleEndian)
    save("big", base(), GREY, GREY, ExplicitVRBigEndian)
    save("deflated", base(), GREY, GREY, DeflatedExplicitVRLittleEndian)
    data = base()
    data.PhotometricInterpretation = "MONOCHROME1"
    save("mono1", data, 255 - GREY, GREY, within=1)
    save("rgb", coloured("RGB"), COLOUR, COLOUR)
    save("rgb_planes", coloured("RGB", 1), COLOUR.transpose(2, 0, 1), COLOUR)
    ybr = ybr_of(COLOUR)
    # The middle of Cb and Cr is 128 in the standard, and 127.5 in dcmtk.
    shown = convert_color_space(ybr, "YBR_FULL", "RGB")
    save("ybr", coloured("YBR_FULL"), ybr, shown, within=2)
    save("ybr_planes", coloured("YBR_FULL", 1), ybr.transpose(2, 0, 1), shown, within=2)
    halved = numpy.zeros((HEIGHT, WIDTH // 2, 4), numpy.uint8)
    halved[..., 0], halved[..., 1] = ybr[:, 0::2, 0], ybr[:, 1::2, 0]
    halved[..., 2], halved[..., 3] = ybr[:, 0::2, 1], ybr[:, 0::2, 2]
    save("ybr_422", coloured("YBR_FULL_422"), halved, within=1)
    for name, bits, scale in (("palette", 16, 257), ("palette8", 8, 0), ("palette8_words", 8, 1)):
        data, shown = with_palette(bits, scale)
        save(name, data, GREY, shown, dcmtk=name == "palette")


def write_deep():
    deep = GREY.astype("<u2") * 16 + 5
    save("mono12", with_bits(16, 12), deep, GREY, within=1)
    save("mono10", with_bits(16, 10), GREY.astype("<u2") * 4 + 1, GREY, within=1)
    save("mono12_big", with_bits(16, 12), deep.astype(">u2"), GREY, ExplicitVRBigEndian, within=1)
    save("mono12_high", with_bits(16, 12, high=15), deep << 4 | 9, GREY, within=1)
    save("signed16", with_bits(16, 16, signed=1), (GREY.astype("<i4") * 256 - 32768).astype("<i2"), GREY, within=1)
    # The lower byte is the inverted one, which the tests know.
    save("mono16", with_bits(16, 16), GREY.astype("<u2") * 256 + (255 - GREY), GREY, within=1)
    # Of 6 bits dcmtk makes 0 to 252.
    save("mono6", with_bits(8, 6), GREY >> 2, within=3)
    for name, words in (("window", {}), ("window_exact", {"VOILUTFunction": "LINEAR_EXACT"}),
                        ("window_sigmoid", {"VOILUTFunction": "SIGMOID"})):
        data = with_bits(16, 12)
        data.WindowCenter, data.WindowWidth = ["1100", "40"], ["1700", "80"]
        data.RescaleSlope, data.RescaleIntercept = "0.5", "-100"
        for key, value in words.items():
            setattr(data, key, value)
        save(name, data, deep, within=1, window=True)
    data = with_bits(16, 12, signed=1)
    data.WindowCenter, data.WindowWidth, data.RescaleSlope, data.RescaleIntercept = "0", "900", "1", "0"
    save("window_signed", data, (deep.astype("<i4") - 2048).astype("<i2"), within=1, window=True)
    data = base()
    data.WindowCenter, data.WindowWidth = "128", "256"
    save("window8", data, GREY, GREY, window=True)
    item = Dataset()
    item.add_new(0x00283002, "US", [256, 0, 8])
    item.add_new(0x00283006, "OW", (255 - numpy.arange(256)).astype("<u2").tobytes())
    data = base()
    data.VOILUTSequence = Sequence([item])
    save("voi_table", data, GREY, 255 - GREY, dcmtk=False)


def run(*arguments):
    done = subprocess.run(arguments, cwd=FOLDER, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(arguments)}: {done.stderr or done.stdout}")


def pack(source, name, *command, shown=None, **facts):
    """Packs a file by a program: its name, options."""
    run(*command, f"{source}.dcm", f"{name}.dcm")
    note(name, shown, **facts)


def write_packed():
    plain = {"mono2": GREY, "rgb": COLOUR, "mono12": GREY, "mono16": GREY, "signed16": GREY}
    for source, shown in plain.items():
        within = {"within": 1} if "1" in source else {}
        pack(source, f"{source}_rle", "dcmcrle", shown=shown, **within)
        pack(source, f"{source}_lossless", "dcmcjpeg", "+e1", shown=shown, **within)
        for predictor in range(1, 8):
            name = f"{source}_lossless{predictor}"
            pack(source, name, "dcmcjpeg", "+el", "+sv", str(predictor), shown=shown, **within)
        if "signed" not in source:
            pack(source, f"{source}_jls", "dcmcjpls", shown=shown, **within)
        pack(source, f"{source}_j2k", "gdcmconv", "--j2k", shown=shown, dcmtk=False)
        pack(source, f"{source}_gdcm_jpeg", "gdcmconv", "--jpeg", shown=shown, **within)
        pack(source, f"{source}_gdcm_rle", "gdcmconv", "--rle", shown=shown, **within)
        pack(source, f"{source}_gdcm_jls", "gdcmconv", "--jpegls", shown=shown, **within)
    for mode in ("+il", "+is", "+in"):
        pack("rgb", f"rgb_jls_{mode[1:]}", "dcmcjpls", mode, shown=COLOUR)
    pack("mono2", "mono2_jls_near", "dcmcjpls", "+en", "+md", "3")
    pack("rgb", "rgb_jls_fragments", "dcmcjpls", "+fs", "1", shown=COLOUR)
    pack("mono2", "mono2_jpeg", "dcmcjpeg", "+eb", "+q", "90")
    pack("rgb", "rgb_jpeg", "dcmcjpeg", "+eb", "+q", "90", within=1)
    pack("rgb", "rgb_jpeg444", "dcmcjpeg", "+eb", "+q", "90", "+s4", within=1)
    pack("rgb", "rgb_jpeg_rgb", "dcmcjpeg", "+eb", "+q", "90", "+cr", within=1)
    pack("mono2", "mono2_progressive", "dcmcjpeg", "+ep", "+q", "90")


def encapsulated(name, data, code, syntax, shown):
    data.PixelData = encapsulate([code])
    data["PixelData"].VR = "OB"
    data["PixelData"].is_undefined_length = True
    data.file_meta.TransferSyntaxUID = syntax
    data.is_little_endian, data.is_implicit_VR = True, False
    data.save_as(f"{FOLDER}/{name}.dcm", write_like_original=False)
    note(name, shown, dcmtk=False)


def write_more_jpeg2000():
    """Pillow packs, since gdcm knows neither loss nor tiles; with and without boxes around the code."""
    lossy = {"irreversible": True, "quality_layers": [8], "no_jp2": True}
    for name, pixels, data, options in (("mono2_j2k_lossy", GREY, base(), lossy),
                                        ("mono2_j2k_tiles", GREY, base(), {"no_jp2": True, "tile_size": (16, 16)}),
                                        ("rgb_j2k_lossy", COLOUR, coloured("YBR_ICT"), lossy),
                                        ("rgb_j2k_boxes", COLOUR, coloured("YBR_ICT"), lossy | {"no_jp2": False}),
                                        ("rgb_j2k_unmixed", COLOUR, coloured("RGB"), lossy | {"mct": 0})):
        packed = io.BytesIO()
        Image.fromarray(pixels).save(packed, "JPEG2000", **options)
        shown = numpy.asarray(Image.open(io.BytesIO(packed.getvalue())))
        encapsulated(name, data, packed.getvalue(), JPEG2000, shown)


def write_refused():
    """Files that are refused, each with a part of the sentence."""
    run("dcmcjpeg", "+ee", "mono12.dcm", "refused_jpeg12.dcm")
    data = base()
    data.NumberOfFrames = 3
    save("refused_frames", data, numpy.stack([GREY] * 3))
    del made["refused_frames"]


write_plain()
write_deep()
write_packed()
write_more_jpeg2000()
write_refused()
with open(f"{FOLDER}/made.json", "w") as file:
    json.dump(made, file)
