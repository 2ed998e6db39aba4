// The exchange as it was: each message with its direction, its headers and its moment; tokens are never in it.
import { el, button, copy, cut } from "./dom.js";

const MOST = 500;
const LONGEST = 50_000;

/** Keep the messages of runs, and show them in a place. */
export class Exchange {
  constructor(place, told, count) { Object.assign(this, { place, told, count, lines: [], began: 0, gone: 0 }); }

  /** Begin anew. */
  clear() {
    this.lines = [];
    this.gone = 0;
    this.began = performance.now();
    this.place.replaceChildren();
    this.counted();
  }

  keep(line) {
    const at = Math.round(performance.now() - this.began);
    const kept = { at, ...line };
    if (this.lines.length >= MOST) { this.gone += 1; this.counted(); return; }
    this.lines.push(kept);
    this.place.append(this.drawn(kept));
    this.counted();
  }

  counted() {
    const gone = this.gone ? `, ${this.gone} more are not shown` : "";
    this.count.textContent = `${this.lines.length} ${this.lines.length === 1 ? "message" : "messages"}${gone}`;
  }

  drawn(line) {
    const mine = line.from === "you";
    const whole = textOf(line);
    const title = `${mine ? "to the hub" : "from the hub"}: ${nameOf(line)}`;
    const head = el("summary", {}, el("span", { class: mine ? "play-to" : "play-from", "aria-hidden": "true", textContent: mine ? "→ " : "← " }), el("span", { class: "hub-break", textContent: title }), el("span", { class: "hub-help", textContent: ` ${line.at} ms` }));
    const pre = el("pre", { class: "hub-code", tabindex: "0", textContent: cut(whole, LONGEST) });
    return el("li", {}, el("details", {}, head, pre, button("Copy", () => copy(whole, this.told), { "aria-label": `Copy: ${title}` })));
  }
}

function nameOf({ message, verb, status }) {
  if (verb === "GET") return "GET, for the rest of the stream";
  const state = status ? `HTTP ${status}` : "";
  if (typeof message !== "object" || message === null) return [state, message ? String(message).slice(0, 40) : ""].filter(Boolean).join(", ");
  const name = message.method || (message.error ? `error ${message.error.code}` : "result");
  return [cut(String(name), 80), message.id === undefined ? "" : `id ${JSON.stringify(message.id)}`, state].filter(Boolean).join(", ");
}

function textOf({ headers, message, verb, status, event }) {
  const first = verb ? [`${verb}`] : status ? [`HTTP ${status}`] : event ? [`id: ${event}`] : [];
  const lines = [...first, ...Object.entries(headers || {}).map(([name, value]) => `${name}: ${value}`)];
  const body = message === null || message === undefined ? "" : typeof message === "string" ? message : JSON.stringify(message, null, 2);
  return [lines.join("\n"), body].filter(Boolean).join("\n\n");
}
