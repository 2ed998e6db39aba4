// The TypeScript SDK 1.x against the fixture server: ADDRESS MODE [TOKEN].
// Does what a client does and prints what it saw as one JSON object. MODE is "legacy", or "sse" for HTTP+SSE.

import {
  address, answer, capabilities, headers, hear, installed, mode, observe, roots, sample, subscribe,
} from "./observing.mjs";

const { Client } = installed("@modelcontextprotocol/sdk/client/index.js");
const http = installed("@modelcontextprotocol/sdk/client/streamableHttp.js");
const sse = installed("@modelcontextprotocol/sdk/client/sse.js");
const types = installed("@modelcontextprotocol/sdk/types.js");

const client = new Client({ name: "with_ts1", version: "1" }, { capabilities });
client.setRequestHandler(types.ElicitRequestSchema, answer);
client.setRequestHandler(types.CreateMessageRequestSchema, sample);
client.setRequestHandler(types.ListRootsRequestSchema, roots);
client.setNotificationHandler(types.ToolListChangedNotificationSchema, () => hear("tools"));
client.setNotificationHandler(types.ResourceUpdatedNotificationSchema, (told) => hear(told.params.uri));

const requestInit = { headers };
const Transport = mode === "sse" ? sse.SSEClientTransport : http.StreamableHTTPClientTransport;
const transport = new Transport(new URL(address), { requestInit });
await client.connect(transport);
const call = (params, options) => client.callTool(params, undefined, options);
const seen = await observe(client, call, () => subscribe(client));
console.log(JSON.stringify({ revision: transport.protocolVersion, ...seen }));
await client.close();
