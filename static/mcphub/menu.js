// The menu of the account closes on Escape and on a click elsewhere; without this by its own button.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const menu of document.querySelectorAll("details.menu")) {
    const button = menu.querySelector("summary");
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      if (menu.contains(document.activeElement)) button.focus();
      menu.open = false;
    });
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  }
});
