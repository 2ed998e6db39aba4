// A list that keeps itself up to date: <div data-list="address of its rows">, asked with the page's own query.
// Rows are known by [data-row]. While one is ticked or has the focus, rows are renewed where they stand, and
// none comes, goes or moves.
import { keepAsking } from "./asking.js";

const EVERY = 2500; // milliseconds between two questions
const WORDS = {
  live: "Live: rows change by themselves.",
  paused: "Paused. What changes meanwhile is shown when you go on.",
  late: "The hub does not answer now. What is shown was true last.",
};

const key = (body) => body.querySelector("[data-row]")?.dataset.row;

function renew(body, fresh) {
  const cells = [...(body.querySelector("tr.data-row")?.cells || [])];
  const news = [...(fresh.querySelector("tr.data-row")?.cells || [])];
  cells.forEach((cell, place) => {
    const other = news[place];
    if (!other || cell.querySelector("input") || cell.contains(document.activeElement)) return;
    if (cell.innerHTML !== other.innerHTML) cell.innerHTML = other.innerHTML; // rendered and escaped by the hub
  });
}

function bind(table) {
  // The list's own script knows the boxes that were there when it began.
  const form = table.closest("form");
  const boxes = form.querySelectorAll("tr input.action-select");
  const toggle = form.querySelector(".action-toggle");
  if (!boxes.length || !toggle || !window.Actions) return;
  toggle.replaceWith(toggle.cloneNode(true));
  const counter = form.querySelector(".action-counter");
  if (counter) counter.dataset.actionsIcnt = String(boxes.length);
  window.Actions(boxes, { parent: form });
}

function show(table, fresh) {
  const known = new Map([...table.tBodies].map((body) => [key(body), body]));
  const order = [...fresh.tBodies].map((body) => {
    const there = known.get(key(body));
    if (!there) {
      body.querySelector("tr.data-row")?.classList.add("hub-new");
      return body;
    }
    renew(there, body);
    return there;
  });
  if (table.querySelector("input:checked") || table.contains(document.activeElement)) return;
  const same = order.length === table.tBodies.length && order.every((body, place) => body === table.tBodies[place]);
  if (same) return;
  const came = order.some((body) => !table.contains(body));
  [...table.tBodies].filter((body) => !order.includes(body)).forEach((body) => body.remove());
  table.append(...order);
  if (came) bind(table);
}

function take(text) {
  const found = document.createElement("template");
  found.innerHTML = text; // rendered and escaped by the hub
  const fresh = found.content.querySelector("#result_list");
  const table = document.getElementById("result_list");
  if (Boolean(fresh) !== Boolean(table)) return location.reload(); // the first row came, or the last one went
  if (table) show(table, fresh);
}

document.querySelectorAll("[data-list]").forEach((part) => {
  keepAsking(part, { every: EVERY, words: WORDS, address: () => part.dataset.list + location.search, take });
});
