// What is seen while a call runs and when it has ended: state, progress, log, questions, result, timing.
import { el, fill, cut } from "./dom.js";
import { ask } from "./questions.js";
import { drawn } from "./results.js";
import { tree } from "./tree.js";

const MOST_LOGGED = 200;
const QUICK = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

export class Screen {
  /** `jobs` is the address of the list of jobs, empty for who may not see it. */
  constructor(root, exchange, jobs) {
    const part = (name) => root.querySelector(`[data-play="${name}"]`);
    Object.assign(this, { exchange, jobs, state: part("state"), live: part("live"), log: part("log"), questions: part("questions"), result: part("result"), timing: part("timing") });
    this.heard = this.heard.bind(this);
    this.asked = this.asked.bind(this);
    this.task = this.task.bind(this);
    this.kept = (line) => exchange.keep(line);
    this.leaving = new AbortController();
  }

  /** Begin a run; `signal` ends the questions with it. */
  begin(signal) {
    this.leaving = { signal };
    this.exchange.clear();
    fill(this.live); fill(this.log); fill(this.questions); fill(this.result); fill(this.timing);
    this.log.hidden = true;
    this.say("Running…", "busy");
    this.state.scrollIntoView({ block: "nearest" });
  }

  say(words, kind) {
    this.state.textContent = words;
    this.state.dataset.kind = kind;
  }

  heard({ method, params = {} }) {
    if (method === "notifications/progress") this.progress(params);
    if (method === "notifications/message") this.logged(params);
  }

  progress({ progress, total, message }) {
    const known = typeof total === "number" && total > 0;
    const bar = el("progress", { "aria-label": "Progress", ...(known ? { max: total, value: String(progress) } : {}) });
    if (known) bar.value = progress;
    const words = `${QUICK.format(progress)}${known ? ` of ${QUICK.format(total)}` : ""}${message ? `: ${cut(String(message), 300)}` : ""}`;
    fill(this.live, bar, el("span", { textContent: words }));
  }

  /** Show how a task stands: of its progress the hub tells the words alone. */
  task({ taskId, statusMessage }) {
    this.say("Running as a job…", "busy");
    const words = statusMessage ? `: ${cut(String(statusMessage), 300)}` : "";
    fill(this.live, el("progress", { "aria-label": "Progress" }), el("span", {}, "Job ", this.job(taskId), words));
  }

  /** Return a job's id, which leads to the job. */
  job(id) {
    const textContent = cut(String(id), 60);
    return this.jobs ? el("a", { textContent, href: `${this.jobs}?q=${encodeURIComponent(id)}` }) : el("span", { textContent });
  }

  logged({ level, logger, data }) {
    if (this.log.childElementCount >= MOST_LOGGED) return;
    this.log.hidden = false;
    const head = `${cut(String(level), 20)}${logger ? ` ${cut(String(logger), 60)}` : ""}: `;
    const said = typeof data === "string" ? el("span", { textContent: cut(data, 2000) }) : tree(data ?? null);
    this.log.append(el("li", {}, el("span", { class: "play-level", textContent: head }), said));
  }

  async asked(question) {
    this.say("The call waits for your answer.", "asks");
    const said = await ask(this.questions, question, this.leaving.signal);
    if (!this.leaving.signal.aborted) this.say("Running…", "busy");
    return said;
  }

  /** Show how a run ended. */
  ended(kind, { answer, took, first, rounds, revision }, tries) {
    if (answer.error) this.failed(answer);
    else if (answer.cancelled) this.stopped(cut(String(answer.cancelled), 500));
    else {
      const bad = Boolean(answer.result?.isError);
      this.say(bad ? "It ran, and says that it failed." : "Done.", bad ? "failed" : "done");
      fill(this.result, ...drawn(kind, answer.result || {}, tries));
    }
    const said = [
      ["Whole", `${QUICK.format(took)} ms`], ["First answer", `${QUICK.format(first)} ms`],
      ["Rounds", String(rounds)], ...(answer.task ? [["Job", this.job(answer.task)]] : []), ["HTTP", String(answer.status ?? "")], ["Revision", revision],
    ];
    fill(this.timing, ...said.map(([name, value]) => el("div", {}, el("dt", { textContent: name }), el("dd", {}, value))));
  }

  failed({ error, status, task }) {
    this.say(`${task ? "Failed" : "Refused"}: ${cut(String(error.message), 500)}`, "failed");
    fill(this.result, el("p", { className: "play-failed", textContent: `Error ${error.code}${status ? `, HTTP ${status}` : ""}` }), error.data === undefined ? null : tree(error.data));
  }

  /** Say that there was no run, or that it was left. */
  stopped(words, kind = "failed") {
    this.say(words, kind);
    fill(this.live);
    fill(this.questions);
  }
}
