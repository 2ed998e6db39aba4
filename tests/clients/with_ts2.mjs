// The TypeScript SDK 2.x against the fixture server: ADDRESS MODE [TOKEN].
// Does what a client does, on the revision that MODE ("auto" or "legacy") leads to, and prints what it
// saw as one JSON object.

import {
  WATCHED, address, capabilities, equip, headers, installed, mode, observe, subscribe,
} from "./observing.mjs";

const { Client, StreamableHTTPClientTransport } = installed("@modelcontextprotocol/client");

const options = { capabilities, versionNegotiation: { mode } };
const client = new Client({ name: "with_ts2", version: "1" }, options);
equip(client);

const requestInit = { headers };
await client.connect(new StreamableHTTPClientTransport(new URL(address), { requestInit }));
const revision = client.getNegotiatedProtocolVersion();
const call = (params, options) => client.callTool(params, options);
const seen = await observe(client, call, () => (revision < "2026" ? subscribe(client) : listen()));
console.log(JSON.stringify({ revision, ...seen }));
await client.close();

/** Subscribe as since 2026-07-28; return what ends it. */
async function listen() {
  const filter = { toolsListChanged: true, resourceSubscriptions: [WATCHED] };
  const subscription = await client.listen(filter);
  return () => subscription.close();
}
