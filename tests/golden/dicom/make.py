"""Makes the files of this folder, by the programs of tests/interop/dicom.py (Debian 12: dcmtk 3.6.7, gdcm 3.0.21,
pydicom 2.3.1, Pillow 9.4): `python3 tests/golden/dicom/make.py`, from the root of the repository.

JPEG-LS and JPEG 2000 in DICOM, which no encoder of the project writes, and the pixels that they show.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
NAMES = ("mono2_jls", "mono12_jls", "rgb_jls_il", "rgb_jls_is", "rgb_jls_in",
         "mono2_j2k", "mono2_j2k_tiles", "mono12_j2k", "rgb_j2k", "rgb_j2k_lossy", "rgb_j2k_unmixed")

with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.executable, HERE.parent.parent / "interop/dicom.py", folder], check=True)
    for name in NAMES:
        for ending in ("dcm", "raw"):
            shutil.copy(f"{folder}/{name}.{ending}", HERE / f"{name}.{ending}")
