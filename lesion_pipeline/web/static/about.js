// What the network is and was tested on.

import { h } from "./dom.js";
import { DIAGNOSES, knownPrevalence, operatingPoint, percent } from "./numbers.js";

/** Show facts of the manifest. */
export function about(place, state) {
  const { model, service } = state;
  const { data, network } = model;
  const fact = (name, ...text) => h("div", {}, h("dt", {}, name), h("dd", {}, ...text));
  place.replaceChildren(
    h("h2", { id: "about-title" }, "What stands behind these numbers"),
    h("dl", { className: "facts" },
      fact("Operating point", `A picture is called malignant when the network's probability is at least ` +
        `${percent(model.operating_point.threshold)}. ${operatingPoint(model).join(" ")}`),
      fact("Trained on", `${data.attribution.title}, ${data.images} images of ${data.lesions} lesions ` +
        `(${data.attribution.source}; licence ${data.attribution.licence}).`),
      fact("Malignant", network.malignant.map((name) => DIAGNOSES[name] ?? name).join(", ")),
      fact("Prevalence", `${percent(knownPrevalence(model))} of the images that it was calibrated on are malignant. ` +
        "In a practice it is far less: a calibrated probability holds only where the prevalence is the same, " +
        "and the slider shifts it to another one by Bayes' rule."),
      fact("Network", `${network.arch}, ${network.total_parameters.toLocaleString("en")} parameters, pictures of ` +
        `${model.image.size} × ${model.image.size} pixels. It judges any picture, also one without a lesion.`),
      service.heat_map === "occlusion" ? fact("Heat map", "By occlusion: the network sees the picture again and again, " +
        "each time with one of 49 overlapping squares covered. It says what the network would predict without a place, " +
        "not what is medically wrong there.") : null),
  );
  place.hidden = false;
}
