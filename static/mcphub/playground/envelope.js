// What each revision wants around a request: 2026-07-28 its `_meta` and headers, the older ones a session. Pure.

export const STATELESS = "2026-07-28";
const KEY = "io.modelcontextprotocol/";
export const CLIENT = { name: "mcphub playground", version: "1" };
export const TASKS = `${KEY}tasks`;
const NAMED_BY = {
  "tools/call": "name", "prompts/get": "name", "resources/read": "uri",
  "tasks/get": "taskId", "tasks/update": "taskId", "tasks/cancel": "taskId",
};
const ACCEPT = "application/json, text/event-stream";

/** Return what the playground can do for whoever asks, as a revision names it; `tasks`: it holds jobs as tasks. */
export function capabilities(revision, tasks = false) {
  const forms = revision >= "2025-11-25" ? { form: {}, url: {} } : {};
  const extensions = tasks && revision === STATELESS ? { extensions: { [TASKS]: {} } } : {};
  return { sampling: {}, ...(revision >= "2025-06-18" ? { elicitation: forms } : {}), ...extensions };
}

/** Return a text as a header's value: as it is, or in base64 if that would not arrive. */
function headerText(text) {
  const plain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !/^=\?base64\?/i.test(text);
  if (plain) return text;
  const bytes = new TextEncoder().encode(text);
  return `=?base64?${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}?=`;
}

function* mirrored(schema, given) {
  for (const [name, part] of Object.entries(schema?.properties || {})) {
    const value = typeof given === "object" && given !== null && Object.hasOwn(given, name) ? given[name] : undefined;
    if (typeof part !== "object" || part === null || value === undefined || value === null) continue;
    const single = ["string", "integer", "boolean"].includes(part.type);
    if (typeof part["x-mcp-header"] === "string" && single) yield [`Mcp-Param-${part["x-mcp-header"]}`, headerText(String(value))];
    yield* mirrored(part, value);
  }
}

/** Return a request's parameters with what its revision and its progress want in `_meta`. */
export function withMeta(revision, params, { progress, level, client = CLIENT, can = capabilities(revision) }) {
  const meta = progress === undefined ? {} : { progressToken: progress };
  if (revision === STATELESS) {
    Object.assign(meta, {
      [`${KEY}protocolVersion`]: revision, [`${KEY}clientInfo`]: client, [`${KEY}clientCapabilities`]: can,
    });
    if (level) meta[`${KEY}logLevel`] = level;
  }
  return Object.keys(meta).length ? { ...params, _meta: meta } : params;
}

/** Return the headers of a message; `schema` is the called tool's, for arguments that are repeated as headers. */
export function headersOf(revision, session, message, schema) {
  const headers = { "Content-Type": "application/json", Accept: ACCEPT };
  if (revision !== STATELESS) {
    if (session) Object.assign(headers, { "MCP-Protocol-Version": revision, "Mcp-Session-Id": session });
    return headers;
  }
  Object.assign(headers, { "MCP-Protocol-Version": revision, "Mcp-Method": message.method });
  const named = NAMED_BY[message.method];
  if (named) headers["Mcp-Name"] = headerText(String(message.params[named]));
  if (message.method === "tools/call") Object.assign(headers, Object.fromEntries(mirrored(schema, message.params.arguments)));
  return headers;
}

/** Return the request that opens a session. */
export const opening = (revision, client = CLIENT, can = capabilities(revision)) => ({
  jsonrpc: "2.0", id: 0, method: "initialize",
  params: { protocolVersion: revision, capabilities: can, clientInfo: client },
});
