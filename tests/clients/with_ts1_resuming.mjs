// The TypeScript SDK 1.x and a call whose connection is cut: ADDRESS TOKEN REVISION HOW GATE.
// HOW is "itself", where the SDK goes on by its own, or "token", where another client of the same session is
// given the last resumption token. Says "cut" once it has heard two steps, and waits for a line.

import { createRequire } from "node:module";
import { once } from "node:events";

const installed = createRequire(`${process.cwd()}/`);
const { Client } = installed("@modelcontextprotocol/sdk/client/index.js");
const http = installed("@modelcontextprotocol/sdk/client/streamableHttp.js");

const [address, token, revision, how, gate] = process.argv.slice(2);
const told = [];
const tokens = [];
const line = once(process.stdin, "data");
let cut;
const isCut = new Promise((resolve) => { cut = resolve; });

async function hear(step) {
  told.push(step.progress);
  if (told.length === 2) {
    console.log("cut");
    await line;
    cut();
  }
}

function begin(sessionId) {
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  const transport = new http.StreamableHTTPClientTransport(new URL(address), { requestInit, sessionId });
  const send = transport.send.bind(transport);
  transport.send = (message, options) => {
    if (message.method === "initialize") message.params.protocolVersion = revision;
    return send(message, options);
  };
  return transport;
}

const call = (client, resumptionToken) => client.callTool(
  { name: "walk", arguments: { gate } }, undefined,
  { onprogress: hear, resumptionToken, onresumptiontoken: (place) => tokens.push(place) },
);

let transport = begin();
let client = new Client({ name: "with_ts1_resuming", version: "1" });
await client.connect(transport);
const spoken = transport.protocolVersion;
let answer = call(client);
if (how === "token") {
  answer.catch(() => undefined);
  await isCut;
  const { sessionId } = transport;
  await transport.close();
  transport = begin(sessionId);
  client = new Client({ name: "with_ts1_resuming", version: "1" });
  await client.connect(transport);
  transport.setProtocolVersion(spoken);
  answer = call(client, tokens.at(-1));
}
const result = await answer;
console.log(JSON.stringify({ revision: spoken, told, text: result.content[0].text, tokens }));
await transport.close();
process.exit(0);
