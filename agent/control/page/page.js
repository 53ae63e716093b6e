// Puts the page together: views, lists, live events and wishes.
import * as chart from "./chart.js";
import * as chooser from "./chooser.js";
import * as detail from "./detail.js";
import { $, button, el, name, stage } from "./dom.js";
import { address, listen } from "./door.js";
import * as explain from "./explain.js";
import { List } from "./list.js";
import * as state from "./state.js";
import * as waiting from "./waiting.js";
import { hush, keep, say, whenDone, wish } from "./wish.js";
import { LABELS, label, moment, number, plain, size } from "./words.js";

const VIEWS = ["overview", "documents", "clients", "history"];
let view = "overview";

// --- rows of the lists

const link = (text, act) => {
  const made = button("", "", act, "link");
  made.append(name(text));
  return made;
};

const documentRow = (one) =>
  el(
    "tr",
    { "data-key": one.id },
    el("th", { scope: "row" }, link(one.name, () => detail.showDocument(one.id)), el("p", { class: "sub narrow" }, name(one.client), `, ${size(one.size)}`)),
    el("td", { class: "wide" }, name(one.client)),
    el("td", {}, stage(one.stage, label("document", one.stage))),
    el("td", { class: "wide number" }, size(one.size)),
    el("td", { class: "wide time" }, moment(one.filed_at)),
  );

function clientRow(one) {
  const of = one.documents;
  const all = Object.values(of).reduce((sum, many) => sum + many, 0);
  const not = (of.failed ?? 0) + one.waiting_files;
  const way = all - (of.filed ?? 0) - (of.failed ?? 0) - (of.lost ?? 0);
  return el(
    "tr",
    { "data-key": one.id },
    el("th", { scope: "row" }, link(one.name, () => detail.showClient(one, seek)), el("p", { class: "sub" }, name(one.external_id), `, ${one.tax_year}, ${one.return_type}`)),
    el("td", { class: "wide" }, stage(one.state, label("client", one.state))),
    el("td", { class: "number" }, number(of.filed ?? 0)),
    el("td", { class: "number wide" }, number(way)),
    el("td", { class: "number" }, not ? el("strong", {}, number(not)) : "0"),
    el("td", { class: "wide time" }, moment(one.last_at)),
  );
}

const historyRow = (one) =>
  el(
    "tr",
    { "data-key": one.id },
    el("td", { class: "time" }, moment(one.at)),
    el(
      "td",
      {},
      one.subject === "document" ? link(one.name ?? `Document ${one.subject_id}`, () => detail.showDocument(one.subject_id)) : name(one.path ?? one.name ?? one.subject),
      one.client && one.client !== one.name ? el("p", { class: "sub" }, name(one.client)) : null,
      el("div", { class: "narrow" }, stage(one.after, label(one.subject, one.after)), el("p", { class: "sub" }, plain(one.why))),
    ),
    el("td", { class: "wide" }, stage(one.after, label(one.subject, one.after))),
    el("td", { class: "wide" }, plain(one.why)),
  );

const lists = {
  documents: new List("documents", { noun: "document", row: documentRow }),
  clients: new List("clients", { noun: "client", row: clientRow }),
  history: new List("history", {
    noun: "line",
    row: historyRow,
    onQuery: ({ client, since }) => {
      for (const kind of ["csv", "json"]) $(`export-${kind}`).href = address(`export/history.${kind}`, { client, since });
    },
  }),
};

// --- views

function seek(where, client, shown) {
  location.hash = `/${where}`;
  lists[where].of(client, shown);
}

function turn() {
  const asked = location.hash.slice(2); // "#/clients": no anchor, so nothing scrolls
  if (location.hash === "#main") return;
  view = VIEWS.includes(asked) ? asked : "overview";
  document.body.classList.toggle("listing", view !== "overview");
  for (const part of document.querySelectorAll("[data-view]")) part.hidden = part.id !== view;
  for (const at of document.querySelectorAll("nav a")) {
    if (at.hash === `#/${view}`) at.setAttribute("aria-current", "page");
    else at.removeAttribute("aria-current");
  }
  renewView();
}

async function renewView() {
  const wanted = view === "overview" ? [waiting.waiting(), chart.days()] : [lists[view].load()];
  await Promise.allSettled([...wanted, detail.again()]);
}

// what changed is looked at anew, at most every two seconds
let due = 0;
let seen = "";
let last = 0;

function changed(told) {
  const sign = JSON.stringify([told.counts, told.needs, told.recent, told.roots]);
  if (sign === seen) return;
  seen = sign;
  if (due) return;
  due = setTimeout(() => {
    due = 0;
    last = Date.now();
    renewView();
  }, Math.max(0, 2000 - (Date.now() - last)));
}

// --- live

let since = null;

function heard(kind, told) {
  if (kind === "notice") {
    state.notice(told);
    return;
  }
  if (since) {
    since = null;
    seen = "";
  }
  state.show(told);
  changed(told);
}

function lost(error) {
  since ??= new Date().toISOString();
  if (error.status === 401) {
    state.stand("sign-in", "This page is not signed in any more.", "The agent was started anew, or half a day has passed. Open the page again from the tray, or with `filed-agent open`.");
  } else if (error.status) {
    state.stand("not-running", "The agent cannot answer just now.", error.message);
  } else {
    state.stand("not-running", "No agent answers.", `The connection was lost at ${moment(since)} and is tried again by itself. If it lasts, start the agent with \`filed-agent run\`, then open this page again with \`filed-agent open\`.`);
  }
  $("progress").hidden = true;
}

// --- wishes of the top

const HOUR = 3600;

const PAUSES = { hour: { seconds: HOUR }, tomorrow: { tomorrow: true }, resumed: {} };

function menus() {
  const close = (menu, focus) => {
    menu.open = false;
    if (focus) menu.firstElementChild.focus();
  };
  for (const menu of document.querySelectorAll(".menu")) {
    menu.addEventListener("keydown", (event) => event.key === "Escape" && close(menu, true));
    document.addEventListener("click", (event) => !menu.contains(event.target) && close(menu));
    menu.addEventListener("focusout", (event) => event.relatedTarget && !menu.contains(event.relatedTarget) && close(menu));
    menu.addEventListener("click", (event) => event.target.closest("button") && close(menu, true));
  }
}

function buttons() {
  for (const one of document.querySelectorAll("[data-pause]")) {
    one.addEventListener("click", () => wish("pause", PAUSES[one.dataset.pause], { by: one }));
  }
  for (const one of document.querySelectorAll("[data-snooze]")) {
    one.addEventListener("click", () => wish("snooze", { seconds: Number(one.dataset.snooze) }, { by: one }));
  }
  $("resume").addEventListener("click", () => wish("resume", {}, { by: $("resume") }));
  $("scan").addEventListener("click", () => wish("scan", {}, { by: $("scan") }));
  $("retry-all").addEventListener("click", () => wish("retry", { all: true }, { by: $("retry-all") }));
  $("close-toast").addEventListener("click", hush);
  for (const one of document.querySelectorAll("[data-close]")) one.addEventListener("click", () => one.closest("dialog").close());
  for (const one of document.querySelectorAll("dialog")) one.addEventListener("close", keep);
  $("span").addEventListener("change", () => chart.days().catch((error) => say(error.message, { refused: true })));
}

function theme() {
  const kept = localStorage.getItem("theme") ?? "";
  const set = (value) => {
    document.documentElement.dataset.theme = value;
    localStorage.setItem("theme", value);
  };
  set(kept);
  $("theme").value = kept;
  $("theme").addEventListener("change", () => set($("theme").value));
}

for (const [value, text] of Object.entries(LABELS.document)) {
  lists.documents.form.elements.stage.append(el("option", { value }, text[0].toUpperCase() + text.slice(1)));
}
theme();
menus();
buttons();
for (const heading of document.querySelectorAll("section h2")) heading.tabIndex = -1;
chooser.prepare();
detail.prepare();
explain.prepare();
waiting.prepare(seek);
whenDone(() => setTimeout(renewView, 300));
addEventListener("hashchange", turn);
turn();
state.notices().catch(() => {}); // told of as lost below
listen(heard, lost);
