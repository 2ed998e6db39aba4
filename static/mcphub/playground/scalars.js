// Fields of a single value. A field has node, read, write (which tells whether the value fits), check and tell.
import { el, fresh } from "./dom.js";
import { broken } from "./checking.js";
import { same } from "./schema.js";

const TYPES = { __proto__: null, date: "date", email: "email", uri: "url", "uri-reference": "url", password: "password", color: "color" };
const EXAMPLES = {
  __proto__: null,
  "date-time": "2026-07-28T12:00:00Z", time: "12:00:00Z", duration: "P1DT2H", uuid: "123e4567-e89b-12d3-a456-426614174000",
  ipv4: "192.0.2.1", ipv6: "2001:db8::1", hostname: "host.example", email: "name@example.com", uri: "https://example.com/",
};
const LONG = 200;

/** Put a control between its label, its help and its error. */
export function framed(context, control, more = {}) {
  const { schema, name, required } = context;
  const help = el("p", { className: "hub-help", id: fresh("help"), textContent: helpOf(schema) });
  const error = el("p", { className: "hub-error", id: fresh("error"), hidden: true });
  const label = el("label", { htmlFor: control.id, class: "play-label" }, el("span", { textContent: name }));
  if (required && !context.quiet) label.append(el("span", { className: "play-needed", textContent: " required" }));
  control.setAttribute("aria-describedby", `${help.id} ${error.id}`);
  const tell = (words) => {
    error.textContent = words;
    error.hidden = !words;
    control.setAttribute("aria-invalid", String(Boolean(words)));
  };
  const node = el("div", { class: "play-field", "data-at": context.path.join("/") }, label, control, help, error);
  return { node, tell, focus: () => control.focus(), ...more };
}

function helpOf(schema) {
  const said = typeof schema.description === "string" ? [schema.description] : [];
  if (schema.format) said.push(`Format: ${schema.format}.`);
  const [least, most] = [schema.minimum ?? schema.exclusiveMinimum, schema.maximum ?? schema.exclusiveMaximum];
  if (least !== undefined && most !== undefined) said.push(`${least} to ${most}.`);
  else if (least !== undefined) said.push(`At least ${least}.`);
  else if (most !== undefined) said.push(`At most ${most}.`);
  if (schema.deprecated) said.push("Deprecated.");
  return said.join(" ");
}

/** Make the field of a value that is typed: `parse` and `print` lead from and to its text. */
function typed(context, control, parse, print) {
  const { schema } = context;
  const field = framed(context, control);
  control.addEventListener("input", () => { field.tell(""); context.changed(); });
  field.read = () => parse(control.value);
  field.write = (value) => {
    control.value = value === undefined ? "" : print(value);
    return same(field.read(), value);
  };
  field.check = () => {
    const value = field.read();
    const words = value === undefined ? (context.required ? "This is required." : "") : broken(value, schema);
    field.tell(words);
    return words ? [field] : [];
  };
  if (schema.default !== undefined) field.write(schema.default);
  context.attach?.(control, context);
  return field;
}

export function text(context) {
  const { schema } = context;
  const type = TYPES[schema.format] || (schema.writeOnly ? "password" : "");
  const hint = { id: fresh("field"), class: "play-input", placeholder: EXAMPLES[schema.format] || "", autocomplete: "off", spellcheck: "false" };
  const short = type || schema.format || schema.pattern || (schema.maxLength ?? LONG) < LONG || context.attach;
  const control = short ? el("input", { ...hint, type: type || "text" }) : el("textarea", { ...hint, rows: 1 });
  return typed(context, control, (said) => (said === "" ? undefined : said), (value) => (typeof value === "string" ? value : ""));
}

export function number(context) {
  const { schema } = context;
  const whole = schema.type === "integer";
  const control = el("input", {
    id: fresh("field"), class: "play-input", type: "number", step: schema.multipleOf ?? (whole ? 1 : "any"),
    min: schema.minimum, max: schema.maximum, inputmode: whole ? "numeric" : "decimal",
  });
  const parse = (said) => (said === "" || Number.isNaN(Number(said)) ? undefined : Number(said));
  return typed(context, control, parse, (value) => (typeof value === "number" ? String(value) : ""));
}

export function raw(context) {
  const control = el("textarea", { id: fresh("field"), class: "play-input play-mono", rows: 3, spellcheck: "false", placeholder: "JSON" });
  const wrong = {};
  const parse = (said) => {
    if (!said.trim()) return undefined;
    try { return JSON.parse(said); } catch { return wrong; }
  };
  const field = typed(context, control, parse, (value) => JSON.stringify(value, null, 2));
  const check = field.check;
  field.check = () => {
    if (field.read() !== wrong) return check();
    field.tell("This is no JSON.");
    return [field];
  };
  return field;
}

/** Make a field where one of some values is chosen; each option is named by its value. */
function chosen(context, values, names) {
  const control = el("select", { id: fresh("field"), class: "play-input" });
  const open = !context.required || context.schema.default === undefined;
  if (open) control.append(el("option", { value: "", textContent: "not given" }));
  values.forEach((_, at) => control.append(el("option", { value: String(at), textContent: names[at] })));
  const print = (value) => String(values.findIndex((one) => same(one, value)));
  return typed(context, control, (said) => (said === "" ? undefined : values[Number(said)]), print);
}

const named = (value) => (typeof value === "string" && value !== "" ? value : JSON.stringify(value));

export const enumerated = (context) => {
  const names = context.schema.enumNames;
  return chosen(context, context.schema.enum, context.schema.enum.map((value, at) => String(names?.[at] ?? named(value))));
};
export const fixed = (context) => {
  const { schema, required } = context;
  const given = required || schema.default !== undefined;
  return chosen({ ...context, schema: given ? { ...schema, default: schema.const } : schema }, [schema.const], [named(schema.const)]);
};
export const truth = (context) => chosen(context, [true, false], ["yes (true)", "no (false)"]);
export const nothing = (context) => chosen(context, [null], ["null"]);
