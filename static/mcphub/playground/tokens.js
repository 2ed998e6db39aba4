// Short tokens from the admin, kept in memory alone: for this page, until they end.

const MARGIN = 30_000;

export class Tokens {
  constructor(address, secret) { Object.assign(this, { address, secret, kept: new Map() }); }

  /** Forget what the hub does not take any more. */
  forget() { this.kept.clear(); }

  /** Return a token that opens a server as a person with these scopes; throws the hub's words if there is none. */
  async of({ server, user, scopes }) {
    const key = JSON.stringify([server.id, user, scopes]);
    const known = this.kept.get(key);
    if (known && known.until - MARGIN > Date.now()) return known.token;
    const body = new URLSearchParams({ server: server.id, user });
    for (const scope of scopes) body.append("scopes", scope);
    const headers = { "X-CSRFToken": this.secret, Accept: "application/json" };
    const answer = await fetch(this.address, { method: "POST", headers, body, credentials: "same-origin", cache: "no-store", redirect: "error" });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.error || `The hub made no token (${answer.status}). Load the page again.`);
    this.kept.set(key, said);
    return said.token;
  }
}
