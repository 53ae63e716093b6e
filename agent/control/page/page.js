// Puts the page together: views, lists, live events and wishes.
import * as chart from "./chart.js";
import * as chooser from "./chooser.js";
import * as detail from "./detail.js";
import { $, el } from "./dom.js";
import { address, listen } from "./door.js";
import * as explain from "./explain.js";
import { List } from "./list.js";
import { clientRow, documentRow, historyRow } from "./rows.js";
import * as state from "./state.js";
import { buttons, menus, theme } from "./top.js";
import * as waiting from "./waiting.js";
import { whenDone } from "./wish.js";
import { LABELS, day, moment } from "./words.js";

const VIEWS = ["overview", "documents", "clients", "history"];
let view = "overview";

const lists = {
  documents: new List("documents", { noun: "document", row: documentRow }),
  clients: new List("clients", { noun: "client", row: (one) => clientRow(one, seek) }),
  history: new List("history", {
    noun: "line",
    row: historyRow,
    onQuery: ({ client, since }) => {
      for (const kind of ["csv", "json"])
        $(`export-${kind}`).href = address(`export/history.${kind}`, { client, since });
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
  due = setTimeout(
    () => {
      due = 0;
      last = Date.now();
      renewView();
    },
    Math.max(0, 2000 - (Date.now() - last)),
  );
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
    state.stand(
      "page-over",
      "This page's key is over.",
      "Open it again with `filed-agent open` or from the icon.",
    );
  } else if (error.status) {
    state.stand("not-running", "The agent cannot answer just now.", error.message);
  } else {
    state.stand(
      "not-running",
      "No agent answers.",
      `The connection was lost at ${moment(since)} and is tried again by itself. If it lasts, start the agent with \`filed-agent run\`, then open this page again with \`filed-agent open\`.`,
    );
  }
  $("progress").hidden = true;
}

// Snapshots come when something changed, but not with the time of day, and not with another reason
// for the same number of waiting files: both are looked after here.
let asked = 0; // when what waits was last asked for
let today = day(new Date());

function passes() {
  if (document.hidden || since) return;
  state.grown();
  const turned = day(new Date()) !== today;
  today = day(new Date());
  if (turned) renewView();
  else if (view === "overview" && Date.now() - asked > 15_000) {
    asked = Date.now();
    waiting.waiting().catch(() => {}); // told of as lost
  }
}

for (const [value, text] of Object.entries(LABELS.document)) {
  lists.documents.form.elements.stage.append(
    el("option", { value }, text[0].toUpperCase() + text.slice(1)),
  );
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
setInterval(passes, 5000);
