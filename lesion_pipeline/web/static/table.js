// All pictures as a table that sorts, filters and saves itself as CSV.

import { h } from "./dom.js";
import { csv, csvRow, percent, shifted } from "./numbers.js";

const view = { sort: "number", down: false, side: "all", text: "" };

const COLUMNS = [
  ["file", "File"],
  ["decision", "Called"],
  ["probability", "Probability"],
  ["calibrated", "Calibrated"],
  ["shifted", "At prevalence"],
  ["diagnosis", "Diagnosis"],
];

const value = {
  number: (item) => item.number,
  file: (item) => item.name,
  decision: (item) => item.answer?.predicted_class ?? (item.error ? "not judged" : "waiting"),
  probability: (item) => item.answer?.probability_malignant ?? -1,
  calibrated: (item) => item.answer?.probability_calibrated ?? -1,
  shifted: (item) => item.answer?.probability_calibrated ?? -1, // the same order
  diagnosis: (item) => item.answer?.diagnosis ?? "",
};

/** Show the table; `actions` are select(item, focus) and clear(). */
export function showTable(place, state, actions) {
  if (!place.firstChild) place.append(...frame(place, state, actions));
  rows(place, state, actions);
}

function frame(place, state, actions) {
  const again = () => rows(place, state, actions);
  const side = h("select", { id: "side", onchange: () => { view.side = side.value; again(); } },
    [["all", "all"], ["malignant", "called malignant"], ["benign", "called benign"],
      ["not judged", "not judged"]]
      .map(([each, text]) => h("option", { value: each }, text)));
  side.value = view.side;
  const text = h("input", { id: "filter", type: "search", value: view.text, placeholder: "part of a name",
    oninput: () => { view.text = text.value; again(); } });
  const heads = COLUMNS.filter(([key]) => key !== "diagnosis" || state.model.network.outputs.length > 1)
    .map(([key, label]) => h("th", { scope: "col", className: key, "data-key": key },
      h("button", { type: "button", onclick: () => {
        view.down = view.sort === key ? !view.down : ["probability", "calibrated", "shifted"].includes(key);
        view.sort = key;
        again();
      } }, label)));
  return [
    h("div", { className: "tools" },
      h("h2", { id: "list-title" }, "Pictures"),
      h("label", { htmlFor: "side" }, "Show "), side,
      h("label", { htmlFor: "filter", className: "hidden" }, "Filter by name"), text,
      h("button", { type: "button", id: "save", onclick: () => save(state) }, "Save as CSV"),
      h("button", { type: "button", id: "clear", className: "secondary", onclick: actions.clear }, "Remove all")),
    h("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: "Table of pictures" },
      h("table", { className: "list" },
        h("caption", { className: "hidden" }, "Predictions; a column's button sorts by it"),
        h("thead", {}, h("tr", {}, h("th", { scope: "col", className: "thumb" },
          h("span", { className: "hidden" }, "Picture")), heads)),
        h("tbody"))),
    h("p", { className: "quiet", id: "shown" }),
  ];
}

function shownItems(state) {
  const wanted = view.text.toLowerCase();
  const found = state.items.filter((item) =>
    (view.side === "all" || value.decision(item) === view.side) &&
    item.name.toLowerCase().includes(wanted));
  const by = value[view.sort];
  const sign = view.down ? -1 : 1;
  return found.sort((a, b) => sign * compared(by(a), by(b)) || a.number - b.number);
}

const compared = (a, b) => typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });

function rows(place, state, actions) {
  const items = shownItems(state);
  for (const head of place.querySelectorAll("thead th[data-key]")) {
    const sorted = head.dataset.key === view.sort;
    head.ariaSort = sorted ? (view.down ? "descending" : "ascending") : "none";
  }
  place.querySelector("tbody").replaceChildren(...items.map((item) => row(item, state, actions)));
  place.querySelector("#shown").textContent =
    items.length === state.items.length ? "" : `${items.length} of ${state.items.length} pictures shown`;
}

function row(item, state, actions) {
  const { answer } = item;
  const chosen = state.selected === item;
  const number = (text, key) => h("td", { className: `number ${key}` }, answer ? percent(text()) : "");
  const button = h("button", { type: "button", className: "name-button", disabled: !answer && !item.error,
    ariaCurrent: chosen ? "true" : "false", onclick: () => actions.select(item, true) }, item.name);
  const decision = value.decision(item);
  return h("tr", { className: chosen ? "chosen" : "" },
    h("td", { className: "thumb" }, item.error ? null : (item.thumb ??= h("img", { src: item.url, alt: "", loading: "lazy",
      width: 48, height: 36 }))),
    h("th", { scope: "row", className: "name" }, button,
      item.error ? h("span", { className: "reason" }, item.error) : null),
    h("td", { className: `decision is-${decision}` }, decision),
    number(() => answer.probability_malignant, "probability"),
    number(() => answer.probability_calibrated, "calibrated"),
    number(() => shifted(answer, state.model, state.prevalence), "shifted"),
    state.model.network.outputs.length > 1
      ? h("td", { className: "diagnosis" }, answer?.diagnosis ?? "") : null);
}

function save(state) {
  const table = shownItems(state).filter((item) => item.answer || item.error)
    .map((item) => csvRow(item, state.model, state.prevalence));
  const url = URL.createObjectURL(new Blob([csv(table)], { type: "text/csv" }));
  h("a", { href: url, download: "predictions.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
