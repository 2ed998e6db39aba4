// A result by its type. Everything in it is foreign: text stays text, images and sounds are data: addresses.
import { el, cut } from "./dom.js";
import { same } from "./schema.js";
import { table, tree } from "./tree.js";

const LONGEST = 100_000;
const MOST_PARTS = 200;
const MOST_BYTES = 12 * 1024 * 1024;
const IMAGES = /^image\/(png|jpeg|gif|webp|avif|bmp|svg\+xml)$/;
const SOUNDS = /^audio\/[a-z0-9.+-]{1,40}$/;
const BASE64 = /^[A-Za-z0-9+/=_-]*$/;

/** Return the nodes of a result; `tries` gives the address of a resource's own playground. */
export function drawn(kind, result, tries = () => null) {
  if (kind === "tool") return toolResult(result, tries);
  if (kind === "prompt") return (result.messages || []).slice(0, MOST_PARTS).map((one) => message(one, tries));
  return bounded(result.contents || [], (one) => contents(one));
}

function toolResult(result, tries) {
  const { structuredContent: said } = result;
  const known = (one) => said !== undefined && one?.type === "text" && same(json(String(one.text)), said);
  const parts = bounded(result.content || [], (one) => (known(one) ? again(one.text) : part(one, tries)));
  if (said !== undefined) parts.unshift(structured(said));
  if (result.isError) parts.unshift(el("p", { class: "play-failed", textContent: "The tool says that it failed (isError)." }));
  if (!parts.length) parts.push(el("p", { className: "hub-help", textContent: "The result is empty." }));
  return parts;
}

function bounded(list, draw) {
  const parts = list.slice(0, MOST_PARTS).map(draw);
  if (list.length > MOST_PARTS) parts.push(el("p", { className: "hub-help", textContent: `${list.length - MOST_PARTS} more are not shown.` }));
  return parts;
}

const titled = (words, ...inside) => el("section", { class: "play-part" }, el("h3", { class: "play-kind", textContent: words }), ...inside);

const again = (text) => el("details", { class: "play-part" }, el("summary", { textContent: "The same as text" }), plain(text));

function structured(value) {
  const only = typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 1 ? Object.values(value)[0] : value;
  return titled("Structured content", table(only), tree(value));
}

function message(one, tries) {
  return titled(`Message of the ${one.role}`, part(one.content || {}, tries));
}

const DRAW = {
  text: (one) => text(one.text),
  image: (one) => media("Image", IMAGES, one.mimeType, one.data, (said) => el("img", { class: "play-image", alt: "The image that came as a result", ...said })),
  audio: (one) => media("Sound", SOUNDS, one.mimeType, one.data, (said) => el("audio", { controls: true, "aria-label": "The sound that came as a result", ...said })),
  resource_link: (one, tries) => link(one, tries),
  resource: (one) => titled("Embedded resource", contents(one.resource || {})),
};

function part(one, tries) {
  const draw = Object.hasOwn(DRAW, one?.type) ? DRAW[one.type] : null;
  return draw ? draw(one, tries) : titled(`Content of the kind ${cut(String(one?.type), 60)}`, tree(one));
}

/** A text, and if it is JSON also its table or tree. */
function text(said) {
  const whole = String(said ?? "");
  const value = json(whole);
  if (value === undefined) return titled("Text", plain(whole));
  return titled("Text, which is JSON", table(value), tree(value), el("details", {}, el("summary", { textContent: "As it came" }), plain(whole)));
}

const plain = (whole) => el("pre", { class: "hub-code", tabindex: "0", textContent: cut(whole, LONGEST) });

function json(whole) {
  if (!/^\s*[[{]/.test(whole) || whole.length > LONGEST * 10) return undefined;
  try { return JSON.parse(whole); } catch { return undefined; }
}

function media(words, known, type, data, make) {
  const bytes = String(data ?? "");
  const size = `${String(type)}, about ${Math.ceil((bytes.length * 3) / 4 / 1024).toLocaleString("en")} KiB`;
  const fits = known.test(String(type)) && bytes.length <= MOST_BYTES && BASE64.test(bytes);
  const shown = fits ? make({ src: `data:${type};base64,${bytes}` }) : el("p", { textContent: "It is of a kind or size that is not shown here." });
  return titled(words, shown, el("p", { className: "hub-help", textContent: size }));
}

function link(one, tries) {
  const address = cut(String(one.uri ?? ""), 4096);
  const there = tries(address);
  const node = there ? el("a", { class: "text-link hub-break", href: there, textContent: address }) : el("code", { class: "hub-break", textContent: address });
  const words = [one.title || one.name, one.description, one.mimeType].filter((said) => typeof said === "string").join(", ");
  return titled("Link to a resource", el("p", {}, node), el("p", { className: "hub-help", textContent: cut(words, 1000) }));
}

/** What was read at an address: text, an image, a sound, or bytes. */
function contents(one) {
  const head = el("p", { className: "hub-help hub-break", textContent: [one.uri, one.mimeType].filter(Boolean).join(", ").slice(0, 4096) });
  if (typeof one.text === "string") return el("div", {}, head, text(one.text));
  const type = String(one.mimeType || "");
  if (IMAGES.test(type)) return el("div", {}, head, DRAW.image({ mimeType: type, data: one.blob }));
  if (SOUNDS.test(type)) return el("div", {}, head, DRAW.audio({ mimeType: type, data: one.blob }));
  const size = Math.ceil((String(one.blob ?? "").length * 3) / 4);
  return el("div", {}, head, el("p", { textContent: `${size.toLocaleString("en")} bytes, which are not shown.` }));
}
