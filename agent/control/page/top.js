// The buttons and menus at the top, and the choice of colours.
import { days } from "./chart.js";
import { $ } from "./dom.js";
import { hush, keep, say, wish } from "./wish.js";

const HOUR = 3600;

const PAUSES = { hour: { seconds: HOUR }, tomorrow: { tomorrow: true }, resumed: {} };

export function menus() {
  const close = (menu, focus) => {
    menu.open = false;
    if (focus) menu.firstElementChild.focus();
  };
  for (const menu of document.querySelectorAll(".menu")) {
    menu.addEventListener("keydown", (event) => event.key === "Escape" && close(menu, true));
    document.addEventListener("click", (event) => !menu.contains(event.target) && close(menu));
    menu.addEventListener(
      "focusout",
      (event) => event.relatedTarget && !menu.contains(event.relatedTarget) && close(menu),
    );
    menu.addEventListener("click", (event) => event.target.closest("button") && close(menu, true));
  }
}

export function buttons() {
  for (const one of document.querySelectorAll("[data-pause]")) {
    one.addEventListener("click", () => wish("pause", PAUSES[one.dataset.pause], { by: one }));
  }
  for (const one of document.querySelectorAll("[data-snooze]")) {
    one.addEventListener("click", () =>
      wish("snooze", { seconds: Number(one.dataset.snooze) }, { by: one }),
    );
  }
  $("resume").addEventListener("click", () => wish("resume", {}, { by: $("resume") }));
  $("scan").addEventListener("click", () => wish("scan", {}, { by: $("scan") }));
  $("retry-all").addEventListener("click", () =>
    wish("retry", { all: true }, { by: $("retry-all") }),
  );
  $("close-toast").addEventListener("click", hush);
  for (const one of document.querySelectorAll("[data-close]"))
    one.addEventListener("click", () => one.closest("dialog").close());
  for (const one of document.querySelectorAll("dialog")) one.addEventListener("close", keep);
  $("span").addEventListener("change", () =>
    days().catch((error) => say(error.message, { refused: true })),
  );
}

export function theme() {
  const kept = localStorage.getItem("theme") ?? "";
  const set = (value) => {
    document.documentElement.dataset.theme = value;
    localStorage.setItem("theme", value);
  };
  set(kept);
  $("theme").value = kept;
  $("theme").addEventListener("change", () => set($("theme").value));
}
