// Tabs by the pattern of WAI-ARIA: arrows move, one is in the order of the Tab key.
import { el, fresh } from "./dom.js";

/** Make tabs of {name, panel, enter}; `enter` may refuse with false. Returns {node, show, shown}. */
export function tabs(label, parts) {
  const list = el("div", { role: "tablist", "aria-label": label, class: "play-tabs" });
  const state = { shown: 0 };
  const heads = parts.map((part, at) => {
    const id = fresh("tab");
    part.panel.id ||= fresh("panel");
    part.panel.setAttribute("role", "tabpanel");
    part.panel.setAttribute("aria-labelledby", id);
    const head = el("button", {
      type: "button", role: "tab", id, "aria-controls": part.panel.id, textContent: part.name,
      class: "play-tab", on: { click: () => show(at), keydown: (event) => move(event, at) },
    });
    list.append(head);
    return head;
  });

  function move(event, at) {
    const last = heads.length - 1;
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (show(to)) heads[to].focus();
  }

  function show(at) {
    if (at !== state.shown && parts[at].enter && parts[at].enter() === false) return false;
    state.shown = at;
    mark();
    return true;
  }

  function mark() {
    heads.forEach((head, at) => {
      head.setAttribute("aria-selected", String(at === state.shown));
      head.tabIndex = at === state.shown ? 0 : -1;
      parts[at].panel.hidden = at !== state.shown;
    });
  }

  mark();
  return { node: el("div", {}, list, ...parts.map((part) => part.panel)), show, shown: () => state.shown };
}
