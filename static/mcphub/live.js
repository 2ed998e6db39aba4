// The live view: asks for the calls that are newer than those shown, and puts them on top.
// Not while the page is hidden or paused. Processes write at their own pace, so a call may turn up with
// a lower number than one that is shown: what came in the last seconds is asked for again.
import { keepAsking } from "./asking.js";

const EVERY = 600; // milliseconds between two questions
const SETTLED = 5000; // milliseconds after which no lower number turns up
const WORDS = {
  live: "Live: new calls appear by themselves.",
  paused: "Paused. Calls that come in meanwhile are shown when you go on.",
  late: "The hub does not answer now. What is shown was true last.",
};

function begin(part) {
  const calls = part.querySelector("[data-calls]");
  const most = Number(part.dataset.most);
  const marks = []; // [when, the highest number known then]
  let after = Number(part.dataset.after);

  const number = (row) => Number(row.dataset.id);

  function place(row) {
    for (const each of calls.children) {
      if (number(each) === number(row)) return;
      if (number(each) < number(row)) return calls.insertBefore(row, each);
    }
    if (calls.children.length < most) calls.append(row);
  }

  function show(text) {
    const found = document.createElement("template");
    found.innerHTML = text; // rendered and escaped by the hub
    const rows = [...found.content.querySelectorAll("tr")].reverse();
    rows.forEach((row) => {
      row.classList.add("hub-new");
      place(row);
    });
    while (calls.children.length > most && !calls.lastElementChild.contains(document.activeElement)) {
      calls.lastElementChild.remove();
    }
    const any = calls.children.length > 0;
    part.querySelector("[data-table]").hidden = !any;
    part.querySelector("[data-empty]").hidden = any;
  }

  function settle(now) {
    const first = calls.firstElementChild;
    marks.push([now, first ? number(first) : 0]);
    while (marks.length && marks[0][0] < now - SETTLED) after = Math.max(after, marks.shift()[1]);
  }

  keepAsking(part, {
    every: EVERY,
    words: WORDS,
    address: () => `${part.dataset.live}&after=${after}`,
    take(text, since) {
      show(text);
      settle(since);
    },
  });
}

document.querySelectorAll("[data-live]").forEach(begin);
