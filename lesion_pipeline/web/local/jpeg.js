// A JPEG file at 1/2, 1/4 or 1/8 of its size, with the bytes that libjpeg gives, which Pillow's
// `draft` uses. A browser decodes whole images only, and shrinking those gives other last digits.
// This software is based in part on the work of the Independent JPEG Group.

import { huffman, natural, readScan } from "./entropy.js";
import { inverse } from "./idct.js";

/** Return an RGB image at `size`/8, or null if the file's kind is too rare for this decoder. */
export function reduced(bytes, size) {
  const frame = coefficients(bytes);
  if (!frame) return null;
  const width = Math.ceil((frame.width * size) / 8);
  const height = Math.ceil((frame.height * size) / 8);
  const planes = frame.components.map((component) => samples(component, frame, size));
  if (planes.some((each) => !each)) return null;
  return coloured(planes, width, height, frame.ycc);
}

function coefficients(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const state = { tables: [], dc: [], ac: [], frame: null, jfif: false, adobe: null, interval: 0 };
  let place = 2;
  while (place + 4 <= bytes.length) {
    const marker = bytes[place + 1];
    if (bytes[place] !== 0xff || marker === 0xff || marker === 0) {
      place += 1;
      continue;
    }
    if (marker === 0xd9) break;
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      place += 2;
      continue;
    }
    const end = place + 2 + view.getUint16(place + 2);
    const part = bytes.subarray(place + 4, end);
    if (marker === 0xda) place = scan(bytes, end, part, state);
    else {
      if (!segment(marker, part, state)) return null;
      place = end;
    }
  }
  const { frame } = state;
  if (frame) frame.ycc = isYcc(state);
  return frame;
}

/** Read a segment; false if this decoder can't go on. */
function segment(marker, part, state) {
  if (marker === 0xdb) quantisation(part, state);
  else if (marker === 0xc4) codes(part, state);
  else if (marker === 0xdd) state.interval = (part[0] << 8) | part[1];
  else if (marker === 0xe0) state.jfif ||= String.fromCharCode(...part.subarray(0, 4)) === "JFIF";
  else if (marker === 0xee && String.fromCharCode(...part.subarray(0, 5)) === "Adobe") state.adobe = part[11];
  else if (marker >= 0xc0 && marker <= 0xc2) return frameHead(marker, part, state);
  else if (marker >= 0xc3 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc) return false;
  else if (marker === 0xcc) return false; // arithmetic coding
  return true;
}

function quantisation(part, { tables }) {
  for (let place = 0; place < part.length;) {
    const [wide, number] = [part[place] >> 4, part[place] & 15];
    place += 1;
    tables[number] = new Int32Array(64);
    for (let k = 0; k < 64; k += 1) {
      tables[number][natural(k)] = wide ? (part[place] << 8) | part[place + 1] : part[place];
      place += wide ? 2 : 1;
    }
  }
}

function codes(part, state) {
  for (let place = 0; place < part.length;) {
    const [kind, number] = [part[place] >> 4, part[place] & 15];
    const counts = part.subarray(place + 1, place + 17);
    const total = counts.reduce((sum, each) => sum + each, 0);
    (kind ? state.ac : state.dc)[number] = huffman(counts, part.subarray(place + 17, place + 17 + total));
    place += 17 + total;
  }
}

function frameHead(marker, part, state) {
  if (part[0] !== 8 || part[5] !== 3 || state.frame) return false;
  const frame = { height: (part[1] << 8) | part[2], width: (part[3] << 8) | part[4], progressive: marker === 0xc2 };
  frame.components = [0, 1, 2].map((n) => ({
    id: part[6 + 3 * n], h: part[7 + 3 * n] >> 4, v: part[7 + 3 * n] & 15, table: part[8 + 3 * n], before: 0,
  }));
  frame.h = Math.max(...frame.components.map((each) => each.h));
  frame.v = Math.max(...frame.components.map((each) => each.v));
  frame.across = Math.ceil(frame.width / (8 * frame.h));
  frame.down = Math.ceil(frame.height / (8 * frame.v));
  for (const each of frame.components) {
    each.wide = Math.ceil(Math.ceil((frame.width * each.h) / frame.h) / 8);
    each.high = Math.ceil(Math.ceil((frame.height * each.v) / frame.v) / 8);
    each.stride = frame.across * each.h;
    each.rows = frame.down * each.v;
    each.blocks = new Int16Array(64 * each.stride * each.rows);
  }
  state.frame = frame;
  return true;
}

function scan(bytes, place, part, state) {
  const { frame } = state;
  const count = part[0];
  const parts = Array.from({ length: count }, (_, n) => {
    const component = frame.components.find((each) => each.id === part[1 + 2 * n]);
    component.before = 0;
    component.quantised ??= state.tables[component.table];
    const tables = part[2 + 2 * n];
    return { component, dc: state.dc[tables >> 4], ac: state.ac[tables & 15] };
  });
  const rest = part.subarray(1 + 2 * count);
  frame.interval = state.interval;
  return readScan(bytes, place, frame, { parts, from: rest[0], to: rest[1], high: rest[2] >> 4, low: rest[2] & 15 });
}

function isYcc({ frame, jfif, adobe }) {
  if (jfif) return true;
  if (adobe !== null) return adobe !== 0;
  return String.fromCharCode(...frame.components.map((each) => each.id)) !== "RGB";
}

/** Return the samples of a component at the size of the image, or null if they would be stretched rarely. */
function samples(component, frame, size) {
  let own = size; // a component with fewer samples is reduced less, as in jdmaster.c
  while (own < 8 && (frame.h * size) % (component.h * own * 2) === 0 && (frame.v * size) % (component.v * own * 2) === 0) {
    own *= 2;
  }
  const width = component.stride * own;
  const plane = new Uint8ClampedArray(width * component.rows * own);
  const write = inverse(own);
  for (let row = 0; row < component.rows; row += 1) {
    for (let column = 0; column < component.stride; column += 1) {
      const start = 64 * (row * component.stride + column);
      write(component.blocks, start, component.quantised, plane, width, (row * width + column) * own);
    }
  }
  const across = (frame.h * size) / (component.h * own);
  const down = (frame.v * size) / (component.v * own);
  if (across === 1 && down === 1) return { plane, width };
  if (across !== 2 || down !== 1) return null;
  const used = Math.ceil((frame.width * component.h * own) / (frame.h * 8));
  return doubled(plane, width, used, size > 1);
}

/** Double the width of a plane, of which `used` columns count (h2v1_upsample, `_fancy_`, of jdsample.c). */
function doubled(plane, width, used, fancy) {
  const made = new Uint8ClampedArray(2 * plane.length);
  for (let from = 0; from < plane.length; from += width) {
    for (let x = 0; x < used; x += 1) {
      if (!fancy) {
        made.fill(plane[from + x], 2 * (from + x), 2 * (from + x) + 2);
        continue;
      }
      const near = 3 * plane[from + x];
      const [before, after] = [plane[from + Math.max(x - 1, 0)], plane[from + Math.min(x + 1, used - 1)]];
      made[2 * (from + x)] = x ? (near + before + 1) >> 2 : plane[from];
      made[2 * (from + x) + 1] = x < used - 1 ? (near + after + 2) >> 2 : plane[from + x];
    }
  }
  return { plane: made, width: 2 * width };
}

const fixed = (value) => Math.floor(value * 65536 + 0.5);
const [RED, BLUE, GREEN_R, GREEN_B] = [1.402, 1.772, 0.71414, 0.34414].map(fixed);

/** Return RGB (jdcolor.c). */
function coloured([first, second, third], width, height, ycc) {
  const pixels = new Uint8ClampedArray(3 * width * height);
  for (let y = 0, to = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, to += 3) {
      const a = first.plane[y * first.width + x];
      let b = second.plane[y * second.width + x];
      let c = third.plane[y * third.width + x];
      if (!ycc) {
        pixels.set([a, b, c], to);
        continue;
      }
      b -= 128;
      c -= 128;
      pixels[to] = a + ((RED * c + 32768) >> 16);
      pixels[to + 1] = a + ((-GREEN_B * b - GREEN_R * c + 32768) >> 16);
      pixels[to + 2] = a + ((BLUE * b + 32768) >> 16);
    }
  }
  return { pixels, width, height };
}
