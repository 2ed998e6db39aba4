// A JSON value as a tree that opens and closes with keys and mouse (details and summary), bounded in size.
import { el, button, cut } from "./dom.js";

const AT_ONCE = 100;
const LONGEST = 2000;
const SMALL = 5000;

/** Return the tree of a value; a small one is open, of a large one the first level is. */
export function tree(value) {
  return branch(value, "", JSON.stringify(value).length < SMALL ? 4 : 1);
}

function branch(value, name, open) {
  if (typeof value !== "object" || value === null) return leaf(value, name);
  const entries = Object.entries(value);
  const list = Array.isArray(value);
  const summary = el("summary", {}, label(name), el("span", { className: "hub-help", textContent: counted(entries.length, list) }));
  const inside = el("ul", { class: "play-tree" });
  const node = el("details", { open: open > 0 }, summary, inside);
  const draw = () => { if (!inside.childElementCount) more(inside, entries, 0, open); };
  if (node.open) draw();
  else node.addEventListener("toggle", draw, { once: true });
  return node;
}

const counted = (number, list) => (list ? `[${number} ${number === 1 ? "item" : "items"}]` : `{${number} ${number === 1 ? "name" : "names"}}`);

function more(place, entries, from, open) {
  for (const [name, value] of entries.slice(from, from + AT_ONCE)) place.append(el("li", {}, branch(value, name, open - 1)));
  const left = entries.length - from - AT_ONCE;
  if (left <= 0) return;
  const line = el("li", {}, button(`${left} more`, () => { line.remove(); more(place, entries, from + AT_ONCE, open); }));
  place.append(line);
}

const label = (name) => (name === "" ? null : el("span", { class: "play-name", textContent: `${cut(name, LONGEST)}: ` }));

function leaf(value, name) {
  const kind = value === null ? "null" : typeof value;
  const text = kind === "string" ? JSON.stringify(cut(value, LONGEST)) : String(value);
  return el("span", { class: "play-leaf" }, label(name), el("span", { class: `play-${kind}`, textContent: text }));
}

const MOST_ROWS = 200;
const MOST_COLUMNS = 20;

/** Return a table of a list of flat objects, or null for any other value. */
export function table(value) {
  if (!Array.isArray(value) || !value.length || !value.every(flat)) return null;
  const names = [...new Set(value.slice(0, MOST_ROWS).flatMap((row) => Object.keys(row)))];
  if (!names.length || names.length > MOST_COLUMNS) return null;
  const head = el("tr", {}, ...names.map((name) => el("th", { scope: "col", textContent: cut(name, 60) })));
  const rows = value.slice(0, MOST_ROWS).map((row) => el("tr", {}, ...names.map((name) => el("td", { textContent: shown(row, name) }))));
  const node = el("div", { class: "hub-scroll", tabindex: "0", role: "region", "aria-label": "Table" }, el("table", { class: "hub-table" }, el("thead", {}, head), el("tbody", {}, ...rows)));
  const words = value.length > MOST_ROWS ? `The first ${MOST_ROWS} of ${value.length} rows.` : `${value.length} ${value.length === 1 ? "row" : "rows"}.`;
  return el("div", {}, node, el("p", { className: "hub-help", textContent: words }));
}

const flat = (row) => typeof row === "object" && row !== null && !Array.isArray(row) && Object.values(row).every((one) => typeof one !== "object" || one === null);
const shown = (row, name) => (Object.hasOwn(row, name) ? (typeof row[name] === "string" ? cut(row[name], 300) : String(row[name])) : "");
