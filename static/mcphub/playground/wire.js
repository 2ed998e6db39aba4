// An MCP client over Streamable HTTP: sends, reads answers and streams, comes back for the rest, keeps the exchange.
import { capabilities, headersOf, opening, withMeta, STATELESS } from "./envelope.js";
import { events } from "./sse.js";

const MOST_RESUMED = 20;

/** What went wrong before MCP said anything: a status, and words if there are some. */
export class Refused extends Error {
  constructor(status, words) { super(words); this.status = status; }
}

export class Wire {
  /** `heard` takes notifications, `asked` answers questions, `kept` takes each message of the exchange. */
  constructor({ url, revision, tasks, token, heard, asked, kept }) {
    Object.assign(this, { url, asking: revision, revision, tasks, token, heard, asked, kept, session: "", number: 0 });
  }

  get stateless() { return this.asking === STATELESS; }

  /** Open a session, unless there is one or the revision knows none. */
  async begin(signal) {
    if (this.stateless || this.session) return;
    const answer = await this.request(opening(this.asking), signal);
    if (answer.error) throw new Refused(0, answer.error.message);
    this.revision = answer.result.protocolVersion;
    await this.send({ jsonrpc: "2.0", method: "notifications/initialized" }, signal);
  }

  /** Send a request and return its answer; `schema` is the called tool's. */
  async call(method, params, { signal, schema, level } = {}) {
    await this.begin(signal);
    await this.listenFrom(level, signal);
    this.number += 1;
    const progress = `p${this.number}`;
    const can = capabilities(this.revision, this.tasks);
    const message = { jsonrpc: "2.0", id: this.number, method, params: withMeta(this.revision, params, { progress, level, can }) };
    this.current = message.id;
    this.first = 0; // the moment of the first byte of an answer
    return this.request(message, signal, schema);
  }

  /** Tell a session the least level of log messages, once it is another than before; `info` is what it begins with. */
  async listenFrom(level, signal) {
    if (this.stateless || !level || level === (this.level || "info")) return;
    this.number += 1;
    this.level = level;
    await this.request({ jsonrpc: "2.0", id: this.number, method: "logging/setLevel", params: { level } }, signal);
  }

  /** Tell that nobody wants the answer any more; on 2026-07-28 leaving says so, but of a task. */
  async cancel() {
    const taskId = this.task;
    this.task = undefined;
    if (taskId) await this.call("tasks/cancel", { taskId });
    if (this.stateless || this.current === undefined) return;
    await this.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: this.current, reason: "cancelled in the playground" } });
  }

  async request(message, signal, schema) {
    const response = await this.post(message, signal, schema);
    if ((response.headers.get("content-type") || "").startsWith("text/event-stream")) return this.stream(response, message.id, signal);
    const text = await response.text();
    let answer;
    try { answer = JSON.parse(text); } catch { /* no message: told below */ }
    this.kept({ from: "hub", status: response.status, headers: shown(response.headers), message: answer ?? text });
    if (!answer || answer.jsonrpc !== "2.0") throw new Refused(response.status, text.slice(0, 500) || `The hub answered ${response.status}.`);
    return { ...answer, status: response.status };
  }

  /** Send a notification or an answer: nothing comes back but a status. */
  async send(message, signal) {
    const response = await this.post(message, signal);
    this.kept({ from: "hub", status: response.status, headers: shown(response.headers), message: (await response.text()) || null });
  }

  async post(message, signal, schema) {
    const headers = headersOf(this.revision, this.session, message, schema);
    this.kept({ from: "you", verb: "POST", headers: { ...headers, Authorization: "Bearer TOKEN" }, message });
    const response = await this.fetched({ method: "POST", headers, body: JSON.stringify(message), signal });
    this.first ||= performance.now();
    this.session = response.headers.get("mcp-session-id") || this.session;
    return response;
  }

  fetched({ headers, ...rest }) {
    const authorized = { ...headers, Authorization: `Bearer ${this.token}` };
    return fetch(this.url, { ...rest, headers: authorized, credentials: "omit", cache: "no-store", redirect: "error" });
  }

  /** Read a stream to the answer with this id, and come back where it ended before. */
  async stream(response, id, signal) {
    let last, pause = 1000;
    for (let turn = 0; turn < MOST_RESUMED; turn += 1) {
      this.kept({ from: "hub", status: response.status, headers: shown(response.headers), message: "(a stream of events)" });
      for await (const event of events(response.body)) {
        last = event.id ?? last;
        pause = event.retry ?? pause;
        const answer = event.data ? this.take(JSON.parse(event.data), id, event.id) : null;
        if (answer) return { ...answer, status: response.status };
      }
      if (last === undefined) break;
      await new Promise((done) => setTimeout(done, Math.min(pause, 5000)));
      const headers = { Accept: "text/event-stream", "MCP-Protocol-Version": this.revision, "Mcp-Session-Id": this.session, "Last-Event-ID": last };
      this.kept({ from: "you", verb: "GET", headers: { ...headers, Authorization: "Bearer TOKEN" }, message: null });
      response = await this.fetched({ method: "GET", headers, signal });
      if (!response.ok) break;
    }
    throw new Refused(0, "The stream ended without an answer.");
  }

  /** Take one message of a stream; returns the answer if it is that. */
  take(message, id, event) {
    this.kept({ from: "hub", event, message });
    if (message.method && message.id !== undefined) this.reply(message);
    else if (message.method) this.heard(message);
    else if (message.id === id || message.id === null) return message;
    return null;
  }

  /** Answer a question of the hub's, once somebody has. */
  async reply(question) {
    const said = await this.asked(question);
    const { id } = question;
    await this.send({ jsonrpc: "2.0", id, ...said }).catch(() => {});
  }
}

const HIDDEN = new Set(["date", "server", "content-length", "connection"]);

function shown(headers) {
  return Object.fromEntries([...headers].filter(([name]) => !HIDDEN.has(name)));
}
