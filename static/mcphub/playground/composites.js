// Fields that hold others: objects, lists, and objects whose names are free.
import { el, fresh, button, fill } from "./dom.js";
import { broken } from "./checking.js";
import { wanted } from "./fields.js";
import { isObject, kindOf, settled } from "./schema.js";

const COMPOSITE = new Set(["object", "array", "choice"]);
const MOST_ROWS = 500;

/** Make the frame of a part: its name, its words, what is in it, and what is wrong with it. */
function group(context, inside) {
  const error = el("p", { className: "hub-error", hidden: true, id: fresh("error") });
  const { schema, name, required } = context;
  const whole = context.path.length === 0;
  const legend = el("legend", { class: whole ? "hub-sr" : "play-label", textContent: name });
  if (required && !whole && !context.quiet) legend.append(el("span", { className: "play-needed", textContent: " required" }));
  const help = typeof schema.description === "string" && !whole && el("p", { className: "hub-help", textContent: schema.description });
  const node = el("fieldset", { class: whole ? "play-whole" : "play-group", "aria-describedby": error.id }, legend, help, inside, error);
  const tell = (words) => { error.textContent = words; error.hidden = !words; };
  const focus = () => node.querySelector("input, select, textarea, button")?.focus();
  return { node, tell, focus };
}

/** Return the field at a path in a part, or as near as there is one. */
const deeper = (part, path) => (part?.find ? part.find(path) : part);

export function object(context) {
  const { schema, root } = context;
  const needed = new Set(schema.required || []);
  const parts = new Map();
  const place = el("div", { class: "play-parts" });
  const named = Object.entries(schema.properties || {}).sort(([one], [other]) => needed.has(other) - needed.has(one));
  for (const [name, part] of named) {
    const inner = { ...context, schema: part, name, required: needed.has(name), quiet: false, path: [...context.path, name] };
    const optional = !inner.required && COMPOSITE.has(kindOf(settled(part, root)));
    parts.set(name, optional ? wanted(inner) : context.make(inner));
    place.append(parts.get(name).node);
  }
  const rest = open(schema) && map({ ...context, name: "More properties", required: false, schema: { additionalProperties: schema.additionalProperties }, rest: true });
  if (rest) place.append(rest.node);
  if (!parts.size && !rest) place.append(el("p", { className: "hub-help", textContent: "It takes nothing." }));
  const frame = group(context, place);
  const read = () => {
    const found = rest ? { ...rest.read() } : {};
    for (const [name, part] of parts) {
      const value = part.read();
      if (value !== undefined) Object.defineProperty(found, name, { value, enumerable: true, configurable: true, writable: true });
    }
    return found;
  };
  const write = (value) => {
    if (value !== undefined && !isObject(value)) return false;
    let fits = true;
    for (const [name, part] of parts) fits = part.write(value && Object.hasOwn(value, name) ? value[name] : undefined) && fits;
    const others = Object.entries(value || {}).filter(([name]) => !parts.has(name));
    return rest ? rest.write(Object.fromEntries(others)) && fits : fits && !others.length;
  };
  const self = {
    ...frame, read, write,
    check: () => [...[...parts.values()].flatMap((part) => part.check()), ...(rest ? rest.check() : [])],
    find: (path) => (path.length && parts.has(path[0]) ? deeper(parts.get(path[0]), path.slice(1)) || self : self),
  };
  if (isObject(schema.default)) write(schema.default);
  return self;
}

const open = (schema) => isObject(schema.additionalProperties) || schema.additionalProperties === true;

/** Make rows that come and go: each has a node and a field, perhaps a name. */
function rows(context, add, words) {
  const list = el("div", { class: "play-rows" });
  const kept = [];
  const drop = (row) => {
    kept.splice(kept.indexOf(row), 1);
    row.node.remove();
    context.changed();
    more.focus();
  };
  const put = () => {
    const row = add(kept.length);
    row.node = el("div", { class: "play-row" }, row.head, row.field.node, button("Remove", () => drop(row), { "aria-label": `Remove ${words} ${kept.length + 1}` }));
    kept.push(row);
    list.append(row.node);
    return row;
  };
  const more = button(`Add ${words}`, () => { if (kept.length < MOST_ROWS) put().field.focus?.(); context.changed(); });
  const clear = () => { kept.length = 0; fill(list); };
  return { kept, put, clear, node: el("div", {}, list, more) };
}

export function array(context) {
  const { schema } = context;
  const of = (at) => schema.prefixItems?.[at] ?? schema.items ?? {};
  const lines = rows(context, (at) => ({
    field: context.make({ ...context, schema: of(at), name: `${context.name} ${at + 1}`, required: true, quiet: true, path: [...context.path, at], attach: undefined }),
  }), "item");
  const frame = group(context, lines.node);
  const self = {
    ...frame,
    read: () => lines.kept.map((row) => row.field.read()).filter((value) => value !== undefined),
    write: (value) => {
      if (value !== undefined && (!Array.isArray(value) || value.length > MOST_ROWS)) return false;
      lines.clear();
      return (value || []).map((one) => lines.put().field.write(one)).every(Boolean);
    },
    check: () => {
      const words = broken(self.read(), schema);
      frame.tell(words);
      return [...(words ? [self] : []), ...lines.kept.flatMap((row) => row.field.check())];
    },
    find: (path) => deeper(lines.kept[Number(path[0])]?.field, path.slice(1)) || self,
  };
  const least = Math.min(schema.minItems ?? schema.prefixItems?.length ?? 0, MOST_ROWS);
  if (Array.isArray(schema.default)) self.write(schema.default);
  else for (let at = 0; at < least && context.budget.left > 0; at += 1) lines.put();
  return self;
}

export function map(context) {
  const { schema } = context;
  const of = isObject(schema.additionalProperties) ? schema.additionalProperties : Object.values(schema.patternProperties || {})[0] ?? {};
  const lines = rows(context, () => {
    const name = el("input", { type: "text", class: "play-input", "aria-label": `Name in ${context.name}`, placeholder: "name", on: { input: context.changed } });
    return { name, head: name, field: context.make({ ...context, schema: of, name: "value", required: true, quiet: true, path: [...context.path, "?"], rest: false }) };
  }, "property");
  const frame = group(context.rest ? { ...context, path: ["+"] } : context, lines.node);
  const self = {
    ...frame,
    read: () => Object.fromEntries(lines.kept.map((row) => [row.name.value, row.field.read()]).filter(([name, value]) => name !== "" && value !== undefined)),
    write: (value) => {
      if (value !== undefined && !isObject(value)) return false;
      lines.clear();
      return Object.entries(value || {}).map(([name, one]) => { const row = lines.put(); row.name.value = name; return row.field.write(one) && name !== ""; }).every(Boolean);
    },
    check: () => lines.kept.flatMap((row) => row.field.check()),
    find: (path) => deeper(lines.kept.find((row) => row.name.value === path[0])?.field, path.slice(1)) || self,
  };
  if (isObject(schema.default)) self.write(schema.default);
  return self;
}
