// Pillow's resizing, bit for bit: bicubic with antialiasing, one direction after the other, in 8 bits
// (Pillow, src/libImaging/Resample.c).

const PRECISION = 2 ** 22;
const A = -0.5;

function bicubic(x) {
  const t = Math.abs(x);
  if (t < 1) return ((A + 2) * t - (A + 3)) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * A;
  return 0;
}

/** Return for each output place its first input place and its weights, as whole numbers. */
function weights(size, from, to, target) {
  const scale = (to - from) / target;
  const wide = Math.max(scale, 1);
  const support = 2 * wide;
  return Array.from({ length: target }, (_, place) => {
    const centre = from + (place + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const last = Math.min(Math.trunc(centre + support + 0.5), size);
    const values = [];
    let sum = 0;
    for (let n = first; n < last; n += 1) {
      values.push(bicubic((n - centre + 0.5) / wide));
      sum += values.at(-1);
    }
    return { first, values: values.map((each) => {
      const value = (each / sum) * PRECISION;
      return value < 0 ? Math.trunc(value - 0.5) : Math.trunc(value + 0.5);
    }) };
  });
}

const clipped = (total) => Math.min(Math.max(Math.floor((total + PRECISION / 2) / PRECISION), 0), 255);

/** Resize one direction of `pixels` (planes of `channels` interleaved values). */
function along({ pixels, width, height }, box, target, across) {
  const size = across ? width : height;
  const table = weights(size, box[0], box[1], target);
  const made = across ? { width: target, height } : { width, height: target };
  const out = new Uint8ClampedArray(made.width * made.height * 3);
  const step = across ? 3 : 3 * width;
  for (let y = 0; y < made.height; y += 1) {
    for (let x = 0; x < made.width; x += 1) {
      const { first, values } = table[across ? x : y];
      const start = across ? 3 * (y * width + first) : 3 * (first * width + x);
      for (let channel = 0; channel < 3; channel += 1) {
        let total = 0;
        let place = start + channel;
        for (const weight of values) {
          total += weight * pixels[place];
          place += step;
        }
        out[3 * (y * made.width + x) + channel] = clipped(total);
      }
    }
  }
  return { pixels: out, ...made };
}

/** Resize the part `box` (left, top, right, bottom) of an RGB image. */
export function resized(image, width, height, box = [0, 0, image.width, image.height]) {
  const passes = [
    [[box[0], box[2]], width, true],
    [[box[1], box[3]], height, false],
  ];
  if (verticalFirst(image, width, height)) passes.reverse();
  return passes.reduce((made, [span, target, across]) => {
    const size = across ? made.width : made.height;
    return target === size && !span[0] && span[1] === size ? made : along(made, span, target, across);
  }, image);
}

/** As Pillow 13 does: the order in which less is computed, as tried out. */
const verticalFirst = (image, width, height) =>
  image.height - height > 2 * Math.max(image.width - width, 0);

/** Make a square of an RGB image, as the project's decoder does. */
export function square(image, size, how) {
  if (how === "crop") return resized(image, size, size, cropBox(image));
  if (how === "pad") return padded(image, size);
  return resized(image, size, size);
}

function cropBox({ width, height }) {
  const side = Math.min(width, height);
  const left = (width - side) * 0.5;
  const top = (height - side) * 0.5;
  return [left, top, left + side, top + side];
}

function padded(image, size) {
  const ratio = image.width / image.height;
  let [width, height] = [size, size];
  if (ratio > 1) height = even((image.height / image.width) * size);
  else if (ratio < 1) width = even((image.width / image.height) * size);
  const small = resized(image, width, height);
  const out = new Uint8ClampedArray(size * size * 3);
  const left = even((size - width) * 0.5);
  const top = even((size - height) * 0.5);
  for (let y = 0; y < height; y += 1) {
    out.set(small.pixels.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((y + top) * size + left));
  }
  return { pixels: out, width: size, height: size };
}

/** Round as Python does: halves to the even number. */
function even(value) {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return Math.round(value);
  return down % 2 ? down + 1 : down;
}
