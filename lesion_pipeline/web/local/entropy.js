// The coefficients of a JPEG file's scans: sequential and progressive, Huffman coded (ITU-T T.81).

const ZIGZAG = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
  28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
  47, 55, 62, 63,
];
export const natural = (k) => ZIGZAG[k];

/** Return a table that `Bits.symbol` reads, from counts by length and symbols. */
export function huffman(counts, symbols) {
  const table = { most: [], offset: [], symbols };
  let code = 0;
  let place = 0;
  for (let length = 1; length <= 16; length += 1) {
    table.offset[length] = place - code;
    code += counts[length - 1];
    place += counts[length - 1];
    table.most[length] = code - 1; // the last code of this length
    code <<= 1;
  }
  return table;
}

/** Bits of a scan, without stuffed bytes; zeros after a marker. */
export class Bits {
  constructor(bytes, place) {
    Object.assign(this, { bytes, place, value: 0, left: 0 });
  }

  bit() {
    if (!this.left) {
      this.value = this.bytes[this.place] ?? 0xff;
      if (this.value === 0xff) {
        if (this.bytes[this.place + 1] === 0) this.place += 2;
        else this.value = 0; // a marker: the place stays
      } else this.place += 1;
      this.left = 8;
    }
    this.left -= 1;
    return (this.value >> this.left) & 1;
  }

  bits(count) {
    let value = 0;
    for (let n = 0; n < count; n += 1) value = (value << 1) | this.bit();
    return value;
  }

  /** A number of `count` bits with its sign. */
  signed(count) {
    if (!count) return 0;
    const value = this.bits(count);
    return value < 1 << (count - 1) ? value - (1 << count) + 1 : value;
  }

  symbol(table) {
    let code = 0;
    for (let length = 1; length <= 16; length += 1) {
      code = (code << 1) | this.bit();
      if (code <= table.most[length]) return table.symbols[table.offset[length] + code];
    }
    throw new Error("no such code");
  }

  /** Go on after a restart marker. */
  restart() {
    this.left = 0;
    if (this.bytes[this.place] === 0xff && (this.bytes[this.place + 1] & 0xf8) === 0xd0) this.place += 2;
  }
}

/** Read one scan into the components' coefficients; return where its bytes end. */
export function readScan(bytes, place, frame, scan) {
  const bits = new Bits(bytes, place);
  const block = blockReader(bits, frame, scan);
  const single = scan.parts.length === 1;
  const [{ component }] = scan.parts;
  const across = single ? component.wide : frame.across;
  const down = single ? component.high : frame.down;
  scan.run = 0;
  for (let n = 0; n < across * down; n += 1) {
    if (frame.interval && n && n % frame.interval === 0) {
      bits.restart();
      scan.run = 0;
      scan.parts.forEach((part) => { part.component.before = 0; });
    }
    const [column, row] = [n % across, Math.floor(n / across)];
    if (single) block(scan.parts[0], row, column);
    else for (const part of scan.parts) unit(part, block, row, column);
  }
  return bits.place;
}

function unit(part, block, row, column) {
  const { h, v } = part.component;
  for (let y = 0; y < v; y += 1) {
    for (let x = 0; x < h; x += 1) block(part, row * v + y, column * h + x);
  }
}

function blockReader(bits, frame, scan) {
  const read = frame.progressive ? progressive(bits, scan) : sequential(bits);
  return (part, row, column) => {
    const { component } = part;
    read(part, component.blocks, 64 * (row * component.stride + column));
  };
}

const sequential = (bits) => ({ component, dc, ac }, blocks, start) => {
  component.before += bits.signed(bits.symbol(dc));
  blocks[start] = component.before;
  for (let k = 1; k < 64; k += 1) {
    const symbol = bits.symbol(ac);
    const [run, size] = [symbol >> 4, symbol & 15];
    if (!size && run < 15) return;
    k += run;
    if (size) blocks[start + ZIGZAG[k]] = bits.signed(size);
  }
};

function progressive(bits, scan) {
  const { from, to, high, low } = scan;
  if (!from && !high) {
    return ({ component, dc }, blocks, start) => {
      component.before += bits.signed(bits.symbol(dc));
      blocks[start] = component.before << low;
    };
  }
  if (!from) {
    return (_, blocks, start) => {
      if (bits.bit()) blocks[start] |= 1 << low;
    };
  }
  if (!high) return (part, blocks, start) => firstBits(bits, scan, part.ac, blocks, start);
  return (part, blocks, start) => moreBits(bits, { from, to, low, scan }, part.ac, blocks, start);
}

function firstBits(bits, scan, ac, blocks, start) {
  if (scan.run) {
    scan.run -= 1;
    return;
  }
  for (let k = scan.from; k <= scan.to; k += 1) {
    const symbol = bits.symbol(ac);
    const [run, size] = [symbol >> 4, symbol & 15];
    if (!size && run < 15) {
      scan.run = (1 << run) - 1 + bits.bits(run);
      return;
    }
    k += run;
    if (size) blocks[start + ZIGZAG[k]] = bits.signed(size) * (1 << scan.low);
  }
}

function moreBits(bits, { from, to, low, scan }, ac, blocks, start) {
  const refine = (place) => {
    const value = blocks[place];
    if (bits.bit() && !(Math.abs(value) & (1 << low))) blocks[place] += value < 0 ? -(1 << low) : 1 << low;
  };
  let k = from;
  while (!scan.run && k <= to) {
    const symbol = bits.symbol(ac);
    let run = symbol >> 4;
    const size = symbol & 15;
    if (!size && run < 15) {
      scan.run = (1 << run) + bits.bits(run);
      break;
    }
    const added = size ? (bits.bit() ? 1 << low : -(1 << low)) : 0;
    for (; k <= to; k += 1) {
      const place = start + ZIGZAG[k];
      if (blocks[place]) refine(place);
      else if (run) run -= 1;
      else {
        blocks[place] = added;
        k += 1;
        break;
      }
    }
  }
  if (!scan.run) return;
  for (; k <= to; k += 1) if (blocks[start + ZIGZAG[k]]) refine(start + ZIGZAG[k]);
  scan.run -= 1;
}
