/**
 * Every error that a person may read has a code, a message that says what happened and a hint that says what to do.
 * This table is the only place that maps a code to an HTTP status and to the exit code of the command line.
 */

/** Exit codes: 1 failed, 2 wrong usage, 3 cannot reach the server, 4 not allowed, 5 not found, 6 busy or not ready. */
export const ERRORS = {
  bad_request: { status: 400, exit: 2 },
  bad_json: { status: 400, exit: 2 },
  usage: { status: 400, exit: 2 },
  unauthorized: { status: 401, exit: 4 },
  forbidden: { status: 403, exit: 4 },
  origin_not_allowed: { status: 403, exit: 4 },
  unknown_site: { status: 400, exit: 5 },
  site_not_allowed: { status: 403, exit: 5 },
  not_found: { status: 404, exit: 5 },
  method_not_allowed: { status: 405, exit: 2 },
  site_exists: { status: 409, exit: 2 },
  token_exists: { status: 409, exit: 2 },
  not_empty: { status: 409, exit: 2 },
  too_large: { status: 413, exit: 2 },
  rate_limited: { status: 429, exit: 6 },
  config_invalid: { status: 500, exit: 2 },
  address_in_use: { status: 500, exit: 1 },
  file: { status: 500, exit: 1 },
  data_dir: { status: 500, exit: 1 },
  already_running: { status: 500, exit: 6 },
  store_start: { status: 500, exit: 1 },
  server_unreachable: { status: 502, exit: 3 },
  buffer_full: { status: 503, exit: 6 },
  buffer_unavailable: { status: 503, exit: 6 },
  store_unavailable: { status: 503, exit: 6 },
  not_ready: { status: 503, exit: 6 },
  program_failed: { status: 500, exit: 1 },
  unhealthy: { status: 503, exit: 1 },
  internal: { status: 500, exit: 1 },
} as const satisfies Record<string, { status: number; exit: number }>;

export type ErrorCode = keyof typeof ERRORS;

/** What a client of the API gets instead of an answer. */
export interface ErrorAnswer {
  error: { code: string; message: string; hint: string };
}

/** An error for its reader. `cause` is for the log only and is never sent to a client. */
export class MuntraError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, hint: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'MuntraError';
    this.code = code;
    this.hint = hint;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get exitCode(): number {
    return ERRORS[this.code].exit;
  }
}

/** The code of a Node system error (`ENOENT`, `EADDRINUSE`, ...), or '' for anything else. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
