// What becomes of a path, and why.
import { fact, facts, story } from "./detail.js";
import { $, button, el, name, prose, stage } from "./dom.js";
import { LONGEST, get } from "./door.js";
import { openFolder, retryFile, takeIn } from "./wish.js";
import { exact, label, plain, size } from "./words.js";

const ON_DISK = {
  file: "a file",
  folder: "a folder",
  link: "a link",
  other: "no regular file",
  absent: "nothing",
  closed: "not to be seen by the agent",
};

// each decision: on what, what holds, and where the rule stands
const decision = (one) =>
  fact(one.what, plain(one.told), el("p", { class: "sub" }, plain(one.origin.text)));

const decisions = (told) =>
  told.decisions.length
    ? [el("h3", {}, "What was decided, and by which rule"), facts(...told.decisions.map(decision))]
    : [];

function states({ file, client, document: one }) {
  return [
    ...(file
      ? fact(
          "File",
          stage(file.state, label("file", file.state)),
          `, ${size(file.size)}, changed ${exact(file.changed_at)}`,
        )
      : []),
    ...(file?.next_look ? fact("Next look", exact(file.next_look)) : []),
    ...(client
      ? fact("Client", name(client.name), " ", stage(client.state, label("client", client.state)))
      : []),
    ...(one ? fact("Document", `${one.id} `, stage(one.stage, label("document", one.stage))) : []),
    ...(one ? fact("SHA-256", el("code", {}, one.sha256)) : []),
  ];
}

function acts(told) {
  const { path, file, document: one } = told;
  const again = file?.state === "held" || one?.stage === "failed";
  const left = file?.state === "ignored" && file.reason === "person";
  const known = told.root
    ? button("Open folder", path, (event) => openFolder(path, event.currentTarget))
    : null;
  return [
    again ? button("Try again", path, (event) => retryFile(file?.id ?? path, event.currentTarget)) : null,
    left
      ? button("Take in again", path, (event) => takeIn(file.id, event.currentTarget).then(explain))
      : null,
    known,
  ].filter(Boolean);
}

function show(told) {
  const same = told.same_content;
  $("explained").replaceChildren(
    prose(el("p", { class: "verdict" }), told.sentence),
    prose(el("p", {}), told.next_step),
    el("div", { class: "acts" }, ...acts(told)),
    facts(
      fact("Path", name(told.path)),
      fact("There is", ON_DISK[told.on_disk] ?? told.on_disk),
      told.root ? fact("Watched folder", name(told.root.path)) : [],
      told.config_usable
        ? []
        : fact("Configuration", "cannot be used, so its rules are not shown"),
      states(told),
      same.length ? fact("Same content", ...same.flatMap((path) => [name(path), el("br")])) : [],
    ),
    ...decisions(told),
    told.history.length ? el("h3", {}, "Its story") : "",
    told.history.length ? story(told.history) : "",
  );
}

async function explain() {
  try {
    show(await get("explain", { path: $("explain-path").value }, LONGEST));
  } catch (error) {
    $("explained").replaceChildren(el("p", {}, error.message));
  }
}

export function prepare() {
  $("explain").addEventListener("submit", (event) => {
    event.preventDefault();
    explain();
  });
}
