// The TypeScript SDK 2.x against the fixture server: ADDRESS MODE [TOKEN].
// Does what a client does, on the revision that MODE ("auto" or "legacy") leads to, and prints what it
// saw as one JSON object.

import {
  WATCHED, address, answer, capabilities, headers, hear, installed, mode, observe, roots, sample,
} from "./observing.mjs";

const { Client, StreamableHTTPClientTransport } = installed("@modelcontextprotocol/client");

const options = { capabilities, versionNegotiation: { mode } };
const client = new Client({ name: "with_ts2", version: "1" }, options);
client.setRequestHandler("elicitation/create", answer);
client.setRequestHandler("sampling/createMessage", sample);
client.setRequestHandler("roots/list", roots);
client.setNotificationHandler("notifications/tools/list_changed", () => hear("tools"));
client.setNotificationHandler("notifications/resources/updated", (told) => hear(told.params.uri));

const requestInit = { headers };
await client.connect(new StreamableHTTPClientTransport(new URL(address), { requestInit }));
const revision = client.getNegotiatedProtocolVersion();
const seen = await observe(client, (params, options) => client.callTool(params, options), watch);
console.log(JSON.stringify({ revision, ...seen }));
await client.close();

/** Subscribe in the way of the revision; return what ends it. */
async function watch() {
  if (revision < "2026") {
    await client.subscribeResource({ uri: WATCHED });
    return () => client.unsubscribeResource({ uri: WATCHED });
  }
  const filter = { toolsListChanged: true, resourceSubscriptions: [WATCHED] };
  const subscription = await client.listen(filter);
  return () => subscription.close();
}
