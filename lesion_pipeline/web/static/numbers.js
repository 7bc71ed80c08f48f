// Figures and how they are put into words. Nothing here touches the page.

export const DIAGNOSES = {
  akiec: "actinic keratosis or intraepithelial carcinoma",
  bcc: "basal cell carcinoma",
  bkl: "benign keratosis-like lesion",
  df: "dermatofibroma",
  mel: "melanoma",
  nv: "melanocytic nevus",
  vasc: "vascular lesion",
  malignant: "malignant",
};

const CLOSEST = 1e-7; // as evaluation/calibrator.py

const clipped = (p) => Math.min(Math.max(p, CLOSEST), 1 - CLOSEST);
const logit = (p) => Math.log(clipped(p)) - Math.log1p(-clipped(p));
const expit = (x) => 1 / (1 + Math.exp(-x));

/** Shift a calibrated probability to where another fraction is malignant (Bayes' rule). */
export function atPrevalence(calibrated, known, wanted) {
  return expit(logit(calibrated) + logit(wanted) - logit(known));
}

/** Return the malignant fraction of the images that the calibrator was fitted to. */
export function knownPrevalence(model) {
  const { malignant, images } = model.evaluation.val;
  return malignant / images;
}

const SPACE = "\u00a0"; // a line isn't broken before the sign

/** Write a probability as a percentage; never as certain. */
export function percent(p, digits = 1) {
  if (p === null || p === undefined) return "–";
  const least = 10 ** -(digits + 2);
  if (p < least) return `<${SPACE}${(100 * least).toFixed(digits)}${SPACE}%`;
  if (p > 1 - least) return `>${SPACE}${(100 * (1 - least)).toFixed(digits)}${SPACE}%`;
  return `${(100 * p).toFixed(digits)}${SPACE}%`;
}

const ofHundred = (p) => String(Math.round(100 * p));

function interval(bounds) {
  if (!bounds || bounds[0] === null || bounds[1] === null) return "";
  return ` (95${SPACE}% interval ${ofHundred(bounds[0])} to ${ofHundred(bounds[1])})`;
}

/** Say what the operating point found on the test part, in sentences. */
export function operatingPoint(model) {
  const rates = model.operating_point.test.lesions;
  const wrong = rates.specificity_interval?.map((each) => (each === null ? null : 1 - each));
  const malignant = rates.tp + rates.fn;
  const benign = rates.tn + rates.fp;
  const sentences = [];
  if (rates.sensitivity !== null && rates.sensitivity !== undefined) {
    sentences.push(
      `Of 100 malignant lesions like those it was tested on, it finds ` +
        `${ofHundred(rates.sensitivity)}${interval(rates.sensitivity_interval)}.`,
    );
  }
  if (rates.specificity !== null && rates.specificity !== undefined) {
    sentences.push(
      `Of 100 benign ones it calls ${ofHundred(1 - rates.specificity)} ` +
        `malignant${interval(wrong?.reverse())}.`,
    );
  }
  sentences.push(`Tested on ${malignant} malignant and ${benign} benign lesions.`);
  return sentences;
}

/** Return the columns of `lesion predict` for one picture that is done. */
export function csvRow(item, model, prevalence) {
  const answer = item.answer;
  const row = { image: item.name };
  const names = model.network.outputs;
  const value = (key) => (answer ? answer[key] : "");
  row.probability_malignant = value("probability_malignant");
  row.probability_calibrated = value("probability_calibrated");
  row.predicted_label = value("predicted_label");
  row.predicted_class = value("predicted_class");
  row.threshold = value("threshold");
  row.probability_at_prevalence = answer
    ? Number(shifted(answer, model, prevalence).toFixed(6))
    : "";
  row.prevalence = prevalence;
  if (names.length > 1) {
    row.diagnosis = value("diagnosis");
    for (const name of names) {
      row[`probability_${name}`] = answer ? answer.probabilities[name] : "";
    }
  }
  row.error = item.error ?? "";
  return row;
}

/** Return the probability of an answer where the fraction `prevalence` is malignant. */
export function shifted(answer, model, prevalence) {
  return atPrevalence(answer.probability_calibrated, knownPrevalence(model), prevalence);
}

/** Write rows of equal keys as CSV (RFC 4180). */
export function csv(rows) {
  const quoted = (value) => {
    const text = String(value ?? "");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const keys = Object.keys(rows[0] ?? {});
  return [keys, ...rows.map((row) => keys.map((key) => row[key]))]
    .map((values) => values.map(quoted).join(",") + "\n")
    .join("");
}
