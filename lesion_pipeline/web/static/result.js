// One picture and what the network makes of it.

import * as backend from "./backend.js";
import { h } from "./dom.js";
import { DIAGNOSES, knownPrevalence, operatingPoint, percent, shifted } from "./numbers.js";

/** Show the selected picture; `changed` is told a new prevalence. */
export function showResult(place, state, changed) {
  const item = state.selected;
  if (!item.answer) {
    place.replaceChildren(
      h("article", { className: "card failed" },
        h("h2", { tabIndex: -1 }, "No result"),
        h("p", { className: "name" }, item.name),
        h("p", {}, `This picture was not judged: ${item.error}`)),
    );
    return;
  }
  place.replaceChildren(
    h("article", { className: `card ${item.answer.predicted_class}` },
      h("div", { className: "columns" },
        h("div", { className: "left" }, picture(item, state), diagnoses(item.answer, state.model)),
        h("div", { className: "right" }, verdict(item, state), probabilities(item, state, changed))),
      state.service.similar ? similar(item, state) : null),
  );
}

function verdict(item, state) {
  const { answer } = item;
  const side = answer.predicted_label ? "at or above" : "below";
  return h("section", { className: "verdict" },
    h("h2", { tabIndex: -1 }, h("span", { className: "mark", ariaHidden: "true" }),
      `Called ${answer.predicted_class}`),
    h("p", { className: "disclaimer" },
      `${answer.disclaimer} Not a diagnosis: have a lesion that worries you seen by a doctor, whatever stands here.`),
    answer.generated ? h("p", { className: "disclaimer" }, state.service.notice) : null,
    h("p", { className: "name" }, item.name),
    scale(answer),
    h("p", {}, `The network's probability of malignancy, ${percent(answer.probability_malignant)}, ` +
      `is ${side} the threshold of ${percent(answer.threshold)}.`),
    h("p", { className: "plain" }, operatingPoint(state.model).join(" ")));
}

function scale(answer) {
  const at = (p) => `${(100 * p).toFixed(2)}%`;
  const marker = h("span", { className: "marker" });
  const threshold = h("span", { className: "tick" });
  const high = h("span", { className: "high" });
  marker.style.left = at(Math.min(Math.max(answer.probability_malignant, 0.01), 0.99)); // in sight
  threshold.style.left = at(answer.threshold);
  high.style.left = at(answer.threshold);
  const label = h("span", { className: "tick-label" }, "threshold");
  label.style.left = at(Math.min(Math.max(answer.threshold, 0.08), 0.92));
  return h("div", { className: "scale", role: "img",
    ariaLabel: `${percent(answer.probability_malignant)} on a scale from 0 to 100 %, threshold ${percent(answer.threshold)}` },
    h("div", { className: "track" }, high, threshold, marker), label,
    h("span", { className: "end" }, "0 %"), h("span", { className: "end last" }, "100 %"));
}

function probabilities(item, state, changed) {
  const { answer } = item;
  const known = knownPrevalence(state.model);
  const out = h("output", { htmlFor: "prevalence", className: "figure" });
  const said = h("span", { className: "quiet" });
  const words = h("strong");
  const slider = h("input", { type: "range", id: "prevalence", min: -3, max: 0, step: 0.01,
    value: String(Math.log10(state.prevalence).toFixed(2)),
    oninput: () => show(fraction(slider.value), true) });
  function show(wanted, tell) {
    out.textContent = percent(shifted(answer, state.model, wanted));
    words.textContent = percent(wanted);
    slider.ariaValueText = `${percent(wanted)} malignant`;
    said.textContent = Math.abs(wanted - known) < 1e-9 ? " (this collection)" : "";
    if (tell) changed(wanted);
  }
  show(state.prevalence, false);
  const reset = h("button", { type: "button", className: "link", onclick: () => {
    slider.value = String(Math.log10(known));
    show(known, true);
  } }, "as in the collection");
  return h("section", { className: "probabilities" },
    h("h3", {}, "How probable is malignancy?"),
    h("dl", {},
      h("div", {}, h("dt", {}, "As the network gives it"),
        h("dd", { className: "figure" }, percent(answer.probability_malignant))),
      h("div", {}, h("dt", {}, "Calibrated, ",
        h("span", { className: "quiet" }, `where ${percent(known)} are malignant, as in its collection`)),
        h("dd", { className: "figure" }, percent(answer.probability_calibrated))),
      h("div", {}, h("dt", {}, h("label", { htmlFor: "prevalence" }, "Calibrated, where ", words,
        " of such lesions are malignant"), said), h("dd", {}, out))),
    h("div", { className: "prevalence" }, slider,
      h("span", { className: "quiet" }, "0.1 %"), reset, h("span", { className: "quiet" }, "90 %")));
}

const HIGHEST = 0.9;
const fraction = (log) => Math.min(10 ** Number(log), HIGHEST);

function diagnoses(answer, model) {
  const names = model.network.outputs;
  if (names.length === 1) return null;
  const malignant = new Set(model.network.malignant);
  const ordered = [...names].sort((a, b) => answer.probabilities[b] - answer.probabilities[a]);
  return h("section", { className: "diagnoses" },
    h("h3", {}, "By diagnosis"),
    h("table", { className: "bars" },
      h("caption", { className: "hidden" }, "Probability of each diagnosis, as the network gives it"),
      h("tbody", {}, ordered.map((name) => {
        const bar = h("span", { className: "bar" });
        bar.style.width = `${Math.max(100 * answer.probabilities[name], 0.4)}%`;
        return h("tr", { className: malignant.has(name) ? "is-malignant" : "is-benign" },
          h("th", { scope: "row" }, DIAGNOSES[name],
            h("span", { className: "side" }, malignant.has(name) ? " malignant" : " benign")),
          h("td", { className: "bar-cell", ariaHidden: "true" }, bar),
          h("td", { className: "number" }, percent(answer.probabilities[name])));
      }))));
}

function picture(item, state) {
  const overlay = h("img", { className: "map", alt: "", hidden: true });
  const note = h("p", { className: "quiet map-note" }, "Computing the heat map …");
  const slider = h("input", { type: "range", id: "opacity", min: 0, max: 1, step: 0.01,
    value: String(state.opacity), disabled: true, oninput: () => {
      state.opacity = Number(slider.value);
      overlay.style.opacity = slider.value;
    } });
  explained(item).then((found) => {
    overlay.src = found.url;
    overlay.style.opacity = slider.value;
    overlay.hidden = false;
    slider.disabled = false;
    overlay.alt = "Heat map: the brighter, the more the place raises the probability of malignancy";
    note.textContent = words(found, item.answer);
  }, (error) => {
    note.textContent = `No heat map: ${error.message}`;
  });
  return h("figure", { className: "picture" },
    h("div", { className: "stack" },
      h("img", { src: item.url, alt: `The picture ${item.name}` }), overlay),
    h("figcaption", {},
      h("div", { className: "opacity" }, h("label", { htmlFor: "opacity" }, "Heat map"), slider),
      h("div", { className: "legend", ariaHidden: "true" }, h("span", {}, "no evidence"),
        h("span", { className: "ramp" }), h("span", {}, "most evidence for malignant")),
      note,
      h("img", { src: item.url, alt: "", className: "plain-picture", loading: "lazy" })));
}

function explained(item) {
  item.map ??= backend.explain(item.file).then((found) => ({
    ...found, url: URL.createObjectURL(found.map),
  }));
  item.map.catch(() => { item.map = undefined; });
  return item.map;
}

function words(found, answer) {
  const moved = found.probability - found.lowest;
  if (moved <= 0) return "Covering any one place does not lower the probability.";
  const dimmed = answer.predicted_label ? "" :
    " As the probability is below the threshold, the whole map is dimmed in proportion.";
  return "Each place was covered with the colour of the picture's border. Bright places lower the " +
    `probability most: at most from ${percent(found.probability)} to ${percent(found.lowest)}. ` +
    `Colours are relative to this picture.${dimmed}`;
}

const SAME = 0.9995; // similarity of the same picture, decoded again

function similar(item, state) {
  const place = h("ul", { className: "similar", ariaBusy: "true" });
  const note = h("p", { className: "quiet" },
    "By the network's own view, which need not be a person's. From the training part.");
  item.similar ??= backend.similar(item.file);
  item.similar.then(({ images }) => {
    place.ariaBusy = "false";
    if (images[0]?.similarity >= SAME) {
      note.textContent += " The first seems to be this very picture: the network was trained on it, " +
        "so its prediction here shows nothing.";
    }
    place.replaceChildren(...images.map((each) =>
      h("li", { className: each.malignant ? "is-malignant" : "is-benign" },
        each.picture
          ? h("img", { src: each.picture.replace(/^\//, ""), alt: "", width: 120, height: 90 })
          : h("span", { className: "no-picture" }, "no picture here"),
        h("span", { className: "dx" }, DIAGNOSES[each.diagnosis] ?? each.diagnosis),
        h("span", { className: "side" }, each.malignant ? "malignant" : "benign"),
        h("span", { className: "quiet id" }, `${each.image_id}, similarity ${each.similarity.toFixed(2)}`))));
  }, (error) => {
    item.similar = undefined;
    note.textContent = error.message;
  });
  return h("section", { className: "similars" },
    h("h3", {}, "Most similar training pictures"), note, place);
}
