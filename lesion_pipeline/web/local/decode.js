// From a file to the network's square. The browser decodes; the rest is the project's decoder again.

import { checkedHead, Unreadable } from "./head.js";
import { square } from "./resize.js";

/** Return {pixels, width, height} of a file for a contract {size, resize}, and how it is shown. */
export async function decoded(file, { size, resize }) {
  const head = checkedHead(new Uint8Array(await file.arrayBuffer()));
  const whole = await pixelsOf(file);
  const shrunk = head.kind === "jpeg" ? draft(whole, size) : whole;
  return { square: square(shrunk, size, resize), shown: { width: whole.width, height: whole.height } };
}

async function pixelsOf(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, {
      colorSpaceConversion: "none", premultiplyAlpha: "none", imageOrientation: "from-image",
    });
  } catch {
    throw new Unreadable("can't be decoded: the file is damaged");
  }
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint8ClampedArray(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    if (data[from + 3] !== 255) {
      throw new Unreadable("expected an opaque image, received transparent pixels");
    }
    pixels[to] = data[from];
    pixels[to + 1] = data[from + 1];
    pixels[to + 2] = data[from + 2];
  }
  return { pixels, width, height };
}

/**
 * Shrink to 1/2, 1/4 or 1/8 as libjpeg does when Pillow drafts a JPEG: means of 2 x 2, 4 x 4 or
 * 8 x 8 pixels (jidctred.c).
 */
function draft(image, size) {
  const room = Math.min(Math.floor(image.width / size), Math.floor(image.height / size));
  const by = [8, 4, 2].find((each) => room >= each);
  if (!by) return image;
  const width = Math.ceil(image.width / by);
  const height = Math.ceil(image.height / by);
  const pixels = new Uint8ClampedArray(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        pixels[3 * (y * width + x) + channel] = mean(image, x * by, y * by, by, channel);
      }
    }
  }
  return { pixels, width, height };
}

function mean({ pixels, width, height }, left, top, by, channel) {
  let total = 0;
  let count = 0;
  for (let y = top; y < Math.min(top + by, height); y += 1) {
    for (let x = left; x < Math.min(left + by, width); x += 1) {
      total += pixels[3 * (y * width + x) + channel];
      count += 1;
    }
  }
  return total / count;
}
