// Where answers come from: the server that this page was loaded from.

/** An error whose text is a sentence for the user. */
export class Refusal extends Error {}

export const PRIVACY =
  "Pictures are sent to the server that this page comes from; it keeps none of them.";

const wait = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

async function asked(path, options = {}) {
  for (;;) {
    let response;
    try {
      response = await fetch(path, options);
    } catch {
      throw new Refusal("The server does not answer. Is it still running?");
    }
    if (response.ok) return response;
    if (response.status === 429) {
      await wait(Number(response.headers.get("Retry-After")) || 1);
      continue;
    }
    const answer = await response.json().catch(() => ({}));
    throw new Refusal(answer.error ?? `The server answered with status ${response.status}.`);
  }
}

const sent = (path, file) =>
  asked(path, {
    method: "POST",
    body: file,
    headers: { "Content-Type": file.type || "application/octet-stream" },
  });

/** Return the manifest of the network. */
export const model = async () => (await asked("v1/model")).json();

/** Return what the server can do. */
export const service = async () => (await asked("v1/service")).json();

/** Return the prediction for a file. */
export const predict = async (file) => (await sent("v1/predict", file)).json();

/** Return the most similar training images of a file. */
export const similar = async (file) => (await sent("v1/similar?count=6", file)).json();

/** Return the heat map of a file: a picture with transparency, and two probabilities. */
export async function explain(file) {
  const response = await sent("v1/explain?layer=map", file);
  return {
    map: await response.blob(),
    probability: Number(response.headers.get("Lesion-Probability")),
    lowest: Number(response.headers.get("Lesion-Lowest")),
  };
}
