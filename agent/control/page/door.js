// The control door: questions, wishes, live events.

export class Refused extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

export class Gone extends Error {}

export const LONGEST = 25_000; // milliseconds: the door answers within 20 s, a wish or no wish
const MOST = 10_000; // the same for lists, which are asked for again anyway
const LATE =
  "The answer did not come in time; it may still be done. Look again in a moment.";
const SILENCE = 25_000; // after so long without a word the agent is asked
const BEHIND = 60_000; // the same while nobody looks: for the title of the window

export const address = (path, query = {}) => {
  const told = Object.entries(query).filter(([, value]) => value !== "" && value != null);
  return told.length ? `/v1/${path}?${new URLSearchParams(told)}` : `/v1/${path}`;
};

let over = () => {}; // told when the door does not know this page any more

async function ask(url, most, options) {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), most);
  let answer;
  let told;
  try {
    answer = await fetch(url, { ...options, signal: ending.signal });
    told = await answer.json().catch(() => ({}));
  } catch {
    throw new Gone(ending.signal.aborted && options ? LATE : "No agent answers.");
  } finally {
    clearTimeout(timer);
  }
  if (answer.ok) return told;
  const refused = new Refused(
    told.sentence || `The agent refused this (HTTP ${answer.status}).`,
    answer.status,
  );
  if (refused.status === 401) over(refused);
  throw refused;
}

export const get = (path, query, most = MOST) => ask(address(path, query), most);

export const post = (path, body = {}) =>
  ask(address(path), LONGEST, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

// heard(kind, answer) for every event; lost(error) when the agent does not answer. Comes back by
// itself; does not listen while nobody looks (a browser has few connections for all its tabs).
export function listen(heard, lost) {
  let source = null;
  let timer = 0;
  let last = 0;
  let wait = 500;

  const end = () => {
    source?.close();
    source = null;
    clearTimeout(timer);
  };
  const later = () => {
    timer = setTimeout(begin, wait);
    wait = Math.min(wait * 1.6, 8000);
  };
  const again = (error) => {
    end();
    lost(error);
    later();
  };
  over = (error) => source && again(error);
  const probe = async () => {
    try {
      const answer = await get("snapshot");
      last = Date.now();
      heard("snapshot", answer);
      return true;
    } catch (error) {
      again(error);
      return false;
    }
  };
  const begin = () => {
    end();
    if (document.hidden) return;
    last = Date.now();
    source = new EventSource("/v1/events");
    for (const kind of ["snapshot", "notice"]) {
      source.addEventListener(kind, (event) => {
        last = Date.now();
        wait = 500;
        heard(kind, JSON.parse(event.data));
      });
    }
    source.onerror = async () => {
      end();
      if (await probe()) later();
    };
  };
  document.addEventListener("visibilitychange", begin);
  setInterval(() => {
    const most = source ? SILENCE : BEHIND;
    if ((source || document.hidden) && Date.now() - last > most) probe();
  }, 5000);
  begin();
}
