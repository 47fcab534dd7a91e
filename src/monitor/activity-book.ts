import type { ActivityKind } from './activity.ts';

/** The newest sign of one kind that a workspace is worked in. */
interface Sign {
  at: number;
  containerId: string | null;
  /** What was measured, and what is usual for it; `null` for what was told from outside. */
  value: number | null;
  usual: number | null;
  /** The program that was run, where it is told: no arguments, they may be secrets. */
  program?: string;
}

/** Why a workspace counts as worked in. */
export interface ActivityEvidence {
  /** `cpu`, `network`, `disk`, `processes`, or what was done from outside: `started`, `exec`, `attach`, `terminal`, `copy`, … */
  readonly kind: string;
  /** ISO 8601. */
  readonly at: string;
  readonly containerId: string | null;
  /** In words: `cpu at 34.2 % of a core, usual 2.1`, `exec bash`. */
  readonly what: string;
}

/** When a workspace was last worked in, with the newest evidence of each kind, newest first. */
export interface WorkspaceActivity {
  readonly lastActivity: string | null;
  readonly evidence: readonly ActivityEvidence[];
}

/** Kinds of evidence kept per workspace; those told from outside are words of somebody else. */
const KINDS_MOST = 16;

/** The newest sign of each kind of one workspace. */
export class ActivityBook {
  /** Most workspaces of an engine are idle: made with the first sign. */
  #signs: Map<string, Sign> | null = null;
  lastAt: number | null = null;
  /** What showed the newest activity. */
  lastKind = '';

  /** `at`: epoch ms. An older sign than the one known of its kind changes nothing. */
  note(kind: string, at: number, from: Omit<Sign, 'at'>): void {
    if (this.lastAt === null || at >= this.lastAt) {
      this.lastAt = at;
      this.lastKind = kind;
    }
    this.#signs ??= new Map();
    const known = this.#signs.get(kind);
    if (known === undefined) {
      if (this.#signs.size >= KINDS_MOST) return;
      this.#signs.set(kind, { at, ...from });
    } else if (at >= known.at) Object.assign(known, from, { at });
  }

  signs(): readonly (readonly [kind: string, sign: Readonly<Sign>])[] {
    return [...(this.#signs ?? [])].toSorted(([, a], [, b]) => b.at - a.at);
  }
}

const UNITS: Readonly<Record<ActivityKind, string>> = {
  cpu: '% of a core',
  network: 'bytes/s',
  disk: 'bytes/s',
  processes: 'processes',
};

/** A sign in words. */
export function describeSign(kind: string, { value, usual, program = '' }: Readonly<Sign>): string {
  if (value === null || usual === null) return program === '' ? kind : `${kind} ${program}`;
  const unit = UNITS[kind as ActivityKind] ?? '';
  return `${kind} at ${rounded(value)} ${unit}, usual ${rounded(usual)}`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
