import { CALLBACK_PATH } from '../../access/callback-path.ts';
import { ROLES } from '../../access/role.ts';
import type { RoleRule } from '../../access/role-rules.ts';
import { isLoopbackHost } from '../../runtime/listen-address.ts';
import { FieldReader, jsonIn, sectionWith } from './section-reader.ts';
import {
  type Checked,
  expected,
  oneOf,
  optional,
  text,
  textList,
  type ValueContext,
  type ValueKind,
  webUrl,
} from './value-kinds.ts';

/** Address of an identity provider: its tokens may not be readable on the way. */
export const issuerUrl: ValueKind<string> = {
  name: 'URL, https, or http on this machine',
  parse(raw, context) {
    const checked = webUrl.parse(raw, context);
    if ('wrong' in checked) return checked;
    const { protocol, hostname, pathname, search } = new URL(checked.value);
    if (protocol === 'http:' && !isLoopbackHost(hostname)) {
      return {
        wrong: 'expected https://: what the provider says could be forged on the way; http:// is for this machine',
      };
    }
    if (search !== '' || pathname.includes('/.well-known/')) {
      return { wrong: 'expected the issuer alone: what stands before /.well-known/openid-configuration' };
    }
    return checked;
  },
};

/** Address of this server as browsers call it, where an identity provider sends them back to. */
export const callbackUrl: ValueKind<string> = {
  name: `URL that ends in ${CALLBACK_PATH}`,
  parse(raw, context) {
    const checked = webUrl.parse(raw, context);
    const { pathname, search } = new URL('wrong' in checked ? 'http://localhost' : checked.value);
    if (pathname === CALLBACK_PATH && search === '') return checked;
    return { wrong: `expected https://NAME${CALLBACK_PATH}, with the name by which browsers call this server` };
  },
};

/** What is wrong is said without the text. */
export const secretLine: ValueKind<string> = {
  name: 'text',
  parse(raw, context) {
    return 'wrong' in text.parse(raw, context) ? { wrong: 'expected one line of text' } : { value: String(raw) };
  },
};

const FIELDS = ['claim', 'value', 'role', 'owners', 'labels', 'ownerClaim'] as const;

/** More are the work of groups at the provider. */
const RULES_MOST = 100;

/** A list of rules, the first that matches first; in a variable the same as JSON. */
export const roleRules: ValueKind<readonly RoleRule[]> = {
  name: `list of rules, each with ${FIELDS.join(', ')}`,
  parse(raw, context) {
    const list = typeof raw === 'string' ? jsonIn(raw) : raw;
    if (!Array.isArray(list) || list.length === 0) {
      return expected('a list of rules, as in [{ claim: groups, value: ops, role: operator }]', raw);
    }
    if (list.length > RULES_MOST) return { wrong: `expected at most ${RULES_MOST} rules, got ${list.length}` };
    const rules: RoleRule[] = [];
    for (const [index, entry] of list.entries()) {
      const rule = readRule(entry, context);
      if ('wrong' in rule) return { wrong: rule.wrong, part: String(index) };
      rules.push(rule.value);
    }
    return { value: rules };
  },
};

const ROLE = oneOf(ROLES);

function readRule(entry: unknown, context: ValueContext): Checked<RoleRule> {
  const section = sectionWith(entry, FIELDS);
  if ('wrong' in section) return section;
  const missing = (['claim', 'value', 'role'] as const).find((field) => !Object.hasOwn(section.value, field));
  if (missing !== undefined) return { wrong: `${missing} is missing` };
  const reader = new FieldReader<(typeof FIELDS)[number]>(section.value, context);
  const rule: RoleRule = {
    claim: reader.read('claim', text, ''),
    values: reader.read('value', textList, []),
    role: reader.read('role', ROLE, 'viewer'),
    owners: reader.read('owners', textList, []),
    labels: reader.read('labels', textList, []),
    ownerClaim: reader.read<string | null>('ownerClaim', optional(text), null),
  };
  return reader.wrong === null ? { value: rule } : { wrong: reader.wrong };
}
