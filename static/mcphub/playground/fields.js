// The field of any schema: single values, objects, arrays, choices; what cannot be drawn is raw JSON.
import { el, fresh, button, fill } from "./dom.js";
import * as scalars from "./scalars.js";
import { array, map, object } from "./composites.js";
import { choices, kindOf, settled } from "./schema.js";

const SINGLE = {
  string: scalars.text, number: scalars.number, integer: scalars.number, boolean: scalars.truth,
  null: scalars.nothing, enum: scalars.enumerated, const: scalars.fixed, raw: scalars.raw,
};
const DEEPEST = 24;
const MOST_FIELDS = 2000;

/** Return what all fields of one form share: how many more may be drawn before the rest is raw JSON. */
export const budget = () => ({ left: MOST_FIELDS, renew() { this.left = MOST_FIELDS; } });

/** Make the field of a schema; `context` has root, schema, name, path, required and changed. */
export function field(context) {
  const schema = settled(context.schema, context.root);
  const here = { ...context, schema, make: field, depth: (context.depth || 0) + 1, budget: context.budget || budget() };
  here.budget.left -= 1;
  if (here.depth > DEEPEST || here.budget.left < 0) return scalars.raw({ ...here, schema: { description: schema.description } });
  return schema["x-nullable"] ? nullable(here) : plain(here);
}

function plain(context) {
  const kind = kindOf(context.schema);
  if (kind in SINGLE) return SINGLE[kind](context);
  if (kind === "choice") return choice(context);
  if (kind === "array") return array(context);
  return isMap(context.schema) ? map(context) : object(context);
}

const isMap = (schema) => {
  const closed = schema.additionalProperties === false && !schema.patternProperties;
  return !closed && !Object.keys(schema.properties || {}).length;
};

/** A value, or null if its box is ticked. */
function nullable(context) {
  const inner = plain({ ...context, schema: { ...context.schema, "x-nullable": undefined, default: context.schema.default ?? undefined } });
  const box = el("input", { type: "checkbox", id: fresh("null") });
  const set = (on) => { box.checked = on; inner.node.inert = on; };
  box.addEventListener("change", () => { set(box.checked); context.changed(); });
  const line = el("div", { class: "play-null" }, box, el("label", { htmlFor: box.id, textContent: `${context.name}: null` }));
  set(context.schema.default === null);
  return {
    ...inner,
    node: el("div", { class: "play-nullable" }, inner.node, line),
    read: () => (box.checked ? null : inner.read()),
    write: (value) => {
      set(value === null);
      return value === null ? true : inner.write(value);
    },
    check: () => (box.checked ? [] : inner.check()),
  };
}

/** One of several schemas: which, and its field. A value that is written chooses the first that takes it. */
function choice(context) {
  const ways = choices(context.schema, context.root);
  const select = el("select", { id: fresh("way"), class: "play-input" }, ...ways.map((way, at) => el("option", { value: String(at), textContent: way.name })));
  const place = el("div", { class: "play-way" });
  let inner = null;
  const choose = (at) => {
    select.value = String(at);
    const of = { ...ways[at].schema, description: ways[at].schema.description };
    inner = field({ ...context, schema: of, name: ways[at].name, quiet: true });
    fill(place, inner.node);
  };
  select.addEventListener("change", () => { choose(Number(select.value)); context.changed(); });
  const frame = scalars.framed(context, select);
  frame.node.append(place);
  choose(0);
  const self = {
    ...frame,
    read: () => inner.read(),
    write: (value) => {
      const first = Number(select.value);
      if (value === undefined) return inner.write(value);
      for (const at of [first, ...ways.keys()]) {
        if (at !== Number(select.value)) choose(at);
        if (inner.write(value)) return true;
      }
      choose(first);
      return false;
    },
    check: () => inner.check(),
    find: (path) => (inner.find ? inner.find(path) : inner),
  };
  if (context.schema.default !== undefined) self.write(context.schema.default);
  return self;
}

/** Make a part that is there only once it is wanted: optional objects and lists, and what refers to itself. */
export function wanted(context) {
  const place = el("div", { class: "play-wanted" });
  let inner = null;
  const none = () => {
    inner = null;
    fill(place, button(`Add ${context.name}`, () => { some(); context.changed(); inner.focus?.(); }));
  };
  const some = () => {
    inner = field({ ...context, required: true, quiet: true });
    fill(place, inner.node, button(`Remove ${context.name}`, () => { none(); context.changed(); }));
  };
  if (settled(context.schema, context.root).default === undefined) none();
  else some();
  return {
    node: place,
    tell: (words) => inner?.tell(words),
    read: () => inner?.read(),
    write: (value) => {
      if (value === undefined) { none(); return true; }
      if (!inner) some();
      return inner.write(value);
    },
    check: () => (inner ? inner.check() : []),
    find: (path) => (inner?.find ? inner.find(path) : inner),
  };
}
