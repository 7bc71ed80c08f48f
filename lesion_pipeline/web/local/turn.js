// The orientation that a camera notes in a file's EXIF block.

/** Return it, 1 to 8; 1 if there is none. */
export function orientation(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let place = 2; place + 18 < bytes.length && bytes[place] === 0xff;) {
    const marker = bytes[place + 1];
    if (marker === 0xda) break;
    if (marker === 0xe1 && view.getUint32(place + 4) === 0x45786966) return tag(view, place + 10);
    place += 2 + view.getUint16(place + 2);
  }
  return 1;
}

function tag(view, start) {
  try {
    const little = view.getUint16(start) === 0x4949;
    const list = start + view.getUint32(start + 4, little);
    for (let n = 0; n < view.getUint16(list, little); n += 1) {
      const entry = list + 2 + 12 * n;
      if (view.getUint16(entry, little) === 0x0112) {
        const value = view.getUint16(entry + 8, little);
        return value >= 1 && value <= 8 ? value : 1;
      }
    }
  } catch {
    // a damaged block: as none
  }
  return 1;
}

/** Return an RGB image turned and mirrored as an orientation demands. */
export function upright({ pixels, width, height }, how) {
  if (how === 1) return { pixels, width, height };
  const swapped = how > 4;
  const made = { width: swapped ? height : width, height: swapped ? width : height };
  const out = new Uint8ClampedArray(pixels.length);
  for (let y = 0, to = 0; y < made.height; y += 1) {
    for (let x = 0; x < made.width; x += 1, to += 3) {
      let [u, v] = swapped ? [y, x] : [x, y];
      if (how === 2 || how === 3 || how === 7 || how === 8) u = width - 1 - u;
      if (how === 3 || how === 4 || how === 6 || how === 7) v = height - 1 - v;
      const from = 3 * (v * width + u);
      out.set(pixels.subarray(from, from + 3), to);
    }
  }
  return { pixels: out, ...made };
}
