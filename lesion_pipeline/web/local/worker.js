// Runs the network beside the page, so that the page stays quick.

import { decoded } from "./decode.js";
import { Unreadable } from "./head.js";
import { answer, GENERATED, malignancy } from "./judge.js";
import { covered, drawn } from "./occlusion.js";
import * as ort from "./ort.wasm.min.mjs";

const INPUT = "image";
const OUTPUT = "probabilities";
const BATCH = 7; // covered copies in the network at a time

ort.env.wasm.numThreads = 1; // more need headers that a static host doesn't send
ort.env.wasm.wasmPaths = new URL(".", import.meta.url).href;

const model = fetch("bundle.json").then((response) => response.json());
const session = ort.InferenceSession.create("model.onnx", { executionProviders: ["wasm"] });
let last = Promise.resolve(); // one image after another

async function run(images, size) {
  const pixels = new Uint8Array(images.length * size * size * 3);
  images.forEach((each, n) => pixels.set(each, n * size * size * 3));
  const input = new ort.Tensor("uint8", pixels, [images.length, size, size, 3]);
  const { [OUTPUT]: outputs } = await (await session).run({ [INPUT]: input });
  const width = outputs.dims[1];
  return images.map((_, n) => Array.from(outputs.data.subarray(n * width, (n + 1) * width)));
}

const KINDS = {
  model: () => model,
  service: async () => ({
    max_bytes: 100 * 2 ** 20, similar: false, heat_map: "occlusion",
    notice: (await model).data.generated ? GENERATED : null, started: Boolean(await session),
  }),
  predict: async (file) => {
    const manifest = await model;
    const { square } = await decoded(file, manifest.image);
    const [outputs] = await run([square.pixels], manifest.image.size);
    return answer(outputs, manifest);
  },
  explain: async (file) => {
    const manifest = await model;
    const { size } = manifest.image;
    const { square, shown } = await decoded(file, manifest.image);
    const judged = (outputs) => outputs.map((each) => malignancy(each, manifest.network));
    const [probability] = judged(await run([square.pixels], size));
    const copies = [...covered(square.pixels, size)];
    const after = [];
    for (let n = 0; n < copies.length; n += BATCH) {
      after.push(...judged(await run(copies.slice(n, n + BATCH), size)));
    }
    const { threshold } = manifest.operating_point;
    const map = await drawn(probability, after, threshold, manifest.image, shown);
    return { map, probability, lowest: Math.min(probability, ...after) };
  },
};

addEventListener("message", ({ data: { id, kind, file } }) => {
  last = last.then(async () => {
    try {
      postMessage({ id, answer: await KINDS[kind](file) });
    } catch (error) {
      const sentence = error instanceof Unreadable ? error.message : "The network could not be run.";
      postMessage({ id, error: sentence });
    }
  });
});
