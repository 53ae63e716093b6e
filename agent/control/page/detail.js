// The whole story of a document, and what is known of a client.
import { choose } from "./chooser.js";
import { $, button, el, name, prose, restand, stage, standing } from "./dom.js";
import { get } from "./door.js";
import { copy, leaveOut, openFolder, retry, retryClient } from "./wish.js";
import { counted, exact, label, moment, number, plain, size } from "./words.js";

let shown = null; // what the open dialog shows: a function that fills it anew
let opener = null; // where the focus goes back to

export const fact = (term, ...told) =>
  told.some((one) => one != null && one !== "") ? [el("dt", {}, term), el("dd", {}, ...told)] : [];

export const facts = (...pairs) => el("dl", {}, ...pairs.flat());

export function story(history) {
  const line = (one) =>
    el(
      "li",
      {},
      el(
        "p",
        {},
        el("span", { class: "time" }, exact(one.at)),
        " ",
        stage(one.after, label(one.subject, one.after)),
      ),
      one.why ? el("p", { class: "sub" }, plain(one.why)) : null,
    );
  return el("ol", { class: "story" }, ...history.map(line));
}

const copied = (text) => [
  el("code", {}, plain(text)),
  " ",
  button("Copy", text, () => copy(text), "small quiet"),
];

const place = (path, ...more) =>
  el(
    "li",
    {},
    name(path),
    el(
      "div",
      { class: "acts" },
      button("Open folder", path, (event) => openFolder(path, event.currentTarget)),
      button("Copy path", path, () => copy(path)),
      ...more,
    ),
  );

async function show(fill) {
  shown = fill;
  const dialog = $("detail");
  if (!dialog.open) {
    opener = standing();
    $("detail-title").textContent = "One moment";
    $("detail-body").replaceChildren();
    dialog.showModal();
  }
  $("detail-title").focus();
  await again();
}

export async function again() {
  const fill = shown;
  if (!fill || !$("detail").open) return;
  try {
    const [title, ...body] = await fill();
    if (fill !== shown) return;
    $("detail-title").replaceChildren(name(title));
    $("detail-body").replaceChildren(...body);
  } catch (error) {
    $("detail-body").replaceChildren(el("p", {}, error.message));
  }
}

export const close = () => $("detail").close();

export function prepare() {
  $("detail").addEventListener("close", () => {
    if (!opener?.element.isConnected) restand(opener); // else the browser has done it
    opener = null;
  });
}

export const showDocument = (id) => show(() => documentStory(id));

async function documentStory(id) {
  const { document: one, label: words, history } = await get(`documents/${id}`);
  const path = one.paths[0];
  const acts = [
    one.stage === "filed"
      ? null
      : button(
          "Try again",
          one.name,
          (event) => retry([String(id)], event.currentTarget).then(again),
          "first",
        ),
    path && one.stage !== "filed"
      ? button(
          "Leave out",
          one.name,
          (event) => leaveOut(path, event.currentTarget).then(again),
          "",
        )
      : null,
  ];
  return [
    one.name,
    el("p", {}, stage(one.stage, words)),
    one.problem ? prose(el("p", { class: "verdict" }), one.problem) : "",
    one.remedy ? prose(el("p", {}), one.remedy) : "",
    acts.some(Boolean) ? el("div", { class: "acts" }, ...acts.filter(Boolean)) : "",
    facts(
      fact("Client", name(one.client)),
      fact("Size", size(one.size)),
      fact("Filed", one.filed_at && exact(one.filed_at)),
      fact("Number", String(one.id)),
      fact("SHA-256", ...copied(one.sha256)),
      one.upload_id ? fact("Upload ID", ...copied(one.upload_id)) : [],
      one.task_id ? fact("Task ID", ...copied(one.task_id)) : [],
    ),
    el("h3", {}, "Where it lies"),
    one.paths.length
      ? el("ul", { class: "places" }, ...one.paths.map((at) => place(at)))
      : el("p", { class: "muted" }, "No file holds it any more."),
    el("h3", {}, "Its story"),
    story(history),
  ];
}

export const folderPath = ({ root, folder }) => {
  if (!folder) return root;
  const mark = root.includes("\\") && !root.startsWith("/") ? "\\" : "/";
  return root.replace(/[\\/]+$/, "") + mark + folder.replaceAll("/", mark);
};

const STANDINGS = { owner: "stands for it", doubt: "in doubt", confirmed: "confirmed by a person" };

export const showClient = (one, seek) => show(async () => clientFacts(await fresh(one), seek));

const fresh = async (one) => (await clientOf(one.id, one.name)) ?? one;

const MOST = 500; // rows that the door gives at once

// the client of this number: first among its namesakes, then (its name may have been shown with
// escapes) among all; undefined where there is none
export async function clientOf(id, named) {
  for (const search of [named, ""]) {
    for (let offset = 0, total = 1; offset < total; offset += MOST) {
      const answer = await get("clients", { search, limit: MOST, offset });
      const found = answer.clients.find((one) => one.id === id);
      if (found) return found;
      total = answer.total;
    }
  }
  return undefined;
}

function clientFacts(one, seek) {
  const goto = (view) => () => {
    close();
    seek(view, one.external_id, one.name);
  };
  const counts = Object.entries(one.documents).filter(([, many]) => many);
  const folder = (of) =>
    place(
      folderPath(of),
      button("Map to a client", folderPath(of), () => choose([folderPath(of)])),
      el("span", { class: "sub" }, STANDINGS[of.standing] ?? of.standing),
    );
  return [
    one.name,
    el("p", {}, stage(one.state, label("client", one.state))),
    one.said ? prose(el("p", { class: "verdict" }), one.said) : "",
    el(
      "div",
      { class: "acts" },
      button("Its documents", "", goto("documents"), ""),
      button("Its history", "", goto("history"), ""),
      button(
        "Try again",
        one.name,
        (event) => retryClient(one.external_id, event.currentTarget).then(again),
        "",
      ),
    ),
    facts(
      fact("External ID", ...copied(one.external_id)),
      fact("Tax year", String(one.tax_year)),
      fact("Return type", one.return_type),
      one.filed_id ? fact("ID at Filed", ...copied(one.filed_id)) : [],
      fact(
        "Documents",
        counts.map(([state, many]) => `${number(many)} ${label("document", state)}`).join(", ") ||
          "none",
      ),
      fact("Waiting", one.waiting_files ? counted(one.waiting_files, "file") : ""),
      fact("Last activity", moment(one.last_at)),
    ),
    el("h3", {}, "Its folders"),
    one.folders.length
      ? el("ul", { class: "places" }, ...one.folders.map(folder))
      : el("p", { class: "muted" }, "No folder stands for it."),
  ];
}
