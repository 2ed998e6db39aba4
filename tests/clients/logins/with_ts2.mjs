// The TypeScript SDK 2.x logs in with its OAuth provider: ADDRESS STEPS; prints what came of them.

import { address, installed, loggedIn, provider, take } from "./landing.mjs";

const sdk = installed("@modelcontextprotocol/client");
const options = { versionNegotiation: { mode: "auto" } };
const isUnauthorized = (error) => error instanceof sdk.UnauthorizedError;

let client;
let transport;
const connect = async () => {
  client = new sdk.Client({ name: "with_ts2", version: "1" }, options);
  transport = new sdk.StreamableHTTPClientTransport(new URL(address), { authProvider: provider });
  await client.connect(transport);
};
const finish = (said) => transport.finishAuth(said);
await loggedIn(connect, finish, isUnauthorized);
await take((params) => loggedIn(() => client.callTool(params), finish, isUnauthorized));
await client.close();
