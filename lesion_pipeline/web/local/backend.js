// Where answers come from: a network that runs in this browser. Takes the place of the server's.

/** An error whose text is a sentence for the user. */
export class Refusal extends Error {}

export const PRIVACY = "Pictures stay on this device: the network runs in this browser.";

const worker = new Worker("worker.js", { type: "module" });
const waiting = new Map();
let count = 0;

worker.addEventListener("message", ({ data }) => {
  const { resolve, reject } = waiting.get(data.id);
  waiting.delete(data.id);
  if (data.error) reject(new Refusal(data.error));
  else resolve(data.answer);
});
worker.addEventListener("error", () => {
  for (const { reject } of waiting.values()) reject(new Refusal("The network could not be started."));
  waiting.clear();
});

function asked(kind, file) {
  count += 1;
  worker.postMessage({ id: count, kind, file });
  return new Promise((resolve, reject) => waiting.set(count, { resolve, reject }));
}

/** Return the manifest of the network. */
export const model = () => asked("model");

/** Return what this page can do. */
export const service = () => asked("service");

/** Return the prediction for a file. */
export const predict = (file) => asked("predict", file);

/** Return the heat map of a file: a picture with transparency, and two probabilities. */
export const explain = (file) => asked("explain", file);

/** There is no index here. */
export const similar = () => Promise.reject(new Refusal("This page has no index of similar pictures."));
