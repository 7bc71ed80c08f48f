// From a network's outputs to an answer: as serve/predict.py.

const CLOSEST = 1e-7;
const DISCLAIMER = "For research and education only, not for clinical use.";
export const GENERATED =
  "The network was trained on generated pictures: its predictions have no medical meaning.";

const clip = (p) => Math.min(Math.max(p, CLOSEST), 1 - CLOSEST);
export const logit = (p) => Math.log(clip(p)) - Math.log1p(-clip(p));
const expit = (x) => 1 / (1 + Math.exp(-x));
const six = (p) => Math.round(p * 1e6) / 1e6;

/** Return the probability of malignancy of one image's outputs. */
export function malignancy(outputs, network) {
  if (network.outputs.length === 1) return outputs[0];
  const wanted = network.outputs.map((name, n) => (network.malignant.includes(name) ? outputs[n] : 0));
  return Math.min(wanted.reduce((sum, each) => sum + each, 0), 1);
}

const CALIBRATORS = {
  none: (p) => p,
  platt: (p, { slope, intercept }) => clip(expit(slope * logit(p) + intercept)),
  isotonic: (p, { predicted, calibrated }) => {
    const after = predicted.findIndex((each) => each > p);
    if (after === 0) return calibrated[0];
    if (after < 0) return calibrated.at(-1);
    const share = (p - predicted[after - 1]) / (predicted[after] - predicted[after - 1]);
    return calibrated[after - 1] + share * (calibrated[after] - calibrated[after - 1]);
  },
};

/** Return the answer for one image's outputs, 0 to 1. */
export function answer(outputs, { network, operating_point: point, calibrator, data }) {
  const values = outputs.map(six);
  const probability = six(malignancy(values, network));
  const label = probability >= point.threshold ? 1 : 0;
  const best = outputs.indexOf(Math.max(...outputs));
  return {
    probability_malignant: probability,
    probability_calibrated: six(CALIBRATORS[calibrator.method](probability, calibrator)),
    predicted_label: label,
    predicted_class: ["benign", "malignant"][label],
    threshold: point.threshold,
    diagnosis: network.outputs.length > 1 ? network.outputs[best] : null,
    probabilities: Object.fromEntries(network.outputs.map((name, n) => [name, values[n]])),
    disclaimer: DISCLAIMER,
    generated: data.generated,
  };
}
