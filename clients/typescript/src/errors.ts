import type { components } from "./schema.js";

export type Problem = components["schemas"]["Problem"];
export type FieldError = components["schemas"]["FieldError"];
export type Photo = components["schemas"]["PhotoView"];

/** Root of all errors of this client. */
export class LimnerError extends Error {
  override name = this.constructor.name;
}

/** The API refused the call. `code` is stable; later releases may have others, so decide by `status` first. */
export class ApiError extends LimnerError {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly requestId: string = "",
    readonly errors: FieldError[] = [],
    readonly retryAfterSeconds?: number,
  ) {
    super(`${status} ${code}: ${detail}`);
  }
}

/** No answer, after every try. */
export class NotConnected extends LimnerError {}

/** The storage refused the file. */
export class UploadRefused extends LimnerError {
  constructor(readonly code: string, message: string) {
    super(`${code}: ${message}`);
  }
}

/** The photo is FAILED. */
export class PhotoFailed extends LimnerError {
  readonly code: string;

  constructor(readonly photo: Photo) {
    super(`${photo.failure?.code ?? "unknown"}: ${photo.failure?.message ?? ""}`);
    this.code = photo.failure?.code ?? "unknown";
  }
}

/** The photo was not finished in time. */
export class NotFinished extends LimnerError {}

/** A webhook is not from Limner, or too old. */
export class SignatureInvalid extends LimnerError {}

const ERROR_TEXT_MAX_CHARS = 200;

/** The error of an answer: a problem document (RFC 9457), or what the gateway itself answers. */
export async function apiError(answer: Response): Promise<ApiError> {
  const text = await answer.text();
  const problem = problemIn(text);
  return new ApiError(
    answer.status,
    problem.code ?? `http_${answer.status}`,
    problem.detail ?? problem.message ?? text.slice(0, ERROR_TEXT_MAX_CHARS),
    problem.request_id,
    problem.errors,
    retryAfterSeconds(answer),
  );
}

function problemIn(text: string): Partial<Problem> & { message?: string } {
  try {
    const problem: unknown = JSON.parse(text);
    return typeof problem === "object" && problem !== null ? problem : {};
  } catch {
    return {};
  }
}

/** Seconds of Retry-After, which has seconds or a date (RFC 9110). */
export function retryAfterSeconds(answer: Response): number | undefined {
  const text = answer.headers.get("retry-after");
  if (!text) return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
