// What a JSON Schema says, as far as a form asks. Pure: no page, no wire.

const MOST_STEPS = 32;
const MOST_WORK = 200;
const UNDRAWN = { "x-drawn": false };

/** Return whether two JSON values are the same, whatever the order of names. */
export function same(one, other) {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => Object.hasOwn(other, name) && same(one[name], other[name]));
}

/** Return whether a value is an object of JSON. */
export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function pointed(root, reference) {
  if (typeof reference !== "string" || !reference.startsWith("#")) return undefined;
  let found = root;
  for (const part of reference.slice(1).split("/").slice(1)) {
    let name = part;
    try { name = decodeURIComponent(part); } catch { return undefined; }
    name = name.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = found[name];
  }
  return found;
}

/** Return a schema with its reference, its allOf and its one way of being null put in place; bounded work. */
export function settled(schema, root, work = { left: MOST_WORK }) {
  work.left -= 1;
  if (work.left < 0) return UNDRAWN;
  let found = schema === true || schema === undefined ? {} : schema;
  for (let step = 0; step < MOST_STEPS && isObject(found) && "$ref" in found; step += 1) {
    const { $ref: reference, ...beside } = found;
    const target = pointed(root, reference);
    if (target === undefined) return UNDRAWN;
    found = target === true ? beside : isObject(target) ? { ...target, ...beside } : UNDRAWN;
  }
  if (!isObject(found) || "$ref" in found) return UNDRAWN;
  if (Array.isArray(found.allOf)) found = merged(found, root, work);
  return withoutNull(found, root, work);
}

function merged(schema, root, work) {
  const { allOf, ...beside } = schema;
  const parts = [...allOf.map((part) => settled(part, root, work)), beside];
  const whole = Object.assign({}, ...parts);
  whole.properties = Object.assign({}, ...parts.map((part) => part.properties || {}));
  whole.required = parts.flatMap((part) => part.required || []);
  if (!Object.keys(whole.properties).length) delete whole.properties;
  return whole;
}

function withoutNull(schema, root, work) {
  if (Array.isArray(schema.type) && schema.type.includes("null")) {
    const others = schema.type.filter((type) => type !== "null");
    if (others.length === 1) return { ...schema, type: others[0], "x-nullable": true };
  }
  const ways = schema.anyOf || schema.oneOf;
  if (!Array.isArray(ways) || ways.length < 2) return schema;
  const others = ways.filter((way) => !isObject(way) || way.type !== "null");
  if (others.length === ways.length) return schema;
  const { anyOf: _any, oneOf: _one, ...beside } = schema;
  if (others.length > 1) return { ...beside, anyOf: others, "x-nullable": true };
  return { ...settled(others[0], root, work), ...beside, "x-nullable": true };
}

/** Return the ways a settled schema may be taken, each with a name; none if there is but one. */
export function choices(schema, root) {
  const { anyOf, oneOf, ...beside } = schema;
  const several = Array.isArray(schema.type) ? schema.type.map((type) => ({ ...schema, type })) : null;
  const ways = several || oneOf || anyOf;
  if (!Array.isArray(ways) || !ways.length) return [];
  return ways.map((way, at) => {
    const found = settled(beside.properties && !several ? { allOf: [beside, way] } : way, root);
    const title = isObject(way) && typeof way.title === "string" ? way.title : settled(way, root).title;
    return { schema: found, name: String(title || constantOf(found) || found.type || `Way ${at + 1}`) };
  });
}

function constantOf(schema) {
  const fixed = Object.values(schema.properties || {}).find((part) => isObject(part) && "const" in part);
  return fixed ? String(fixed.const) : "const" in schema ? JSON.stringify(schema.const) : "";
}

const KINDS = new Set(["string", "number", "integer", "boolean", "null"]);

/** Return how a settled schema is drawn. */
export function kindOf(schema) {
  if (schema["x-drawn"] === false || schema.not || schema.if) return "raw";
  if ("const" in schema) return "const";
  if (Array.isArray(schema.enum)) return "enum";
  if (Array.isArray(schema.type) || schema.oneOf || schema.anyOf) {
    const own = schema.properties && !schema.oneOf && !schema.anyOf;
    return own ? "object" : "choice";
  }
  if (KINDS.has(schema.type)) return schema.type;
  if (schema.type === "object" || schema.properties) return "object";
  if (schema.type === "array" || schema.items || schema.prefixItems) return "array";
  return "raw";
}
