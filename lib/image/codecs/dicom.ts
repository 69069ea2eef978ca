/**
 * DICOM images: single ones, in all transfer syntaxes that ultrasound comes in but films.
 *
 * The header is read by dicom_header.ts, the packed pixels are found and checked by
 * dicom_packed.ts, and become grey or RGB in dicom_pixels.ts. JPEG goes through libjpeg-turbo,
 * JPEG-LS through CharLS and JPEG 2000 through OpenJPEG, all as WebAssembly without a permission;
 * lossless JPEG and RLE are own code.
 *
 * @module
 */
import type { ImageCodec } from "./codec.ts";
import { type DicomHeader, isDicom, readDicomHeader } from "./dicom_header.ts";
import { packedPixels } from "./dicom_packed.ts";
import { checkTables, dicomPixels } from "./dicom_pixels.ts";
import { spacingOfImage } from "./dicom_spacing.ts";

/** DICOM, single images. */
export const DICOM: ImageCodec<DicomHeader> = {
  name: "dicom",
  title: "DICOM",
  sniff: isDicom,
  readHeader: readDicomHeader,
  open(_bytes, header, name) {
    checkTables(header, name);
    const { samples, ...packed } = packedPixels(header, name);
    return {
      ...packed,
      finish: (unpacked) => ({
        ...dicomPixels(unpacked, samples, header, name),
        spacing: spacingOfImage(header.elements),
      }),
    };
  },
};
