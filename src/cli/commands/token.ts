import { type Command, Option } from 'commander';
import { ROLES, type Role } from '../../access/role.ts';
import type { CreatedToken, TidewatchClient, Token } from '../../client/client.ts';
import { TidewatchError } from '../../model/errors.ts';
import { parseDuration } from '../../runtime/duration.ts';
import type { Run } from '../command.ts';
import { requireDaemon } from '../daemon-access.ts';
import { formatAge } from '../output/age.ts';
import { safeText } from '../output/safe-text.ts';
import { type Column, renderTable } from '../output/table.ts';
import { refuseEngineOptions, type Seat } from '../seat.ts';

interface CreateOptions {
  readonly role: Role;
  readonly owner?: readonly string[];
  readonly label?: readonly string[];
  readonly expires?: string;
}

const EXAMPLES = `
Examples:
  tidewatch token create grafana --role viewer --expires 90d
  tidewatch token create team-a --role operator --owner ann bob --label team=a
  tidewatch token ls
  tidewatch token revoke grafana`;

/** `tidewatch token create|ls|revoke`: who may see and do what. */
export function addToken(program: Command, run: Run): void {
  const token = program
    .command('token')
    .summary('give out tokens and take them back')
    .description(
      'Tokens for people and programs: what they may do, which workspaces they may know of, how long they last.',
    )
    .addHelpText('after', EXAMPLES);
  token
    .command('create')
    .summary('make a token and print it, this once')
    .description('Make a token and print it. It is shown this once: only a hash of it is kept.')
    .argument('<name>', 'whose it is or what it is for')
    .addOption(
      new Option('--role <role>', 'viewer reads, operator also changes, admin also deletes for good')
        .choices(ROLES)
        .makeOptionMandatory(),
    )
    .option('--owner <owner...>', 'it knows only of workspaces of these owners')
    .option(
      '--label <label...>',
      'it knows only of workspaces with this label, as name or name=value; with all that are given',
    )
    .option('--expires <duration>', 'how long it lasts, as 90d or 12h; until it is revoked unless given')
    .action(run((seat, [name = ''], options: CreateOptions) => createToken(seat, name, options)));
  token
    .command('ls')
    .summary('list the tokens there are')
    .description('List the tokens that were given out and not revoked. The admin token is none of them.')
    .action(run((seat) => listTokens(seat)));
  token
    .command('revoke')
    .summary('end a token at once')
    .description('End a token at once, with the sessions and streams that were begun with it.')
    .argument('<token>', 'its name or id')
    .action(run((seat, [wanted = '']) => revokeToken(seat, wanted)));
}

async function createToken(seat: Seat, name: string, options: CreateOptions): Promise<void> {
  const { role, owner, label, expires } = options;
  if (expires !== undefined && parseDuration(expires) === undefined) {
    throw new TidewatchError('usage', `--expires ${expires}: give a duration as 90d or 12h`);
  }
  const client = await clientOf(seat);
  const created = await client.tokens.create({
    ...{ name, role },
    ...(owner && { owners: [...owner] }),
    ...(label && { labels: [...label] }),
    ...(expires !== undefined && { expiresIn: expires }),
  });
  if (seat.options.json) return seat.printJson(created);
  seat.print(created.secret);
  seat.note(aboutToken(created));
}

/** On standard error, so that the output is the token alone. */
function aboutToken({ name, role, expiresAt, ...limits }: CreatedToken): string {
  const lasts = expiresAt === null ? 'lasts until it is revoked' : `ends at ${expiresAt}`;
  return `token "${name}" (${role}, ${limitText(limits)}) ${lasts}. It is shown this once`;
}

const COLUMNS: readonly Column[] = [
  { header: 'NAME', min: 8 },
  { header: 'ID' },
  { header: 'ROLE' },
  { header: 'SEES', min: 12 },
  { header: 'USED', align: 'right' },
  { header: 'EXPIRES' },
  { header: 'MADE BY', min: 7 },
];

async function listTokens(seat: Seat): Promise<void> {
  const tokens = await (await clientOf(seat)).tokens.list();
  if (seat.options.json) return seat.printJson({ items: tokens });
  if (tokens.length === 0) return seat.note('no tokens were given out; make one with: tidewatch token create');
  const now = seat.io.clock.now();
  const rows = tokens.map((token) =>
    [
      ...[token.name, token.id, token.role, limitText(token), formatAge(token.lastUsedAt, now)],
      ...[token.expiresAt === null ? 'never' : token.expiresAt, token.createdBy],
    ].map((text) => ({ text })),
  );
  for (const line of renderTable(COLUMNS, rows, { paint: seat.paint, width: seat.width })) seat.print(line);
}

function limitText({ owners, labels }: Pick<Token, 'owners' | 'labels'>): string {
  const parts = [...(owners.length > 0 ? [`owner ${owners.join(' or ')}`] : []), ...labels];
  return parts.length === 0 ? 'all' : parts.join(', ');
}

async function revokeToken(seat: Seat, wanted: string): Promise<void> {
  const client = await clientOf(seat);
  const tokens = await client.tokens.list();
  const token = tokens.find(({ id }) => id === wanted) ?? tokens.find(({ name }) => name === wanted);
  if (token === undefined) {
    throw new TidewatchError('token_not_found', `there is no token "${wanted}"; see: tidewatch token ls`);
  }
  await client.tokens.revoke(token.id);
  if (seat.options.json) seat.printJson({ ...token, revoked: true });
  else seat.print(safeText(`Token "${token.name}" (${token.id}) is revoked.`));
}

async function clientOf(seat: Seat): Promise<TidewatchClient> {
  refuseEngineOptions('token', seat.options);
  return (await requireDaemon(seat)).client;
}
