import type { Phase } from '../../model/workspace.ts';

/** Colours by meaning. Where colour is off, the text comes back as it is. */
export type Ink = 'good' | 'busy' | 'warn' | 'bad' | 'quiet' | 'strong';

export type Paint = (ink: Ink, text: string) => string;

/** SGR codes of the 16-colour palette: they follow the terminal's own theme. */
const CODES: Readonly<Record<Ink, string>> = { good: '32', busy: '36', warn: '33', bad: '31', quiet: '2', strong: '1' };

/** Phases by how they are painted; the word is always printed too, so nothing is told by colour alone. */
export const PHASE_INK: Readonly<Record<Phase, Ink>> = {
  starting: 'busy',
  running: 'good',
  unhealthy: 'warn',
  paused: 'busy',
  restarting: 'warn',
  'crash-looping': 'bad',
  completed: 'good',
  crashed: 'bad',
  'out-of-memory': 'bad',
  stopped: 'quiet',
  missing: 'warn',
  archived: 'quiet',
};

export const plain: Paint = (_ink, text) => text;

const colored: Paint = (ink, text) => (text === '' ? text : `\x1b[${CODES[ink]}m${text}\x1b[0m`);

/** Colour on a terminal that has it, unless the person said no (`--no-color`, NO_COLOR: https://no-color.org). */
export function choosePaint(choice: {
  readonly isTty: boolean;
  readonly color: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Paint {
  const refused = !choice.color || (choice.env.NO_COLOR ?? '') !== '' || choice.env.TERM === 'dumb';
  return choice.isTty && !refused ? colored : plain;
}
