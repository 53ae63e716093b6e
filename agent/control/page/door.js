// The control door: questions, wishes, live events.

export class Refused extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

export class Gone extends Error {}

const MOST = 10_000; // milliseconds that an answer may take
const SILENCE = 25_000; // after so long without a word the agent is asked
const BEHIND = 60_000; // the same while nobody looks: for the title of the window

export const address = (path, query = {}) => {
  const told = Object.entries(query).filter(([, value]) => value !== "" && value != null);
  return told.length ? `/v1/${path}?${new URLSearchParams(told)}` : `/v1/${path}`;
};

async function ask(url, options) {
  let answer;
  let told;
  try {
    answer = await fetch(url, { ...options, signal: AbortSignal.timeout(MOST) });
    told = await answer.json().catch(() => ({}));
  } catch {
    throw new Gone("No agent answers.");
  }
  if (answer.ok) return told;
  throw new Refused(
    told.sentence || `The agent refused this (HTTP ${answer.status}).`,
    answer.status,
  );
}

export const get = (path, query) => ask(address(path, query));

export const post = (path, body = {}) =>
  ask(address(path), {
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
