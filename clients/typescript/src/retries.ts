import { NotConnected, retryAfterSeconds } from "./errors.js";

export interface Retries {
  /** How often a call is sent again, at most. */
  most: number;
  baseSeconds: number;
  mostSeconds: number;
}

export const DEFAULT_RETRIES: Retries = { most: 4, baseSeconds: 0.5, mostSeconds: 30 };
const RETRIED_STATUSES = new Set([429, 500, 502, 503, 504]);
const CONFLICT = 409;

export type Fetch = (request: Request) => Promise<Response>;
export type Sleep = (seconds: number) => Promise<void>;

export const sleepInTimer: Sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

/**
 * A fetch that sends a request again where that can help: exponentially with jitter, or as Retry-After says. A
 * POST keeps one idempotency key for all its tries.
 */
export function retrying(fetch: Fetch, retries: Retries, sleep: Sleep): Fetch {
  return async (request) => {
    if (request.method === "POST" && !request.headers.has("Idempotency-Key")) {
      request.headers.set("Idempotency-Key", crypto.randomUUID());
    }
    return tried(() => fetch(request.clone()), retries, sleep);
  };
}

/** Throws NotConnected where no try had an answer. */
export async function tried(send: () => Promise<Response>, retries: Retries, sleep: Sleep): Promise<Response> {
  for (let tries = 1; ; tries += 1) {
    let answer: Response | undefined;
    let failure: unknown;
    try {
      answer = await send();
      if (answer.ok) return answer;
    } catch (error) {
      failure = error;
    }
    const seconds = delay(tries, answer, retries);
    if (seconds === undefined) {
      if (answer) return answer;
      throw new NotConnected(String(failure), { cause: failure });
    }
    await sleep(seconds);
  }
}

function delay(tries: number, answer: Response | undefined, retries: Retries): number | undefined {
  if (tries > retries.most || (answer && !isTemporary(answer))) return undefined;
  const told = answer && retryAfterSeconds(answer);
  if (told !== undefined) return told <= retries.mostSeconds ? told : undefined;
  const most = Math.min(retries.mostSeconds, retries.baseSeconds * 2 ** (tries - 1));
  return most / 2 + (Math.random() * most) / 2;
}

/** 409 with Retry-After: a call with the same idempotency key is under way. */
function isTemporary(answer: Response): boolean {
  const isInFlight = answer.status === CONFLICT && answer.headers.has("retry-after");
  return RETRIED_STATUSES.has(answer.status) || isInFlight;
}
