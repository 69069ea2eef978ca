"""Prints the records of an event file as text, read by Debian's crc32c and protoc."""
import struct
import subprocess
import sys

import crc32c


def masked(data):
    crc = crc32c.crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


data = open(sys.argv[1], "rb").read()
at = 0
while at < len(data):
    (length,) = struct.unpack_from("<Q", data, at)
    assert struct.unpack_from("<I", data, at + 8)[0] == masked(data[at : at + 8])
    at += 12
    event = data[at : at + length]
    at += length
    assert struct.unpack_from("<I", data, at)[0] == masked(event)
    at += 4
    subprocess.run(["protoc", "--decode_raw"], input=event, check=True)
