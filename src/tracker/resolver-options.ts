import { TidewatchError } from '../model/errors.ts';
import { pathKey } from './resolver-id.ts';
import { labelRule, type ResolverRule } from './resolver-rule.ts';
import { builtInRules, LAST_RULE } from './resolver-rules.ts';

/** A rule of one's own: a label whose value is the workspace's id. */
export interface ExtraRule {
  /** Shown as `source.rule`; letters, digits, `-` and `_`; not the name of a built-in rule. */
  readonly name: string;
  readonly label: string;
  readonly nameLabel?: string;
  readonly ownerLabel?: string;
}

/** How containers become workspaces, beside the built-in rules. */
export interface ResolverOptions {
  /** Labels whose value is the workspace's id; asked after `tidewatch.workspace`, before everything else. */
  readonly workspaceLabels?: readonly string[];
  /** The same with labels for name and owner; asked right after {@link workspaceLabels}. */
  readonly extraRules?: readonly ExtraRule[];
  /**
   * Folders in which workspaces live, absolute, as the engine shows them: a bind mount from `ROOT/shop/…` makes its
   * container part of `shop`.
   */
  readonly workspaceRoots?: readonly string[];
  /** Names of built-in rules that are not asked. */
  readonly withoutRules?: readonly string[];
  /** Names of rules to ask first, in this order; the others follow in theirs. */
  readonly order?: readonly string[];
}

/** Names of the built-in rules, in the order in which they are asked. */
export const RULE_NAMES: readonly string[] = builtInRules([]).map(({ name }) => name);

/** The rules to ask, in their order. Throws `config_invalid`. */
export function resolveRules(options: ResolverOptions): readonly ResolverRule[] {
  const { workspaceLabels = [], extraRules = [], workspaceRoots = [], withoutRules = [], order = [] } = options;
  checkTexts('workspaceLabels', workspaceLabels, 'names of labels, as in "com.example.workspace"');
  checkRoots(workspaceRoots);
  const own = [
    ...workspaceLabels.map((label) => labelRule({ name: `label ${label}`, labels: [label], prefix: '' })),
    ...extraRules.map(ruleOf),
  ];
  const [first, ...rest] = builtInRules(workspaceRoots);
  const all = first === undefined ? own : [first, ...own, ...rest];
  checkNames('withoutRules', withoutRules, RULE_NAMES);
  checkNames(
    'order',
    order,
    all.map(({ name }) => name),
  );
  const place = new Map(order.map((name, index) => [name, index]));
  return all
    .filter(({ name }) => !withoutRules.includes(name))
    .sort((a, b) => (place.get(a.name) ?? order.length) - (place.get(b.name) ?? order.length));
}

function ruleOf({ name, label, nameLabel, ownerLabel }: ExtraRule): ResolverRule {
  if (typeof name !== 'string' || !/^[\w-]{1,64}$/.test(name) || RULE_NAMES.includes(name)) {
    throw invalid(
      'extraRules',
      `each needs a "name" of letters, digits, "-" and "_" that no built-in rule has; got ${show(name)}`,
    );
  }
  checkTexts(`extraRules "${name}"`, [label, nameLabel ?? 'none', ownerLabel ?? 'none'], 'names of labels');
  return labelRule({
    name,
    labels: [label],
    prefix: '',
    nameLabels: nameLabel === undefined ? [] : [nameLabel],
    ownerLabels: ownerLabel === undefined ? [] : [ownerLabel],
  });
}

function checkTexts(option: string, texts: readonly unknown[], expected: string): void {
  for (const text of texts) {
    if (typeof text !== 'string' || text.trim() === '') throw invalid(option, `must be ${expected}; got ${show(text)}`);
  }
}

function checkRoots(roots: readonly string[]): void {
  checkTexts('workspaceRoots', roots, 'absolute paths of folders');
  for (const root of roots) {
    const key = pathKey(root);
    if (!/^(\/|[a-z]:\/)./.test(key))
      throw invalid('workspaceRoots', `must be absolute paths below the root; got ${show(root)}`);
  }
}

function checkNames(option: string, names: readonly string[], known: readonly string[]): void {
  const movable = known.filter((name) => name !== LAST_RULE);
  for (const name of names) {
    if (name === LAST_RULE)
      throw invalid(option, `"${LAST_RULE}" is the rule that takes what is left and always comes last`);
    if (!movable.includes(name))
      throw invalid(option, `there is no rule ${show(name)}; rules are ${movable.join(', ')}`);
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, 100)}"` : String(value);
}

function invalid(option: string, problem: string): TidewatchError {
  return new TidewatchError('config_invalid', `resolver: ${option}: ${problem}`);
}
