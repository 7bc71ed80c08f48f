// The heat map by covering one place after another: as web/occlusion.py and web/heat_map.py.

import { logit } from "./judge.js";

const ACROSS = 7;
const BORDER = 1 / 28;
const LONGEST = 640;
const COLOURS = [
  [0, 0, 4], [31, 12, 72], [85, 15, 109], [136, 34, 106], [186, 54, 85], [227, 89, 51],
  [249, 140, 10], [249, 201, 50], [252, 255, 164],
];

/** Yield copies of a square image, each with one place covered. */
export function* covered(pixels, size) {
  const colour = borderColour(pixels, size);
  const edges = Array.from({ length: ACROSS + 2 }, (_, n) => Math.round((n * size) / (ACROSS + 1)));
  for (let row = 0; row < ACROSS; row += 1) {
    for (let column = 0; column < ACROSS; column += 1) {
      const copy = pixels.slice();
      for (let y = edges[row]; y < edges[row + 2]; y += 1) {
        for (let x = edges[column]; x < edges[column + 2]; x += 1) copy.set(colour, 3 * (y * size + x));
      }
      yield copy;
    }
  }
}

function borderColour(pixels, size) {
  const wide = Math.max(1, Math.round(size * BORDER));
  const values = [[], [], []];
  const take = (x, y) => values.forEach((each, n) => each.push(pixels[3 * (y * size + x) + n]));
  for (let a = 0; a < size; a += 1) {
    for (let b = 0; b < wide; b += 1) {
      take(a, b);
      take(a, size - 1 - b);
      take(b, a);
      take(size - 1 - b, a);
    }
  }
  return values.map((each) => {
    each.sort((one, other) => one - other);
    return (each[each.length / 2 - 1] + each[each.length / 2]) / 2;
  });
}

/** Return the map as a PNG with transparency, with the aspect of the picture. */
export function drawn(before, after, threshold, { size, resize }, shown) {
  const grid = after.map((each) => Math.max(logit(before) - logit(each), 0));
  const strength = threshold ? Math.min(1, before / threshold) : 1;
  const highest = Math.max(...grid) || 1;
  const scale = Math.min(1, LONGEST / Math.max(shown.width, shown.height));
  const width = Math.max(1, Math.round(shown.width * scale));
  const height = Math.max(1, Math.round(shown.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  const picture = context.createImageData(width, height);
  const [across, down] = placing(width, height, size, resize);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const value = (strength / highest) * interpolated(grid, across(x), down(y), size);
      picture.data.set([...coloured(value), 255 * value], 4 * (y * width + x));
    }
  }
  context.putImageData(picture, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}

/** Return functions from a pixel of the picture to one of the square; outside it is null. */
function placing(width, height, size, resize) {
  const plain = (length) => (n) => ((n + 0.5) * size) / length - 0.5;
  if (resize === "squash") return [plain(width), plain(height)];
  const side = (resize === "pad" ? Math.max : Math.min)(width, height);
  const moved = (length) => (n) => {
    const place = n - (length - side) / 2;
    return place < 0 || place >= side ? null : plain(side)(place);
  };
  return [moved(width), moved(height)];
}

function interpolated(grid, x, y, size) {
  if (x === null || y === null) return 0;
  const step = size / (ACROSS + 1);
  const at = (place) => Math.min(Math.max((place + 0.5) / step - 1, 0), ACROSS - 1);
  const [column, row] = [at(x), at(y)];
  const [left, top] = [Math.min(Math.floor(column), ACROSS - 2), Math.min(Math.floor(row), ACROSS - 2)];
  const [right, low] = [column - left, row - top];
  const value = (r, c) => grid[r * ACROSS + c];
  return (1 - low) * ((1 - right) * value(top, left) + right * value(top, left + 1)) +
    low * ((1 - right) * value(top + 1, left) + right * value(top + 1, left + 1));
}

function coloured(value) {
  const place = Math.min(Math.max(value, 0), 1) * (COLOURS.length - 1);
  const first = Math.min(Math.floor(place), COLOURS.length - 2);
  return COLOURS[first].map((each, n) => each + (place - first) * (COLOURS[first + 1][n] - each));
}
