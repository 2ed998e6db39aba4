// Suggestions for arguments of prompts and variables of templates: completion/complete, while somebody types.
import { el, fresh } from "./dom.js";

const PAUSE = 250;
const MOST = 100;

/** Return what equips a text field with suggestions; `complete` gives the values, and nothing if it cannot. */
export function suggesting(complete) {
  return (control, { name }) => {
    const list = el("datalist", { id: fresh("suggestions") });
    control.setAttribute("list", list.id);
    control.after(list);
    let waiting = 0;
    let asked = 0;
    const ask = () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        asked += 1;
        const mine = asked;
        const values = await complete(name, control.value).catch(() => []);
        if (mine !== asked) return;
        list.replaceChildren(...values.slice(0, MOST).map((value) => el("option", { value: String(value) })));
      }, PAUSE);
    };
    control.addEventListener("input", ask);
    control.addEventListener("focus", ask, { once: true });
  };
}
