/** One thing looked at. */
export interface Judged {
  readonly ok: boolean;
  /** A sentence. */
  readonly fact: string;
}

export function judged(ok: boolean, right: string, wrong: string): Judged {
  return { ok, fact: ok ? right : wrong };
}
