// A request as curl, Python or TypeScript, with a word in place of the token. Names and values are hostile: quoted. Pure.
import { headersOf, opening, withMeta, STATELESS } from "./envelope.js";

/** Return a text as one word of a POSIX shell. */
const shellWord = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** JSON without anything a program's source could mistake: no line ends of its own, no half characters. */
const json = (value) => JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");

/** Return a JSON value as Python. */
export function python(value, indent = "") {
  const deeper = `${indent}    `;
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value !== "object") return json(value);
  const list = Array.isArray(value);
  const parts = list ? value.map((one) => python(one, deeper)) : Object.entries(value).map(([name, one]) => `${json(name)}: ${python(one, deeper)}`);
  if (!parts.length) return list ? "[]" : "{}";
  return `${list ? "[" : "{"}\n${parts.map((part) => `${deeper}${part},\n`).join("")}${indent}${list ? "]" : "}"}`;
}

/** Return a JSON value as TypeScript; `__proto__` is a name like any other there. */
export function script(value, indent = "") {
  const deeper = `${indent}  `;
  if (typeof value !== "object" || value === null) return json(value ?? null);
  const list = Array.isArray(value);
  const named = (name) => (name === "__proto__" ? '["__proto__"]' : json(name));
  const parts = list ? value.map((one) => script(one, deeper)) : Object.entries(value).map(([name, one]) => `${named(name)}: ${script(one, deeper)}`);
  if (!parts.length) return list ? "[]" : "{}";
  return `${list ? "[" : "{"}\n${parts.map((part) => `${deeper}${part},\n`).join("")}${indent}${list ? "]" : "}"}`;
}

const headerWords = (headers) => Object.entries(headers).map(([name, value]) => `  -H ${shellWord(`${name}: ${value}`)} \\\n`).join("");

const CURL = { name: "curl", version: "1" }; // it can answer no questions

/** Return commands of a shell that send the request; $TOKEN is set before. */
export function curl({ url, revision, request, schema }) {
  const message = { jsonrpc: "2.0", id: 1, method: request.method, params: withMeta(revision, request.params, { client: CURL, can: {} }) };
  const token = '  -H "Authorization: Bearer $TOKEN" \\\n';
  const send = (said, headers, more = "") => `curl -sS -N ${shellWord(url)} \\\n${token}${headerWords(headers)}${more}  --data-raw ${shellWord(json(said))}`;
  const first = "export TOKEN=TOKEN\n";
  if (revision === STATELESS) return `${first}${send(message, headersOf(revision, "", message, schema))}\n`;
  const open = send(opening(revision, CURL, {}), headersOf(revision, "", {}), "  -o /dev/null -D - \\\n");
  const session = '  -H "Mcp-Session-Id: $SESSION" \\\n';
  const { Accept, "Content-Type": type } = headersOf(revision, "", {});
  const plain = { "Content-Type": type, Accept };
  return `${first}SESSION=$(${open} |\n  tr -d '\\r' | sed -n 's/^[Mm][Cc][Pp]-[Ss][Ee][Ss][Ss][Ii][Oo][Nn]-[Ii][Dd]: *//p')\n${send(message, plain, session)}\n`;
}

const PYTHON = {
  "tools/call": ({ name, arguments: said }) => `await client.call_tool(${python(name)}, ${python(said, "            ")})`,
  "prompts/get": ({ name, arguments: said }) => `await client.get_prompt(${python(name)}, ${python(said, "            ")})`,
  "resources/read": ({ uri }) => `await client.read_resource(${python(uri)})`,
};

/** Return a program with the official Python SDK (`pip install mcp`, version 2). */
export function pythonProgram({ url, revision, request }) {
  const mode = revision === STATELESS ? "" : ', mode="legacy"';
  return `import asyncio
import os

from mcp import Client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

URL, TOKEN = ${python(url)}, os.environ["TOKEN"]
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


async def main() -> None:
    async with create_mcp_http_client(headers=HEADERS) as http:
        async with Client(streamable_http_client(URL, http_client=http)${mode}) as client:
            result = ${PYTHON[request.method](request.params)}
            print(result.model_dump_json(indent=2))


asyncio.run(main())
`;
}

const SCRIPT = {
  "tools/call": (params) => `await client.callTool(${script(params)})`,
  "prompts/get": (params) => `await client.getPrompt(${script(params)})`,
  "resources/read": (params) => `await client.readResource(${script(params)})`,
};

/** Return a program with the official TypeScript SDK (`npm install @modelcontextprotocol/client`, version 2). */
export function scriptProgram({ url, revision, request }) {
  const mode = revision === STATELESS ? "auto" : "legacy";
  return `import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const url = new URL(${script(url)});
const headers = { Authorization: \`Bearer \${process.env.TOKEN}\` };
const client = new Client({ name: "my-client", version: "1" }, { versionNegotiation: { mode: "${mode}" } });
await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
const result = ${SCRIPT[request.method](request.params)};
console.log(JSON.stringify(result, null, 2));
await client.close();
`;
}
