// Making elements: all foreign text goes through textContent or a property, never through markup.

let numbers = 0;

/** Return an id that no other element of the page has. */
export function fresh(prefix) {
  numbers += 1;
  return `${prefix}-${numbers}`;
}

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "open", "selected", "type", "className", "textContent", "htmlFor"]);

/** Make an element: `said` are its properties, attributes and, under "on", what listens. */
export function el(tag, said = {}, ...inside) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(said)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [what, act] of Object.entries(value)) node.addEventListener(what, act);
    else if (PROPERTIES.has(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...inside.filter((one) => one !== undefined && one !== null && one !== false));
  return node;
}

/** Make a button of the hub's. */
export function button(words, act, said = {}) {
  return el("button", { type: "button", className: "hub-button", textContent: words, ...said, on: { click: act } });
}

/** Put these into a place instead of what is there. */
export function fill(place, ...inside) {
  place.replaceChildren(...inside.filter(Boolean));
}

/** Return a text cut to a length, with a word about it. */
export function cut(text, most) {
  return text.length > most ? `${text.slice(0, most)}… (cut, ${text.length.toLocaleString("en")} characters)` : text;
}

/** Copy a text, and say so to whoever listens or looks. */
export async function copy(text, told) {
  try {
    await navigator.clipboard.writeText(text);
    told.textContent = "Copied.";
  } catch {
    told.textContent = "Your browser did not allow copying. Select the text instead.";
  }
}
