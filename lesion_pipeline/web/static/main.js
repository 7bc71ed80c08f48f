// The page: takes pictures, has them predicted a few at a time, shows a table and one result.

import * as backend from "./backend.js";
import { about } from "./about.js";
import { byId } from "./dom.js";
import { showResult } from "./result.js";
import { showTable } from "./table.js";

const AT_ONCE = 4; // pictures under way

const state = {
  items: [], // {number, name, file, url, answer, error}
  selected: null,
  prevalence: null,
  opacity: 0.7,
  model: null,
  service: null,
};
let waiting = [];
let running = 0;
let drawn = 0;

async function start() {
  try {
    [state.model, state.service] = await Promise.all([backend.model(), backend.service()]);
  } catch (error) {
    byId("subtitle").textContent = error.message;
    return;
  }
  const { model, service } = state;
  state.prevalence = model.evaluation.val.malignant / model.evaluation.val.images;
  byId("subtitle").textContent = `${model.name}: ${model.network.arch}, trained on ${model.data.attribution.title}`;
  byId("privacy").textContent = backend.PRIVACY;
  if (service.notice) {
    byId("notice").textContent = service.notice;
    byId("notice").hidden = false;
  }
  byId("drop-note").textContent =
    `JPEG or PNG, one lesion each, up to ${Math.round(service.max_bytes / 2 ** 20)} MB.`;
  about(byId("about"), state);
  listen();
  document.body.dataset.ready = "true";
}

function listen() {
  const files = byId("files");
  files.addEventListener("change", () => {
    add(files.files);
    files.value = "";
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) add(event.clipboardData.files);
  });
  const drop = byId("drop");
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    add(event.dataTransfer.files);
  });
}

function add(files) {
  for (const file of files) {
    const item = {
      number: state.items.length,
      name: file.name || "pasted picture",
      file,
      url: URL.createObjectURL(file),
    };
    state.items.push(item);
    waiting.push(item);
  }
  if (!files.length) return;
  draw();
  next();
}

function next() {
  while (running < AT_ONCE && waiting.length) {
    running += 1;
    work(waiting.shift()).finally(() => {
      running -= 1;
      next();
    });
  }
}

async function work(item) {
  try {
    if (item.file.size > state.service.max_bytes) {
      throw new backend.Refusal("The file is larger than this server takes.");
    }
    item.answer = await backend.predict(item.file);
  } catch (error) {
    item.error = error instanceof backend.Refusal ? error.message : "The picture can't be read.";
  }
  if (state.selected === null) state.selected = item;
  draw();
}

const done = (item) => item.answer || item.error;

function draw() {
  const ready = state.items.filter(done);
  tell(ready);
  const many = state.items.length > 1;
  byId("list").hidden = !many;
  if (many) showTable(byId("list"), state, { select, clear });
  if (state.selected && drawn !== state.selected) {
    drawn = state.selected;
    showResult(byId("result"), state, prevalenceChanged);
    byId("result").hidden = false;
  }
}

function tell(ready) {
  const count = state.items.length;
  const failed = ready.filter((item) => item.error).length;
  const status = byId("status");
  const fraction = count > 1 ? `${ready.length} of ${count} pictures done` : "";
  const one = count === 1 && !ready.length ? "Looking at the picture …" : fraction;
  const text = failed && count > 1 ? `${one}, ${failed} could not be read` : one;
  const last = ready.length === count && count === 1 ? ready[0] : null;
  status.textContent = last ? (last.error ?? `Called ${last.answer.predicted_class}.`) : text;
  status.classList.toggle("hidden", Boolean(last));
}

function select(item, focus = false) {
  state.selected = item;
  draw();
  const result = byId("result");
  if (focus) result.querySelector("h2")?.focus({ preventScroll: true });
  result.scrollIntoView({ block: "nearest" });
}

function clear() {
  state.items.forEach((item) => URL.revokeObjectURL(item.url));
  Object.assign(state, { items: [], selected: null });
  waiting = [];
  drawn = 0;
  for (const id of ["list", "result"]) {
    byId(id).replaceChildren();
    byId(id).hidden = true;
  }
  byId("status").textContent = "";
  byId("files").focus();
}

function prevalenceChanged(value) {
  state.prevalence = value;
  if (state.items.length > 1) showTable(byId("list"), state, { select, clear });
}

start();
