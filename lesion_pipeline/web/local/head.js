// What a file says of itself before it is decoded, and whether it is taken: as images.py.

const MOST_PIXELS = 40_000_000;
const SMALLEST_SIDE = 32;

/** An image that is not taken; the text is a sentence. */
export class Unreadable extends Error {}

/** Return {kind, width, height} of a JPEG or PNG file's bytes; throw Unreadable if it isn't taken. */
export function checkedHead(bytes) {
  const head = bytes[0] === 0xff && bytes[1] === 0xd8 ? jpegHead(bytes) : pngHead(bytes);
  const { width, height } = head;
  if (width * height > MOST_PIXELS) {
    throw new Unreadable(`expected at most 40,000,000 pixels, received ${width} x ${height}`);
  }
  if (!head.colour) throw new Unreadable("expected an RGB image, received another kind");
  if (Math.min(width, height) < SMALLEST_SIDE) {
    throw new Unreadable(`expected sides of at least 32 pixels, received ${width} x ${height}`);
  }
  return head;
}

function jpegHead(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let place = 2;
  while (place + 9 < bytes.length) {
    if (bytes[place] !== 0xff) break;
    const marker = bytes[place + 1];
    if (marker === 0xff) {
      place += 1;
      continue;
    }
    // Frames of all kinds, without DHT (c4), JPG (c8) and DAC (cc).
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return {
        kind: "jpeg", height: view.getUint16(place + 5), width: view.getUint16(place + 7),
        colour: bytes[place + 9] === 3,
      };
    }
    place += 2 + (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8) ? 0 : view.getUint16(place + 2));
  }
  throw new Unreadable("can't be decoded: the file is damaged");
}

function pngHead(bytes) {
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  if (bytes.length < 33 || signature.some((each, n) => bytes[n] !== each)) {
    throw new Unreadable("expected a JPEG or PNG image");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { kind: "png", width: view.getUint32(16), height: view.getUint32(20), colour: [2, 3, 6].includes(bytes[25]) };
}
