// The top of the page: one sentence, its sign, what is on the line; and what the snapshot lists.
import { showDocument } from "./detail.js";
import { $, button, el, hide, name, prose, renew, stage } from "./dom.js";
import { get } from "./door.js";
import { moment, plain, size } from "./words.js";

const SIGNS = { idle: "filed" };
const GONE = ["not-running", "page-over"]; // the page's own: what it lists is of before
const known = new Map(); // documents on the line, by their number
let asked = 0;
let last = null; // the snapshot that is shown

export function show(told) {
  last = told;
  stand(told.standing, told.sentence, told.step || told.advice);
  $("version").textContent = told.version;
  if (told.paused) $("resume").hidden = false;
  else $("pause").hidden = false;
  hide($("pause"), told.paused, $("resume"));
  hide($("resume"), !told.paused, $("pause").firstElementChild);
  hide($("retry-all"), !told.needs, $("scan"));
  const snoozed = Date.parse(told.snoozed_until) > Date.now();
  hide($("unsnooze"), !snoozed, $("snooze").firstElementChild);
  $("snooze").firstElementChild.textContent = snoozed
    ? `Notices snoozed until ${moment(told.snoozed_until)}`
    : "Snooze notices";
  onTheLine(told);
  notes(told);
  rows("recent", told.recent, recent);
  rows("roots", told.roots, root);
}

// what time alone changes: the day, and the end of a snooze
export const grown = () => last && show(last);

// the standing is spoken when it changed, its numbers are not
export function stand(standing, sentence, advice) {
  const changed = $("state").dataset.standing !== standing;
  $("state").dataset.standing = standing;
  $("state")
    .querySelector("use")
    .setAttribute("href", `#i-${SIGNS[standing] ?? standing}`);
  prose($("sentence"), sentence);
  prose($("advice"), advice);
  document.title = `${plain(sentence)} filed-agent`;
  if (changed) $("told").textContent = sentence;
  const gone = GONE.includes(standing);
  if (gone && document.activeElement?.closest("main .acts")) $("sentence").focus();
  document.body.classList.toggle("gone", gone);
}

function onTheLine({ progress, agent, recent }) {
  for (const one of recent) known.set(one.id, one);
  if (agent.sending.some((one) => !known.has(one.document))) learn();
  $("progress").hidden = !progress.text;
  $("pace").textContent = progress.text;
  const sending = agent.sending.slice(0, 8);
  const line = $("line");
  while (line.children.length > sending.length) line.lastElementChild.remove();
  sending.forEach((one, at) => {
    const row = line.children[at] ?? line.appendChild(sendingRow());
    const [named, whose] = row.querySelectorAll("bdi");
    named.textContent = plain(known.get(one.document)?.name ?? `Document ${one.document}`);
    whose.textContent = plain(known.get(one.document)?.client);
    row.children[1].textContent = `${size(one.offset)} of ${size(one.size)}`;
    row.children[2].max = one.size || 1;
    row.children[2].value = one.offset;
    row.children[2].setAttribute("aria-label", row.children[0].textContent);
  });
}

const sendingRow = () =>
  el(
    "li",
    {},
    el("span", {}, name(""), " ", name("", "muted")),
    el("span", { class: "number" }),
    el("progress", {}),
  );

async function learn() {
  if (Date.now() - asked < 1500) return;
  asked = Date.now();
  const { documents } = await get("documents", { stage: "uploading", limit: 50 }).catch(() => ({
    documents: [],
  }));
  if (known.size > 5000) known.clear();
  for (const one of documents) known.set(one.id, one);
}

// of the notices only those that nothing else on the page says
const ALARMS = ["nothing-arrived"];
const alarms = new Map();

export function notice(told) {
  if (ALARMS.includes(told.kind)) alarms.set(told.kind, told);
}

// an alarm holds for a day, and until a document moves after it
function holds({ at }) {
  const moved = last.recent.some((one) => Date.parse(one.at) > Date.parse(at));
  return !moved && Date.now() - Date.parse(at) < 86_400_000;
}

const alarm = ({ at, title, text }) => `${moment(at)}: ${title}. ${text}`;

export async function notices() {
  for (const one of (await get("notices")).notices) notice(one);
}

function notes({ agent, incident }) {
  const told = [
    ...(incident?.sentences ?? []),
    ...agent.config_problems,
    ...agent.limits,
    ...[...alarms.values()].filter(holds).map(alarm),
  ];
  renew($("notes"), told, () => told.map((one) => prose(el("li", {}), one)));
  $("notes").hidden = !told.length;
}

function rows(id, told, make) {
  renew($(id), told, () => told.map(make));
  $(id).parentElement.querySelector(".empty").hidden = told.length > 0;
}

function recent(one) {
  const open = button("", "", () => showDocument(one.id), "link");
  open.append(name(one.name));
  return el(
    "li",
    { "data-key": one.id },
    open,
    stage(one.stage, one.label),
    el("p", { class: "sub" }, name(one.client), one.at ? `, ${moment(one.at)}` : ""),
  );
}

const root = (one) =>
  el(
    "li",
    {},
    name(one.path),
    one.unavailable ? stage("held", "unavailable") : stage("filed", "watched"),
    el(
      "p",
      { class: "sub" },
      one.unavailable
        ? plain(one.unavailable)
        : one.scanned_at
          ? `Looked through at ${moment(one.scanned_at)}`
          : "Not looked through yet",
    ),
  );
