// What a form says of a value before the hub does: only what is plain to see. The hub judges.

const SHAPES = {
  __proto__: null,
  date: /^\d{4}-\d\d-\d\d$/,
  time: /^\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/i,
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/i,
  email: /^[^\s@]+@[^\s@]+$/,
  uri: /^[a-z][a-z0-9+.-]*:\S*$/i,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
};

const RULES = {
  minLength: (value, rule) => [...value].length < rule && `At least ${rule} characters.`,
  maxLength: (value, rule) => [...value].length > rule && `At most ${rule} characters.`,
  format: (value, rule) => SHAPES[rule] && !SHAPES[rule].test(value) && `This is no ${rule}.`,
  minimum: (value, rule) => value < rule && `At least ${rule}.`,
  maximum: (value, rule) => value > rule && `At most ${rule}.`,
  exclusiveMinimum: (value, rule) => value <= rule && `More than ${rule}.`,
  exclusiveMaximum: (value, rule) => value >= rule && `Less than ${rule}.`,
  minItems: (value, rule) => value.length < rule && `At least ${rule}.`,
  maxItems: (value, rule) => value.length > rule && `At most ${rule}.`,
};
const OF = {
  string: ["minLength", "maxLength", "format"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  array: ["minItems", "maxItems"],
};

/** Return what a value breaks, in a sentence; nothing if nothing plain is wrong. */
export function broken(value, schema) {
  const kind = Array.isArray(value) ? "array" : typeof value;
  if (kind === "number" && schema.type === "integer" && !Number.isInteger(value)) return "A whole number, please.";
  if (kind === "number" && schema.type === "integer" && !Number.isSafeInteger(value)) return "Too large to be exact in a browser.";
  for (const name of OF[kind] || []) {
    const words = schema[name] !== undefined && RULES[name](value, schema[name]);
    if (words) return words;
  }
  return "";
}

/** Return the path and the sentence of a refusal of the hub's: "/guests/0: 9 is greater than 8". */
export function refusal(text) {
  const found = /^(?:Invalid arguments: )?(\/[^:]*): ([\s\S]+)$/.exec(text);
  if (!found) return null;
  const path = found[1].split("/").slice(1).filter((part) => part !== "");
  return { path: path.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~")), words: found[2] };
}
