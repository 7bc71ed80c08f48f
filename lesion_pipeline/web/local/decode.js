// From a file to the network's square, with the bytes of the project's decoder (images.py).

import { checkedHead, Unreadable } from "./head.js";
import { reduced } from "./jpeg.js";
import { square } from "./resize.js";
import { orientation, upright } from "./turn.js";

const DAMAGED = "can't be decoded: the file is damaged";

/** Return the square of a file for a contract {size, resize}, and the size at which it is shown. */
export async function decoded(file, { size, resize }) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const head = checkedHead(bytes);
  const whole = await pixelsOf(file);
  const image = (head.kind === "jpeg" && drafted(bytes, head, size)) || whole;
  return { square: square(image, size, resize), shown: { width: whole.width, height: whole.height } };
}

/** Decode a large JPEG at 1/2, 1/4 or 1/8, as Pillow drafts it; null where the whole is meant. */
function drafted(bytes, { width, height }, size) {
  const room = Math.min(Math.floor(width / size), Math.floor(height / size));
  const by = [8, 4, 2].find((each) => room >= each);
  if (!by) return null;
  try {
    const image = reduced(bytes, 8 / by);
    return image && upright(image, orientation(bytes));
  } catch {
    throw new Unreadable(DAMAGED);
  }
}

async function pixelsOf(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, {
      colorSpaceConversion: "none", premultiplyAlpha: "none", imageOrientation: "from-image",
    });
  } catch {
    throw new Unreadable(DAMAGED);
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
