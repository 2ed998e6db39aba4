// What the Node programs here share: the package as installed in the working folder, where the program is
// called back, an OAuth provider that keeps everything as long as the program runs, and the steps.

import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { createRequire } from "node:module";

export const installed = createRequire(`${process.cwd()}/`);
export const address = process.argv[2];
export const steps = JSON.parse(process.argv[3]);
const MOST_LOGINS = 3;

const came = [];
const waiting = [];
const server = createServer((request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  response.setHeader("connection", "close").end("Done");
  if (url.pathname !== "/callback") return;
  if (waiting.length) waiting.shift()(url.searchParams);
  else came.push(url.searchParams);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const redirectUrl = `http://127.0.0.1:${server.address().port}/callback`;
server.unref();

/** Return the parameters of who is sent here next. */
export function calledBack() {
  if (came.length) return Promise.resolve(came.shift());
  return new Promise((resolve, reject) => {
    const late = setTimeout(reject, 60_000, new Error("nobody came"));
    waiting.push((said) => {
      clearTimeout(late);
      resolve(said);
    });
  });
}

/** An OAuthClientProvider of the TypeScript SDKs, both of them. */
export const provider = {
  redirectUrl,
  clientMetadata: {
    client_name: "A program",
    redirect_uris: [redirectUrl],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "none",
  },
  clientInformation: () => provider.client,
  saveClientInformation: (client) => { provider.client = client; },
  tokens: () => provider.kept,
  saveTokens: (tokens) => { provider.kept = tokens; },
  redirectToAuthorization: (url) => {
    spawn(process.env.BROWSER, [url.href], { stdio: "ignore" });
  },
  saveCodeVerifier: (verifier) => { provider.verifier = verifier; },
  codeVerifier: () => provider.verifier,
};

/** Do something that may need a log-in first, as the SDKs want it: finish the log-in, then do it again. */
export async function loggedIn(todo, finish, isUnauthorized) {
  for (let logins = 0; ; logins += 1) {
    try {
      return await todo();
    } catch (error) {
      if (!isUnauthorized(error) || logins === MOST_LOGINS) throw error;
    }
    const said = await calledBack();
    if (said.has("error")) throw new Error(said.get("error"));
    await finish(said);
  }
}

/** Take the steps with `call(params)`, and print what came of each. */
export async function take(call) {
  const outcomes = [];
  for (const { tool, arguments: args, seconds = 0 } of steps) {
    const until = Date.now() + seconds * 1000;
    let outcome;
    do {
      try {
        outcome = { text: (await call({ name: tool, arguments: args })).content[0].text };
      } catch (error) {
        outcome = { error: `${error.name}: ${error.message}` };
      }
    } while (!outcome.error && Date.now() < until);
    outcomes.push(outcome);
  }
  console.log(JSON.stringify(outcomes));
}
