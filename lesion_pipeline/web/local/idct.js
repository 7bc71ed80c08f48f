// The inverse cosine transforms of libjpeg, whole and at reduced size, bit for bit (jidctint.c,
// jidctred.c): 8 coefficients become 8, 4, 2 or 1 samples, in whole numbers.
// This software is based in part on the work of the Independent JPEG Group.

const PASS1 = 2;
const CONSTANT = 13;

// Rows of samples, columns of coefficients; the second half of the rows mirrors the first.
const HALVES = {
  8: [
    [8192, 11363, 10703, 9633, 8192, 6437, 4433, 2260],
    [8192, 9633, 4433, -2259, -8192, -11362, -10704, -6436],
    [8192, 6437, -4433, -11362, -8192, 2261, 10704, 9633],
    [8192, 2260, -10703, -6436, 8192, 9633, -4433, -11363],
  ],
  4: [
    [16384, 20995, 15137, 7373, 0, -4926, -6270, -4176],
    [16384, 8697, -15137, -17799, 0, 11893, 6270, -1730],
  ],
  2: [[32768, 29692, 0, -10426, 0, 6967, 0, -5906]],
};
const mirrored = (rows) => [...rows, ...rows.map((row) => row.map((each, k) => (k % 2 ? -each : each))).reverse()];
const MATRICES = { 1: [[8192, 0, 0, 0, 0, 0, 0, 0]] };
for (const [size, rows] of Object.entries(HALVES)) MATRICES[size] = mirrored(rows);
const EXTRA = { 8: 0, 4: 1, 2: 2, 1: 0 }; // bits by which the constants are larger

/** Return a function that writes a block's samples into a plane of `width`, from `place` on. */
export function inverse(size) {
  const matrix = MATRICES[size].map((row) => Int32Array.from(row));
  const first = CONSTANT - PASS1 + EXTRA[size];
  const second = CONSTANT + PASS1 + 3 + EXTRA[size];
  const work = new Int32Array(size * 8);
  return (block, start, table, plane, width, place) => {
    for (let column = 0; column < 8; column += 1) {
      for (let row = 0; row < size; row += 1) {
        const weights = matrix[row];
        let sum = 1 << (first - 1);
        for (let k = 0; k < 8; k += 1) {
          sum += weights[k] * block[start + 8 * k + column] * table[8 * k + column];
        }
        work[8 * row + column] = sum >> first;
      }
    }
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column < size; column += 1) {
        const weights = matrix[column];
        let sum = 1 << (second - 1);
        for (let k = 0; k < 8; k += 1) sum += weights[k] * work[8 * row + k];
        plane[place + row * width + column] = (sum >> second) + 128; // clamped by the plane's type
      }
    }
  };
}
