// Labels, numbers, times and names as text, in the forms that agent/words has.

export const LABELS = {
  document: {
    ready: "waiting to be sent",
    uploading: "being sent",
    uploaded: "sent, not attached yet",
    attaching: "being attached",
    ingesting: "being read by Filed",
    filed: "filed",
    lost: "gone before it was sent",
    failed: "failed",
  },
  file: {
    settling: "settling",
    held: "waiting",
    ignored: "left out",
    known: "taken up",
    missing: "not there any more",
  },
  client: {
    new: "not looked up at Filed yet",
    absent: "to be created at Filed",
    creating: "being created at Filed",
    known: "known at Filed",
    held: "waiting for a decision",
  },
  operation: {
    announced: "sent",
    unknown: "answer lost",
    done: "carried out",
    refused: "refused",
  },
};

// colour and shape of a state: the shape says it where the colour is not seen
const LOOKS = {
  filed: ["good", "filed"],
  known: ["good", "filed"],
  done: ["good", "filed"],
  failed: ["bad", "needs-you"],
  refused: ["bad", "needs-you"],
  held: ["warn", "needs-you"],
  lost: ["rest", "gone"],
  missing: ["rest", "gone"],
  ignored: ["rest", "gone"],
  uploading: ["busy", "working"],
  uploaded: ["busy", "working"],
  attaching: ["busy", "working"],
  ingesting: ["busy", "working"],
  creating: ["busy", "working"],
};

export const looks = (state) => LOOKS[state] ?? ["rest", "waits"];

export const label = (subject, state) => LABELS[subject]?.[state] ?? state;

const NUMBER = new Intl.NumberFormat("en-US");

export const number = (n) => NUMBER.format(n);

export const counted = (n, noun, plural = `${noun}s`) => `${number(n)} ${n === 1 ? noun : plural}`;

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

export function size(bytes) {
  if (bytes === 1) return "1 byte";
  let unit = 0;
  while (bytes >= 999.5 && unit < UNITS.length - 1) {
    bytes /= 1000;
    unit += 1;
  }
  return `${bytes.toFixed(unit === 0 || bytes >= 99.5 ? 0 : 1)}\u00a0${UNITS[unit]}`;
}

const two = (n) => String(n).padStart(2, "0");

export const day = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

// this machine's zone: 10:42 today, else with its date
export function moment(iso, now = new Date()) {
  if (!iso) return "";
  const at = new Date(iso);
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return day(at) === day(now) ? clock : `${day(at)} ${clock}`;
}

export const exact = (iso) =>
  iso ? `${day(new Date(iso))} ${new Date(iso).toTimeString().slice(0, 8)}` : "";

// what would break, hide or turn round a name is shown as an escape (rows N1 to N4)
const SHORT = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const MISLEADS = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

export function plain(text) {
  return String(text ?? "").replace(MISLEADS, (char) => {
    if (char in SHORT) return SHORT[char];
    const code = char.codePointAt(0);
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
    return code < 0x10000
      ? `\\u${code.toString(16).padStart(4, "0")}`
      : `\\U${code.toString(16).padStart(8, "0")}`;
  });
}
